package policy

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Arrival is how a request reached the data plane, as far as upstreams are told.
type Arrival struct {
	Plane  intent.PathForm
	Scheme string // "http" or "https"
	Host   string // the Host header, as sent
	Port   string // that the request came in by: "80", "443"

	Peer   netip.Addr // the other end of the connection
	Client netip.Addr // what ClientAddress or ForwardedAddress say; not valid: the peer
	// Local is Envoy's own address, which it says in place of a peer on a loopback address;
	// not valid: that peer's.
	Local netip.Addr

	// TrustedHops is Envoy's num-trusted-hops: with any, X-Forwarded-Proto is kept.
	TrustedHops int
	// TrustForwarded is ingress-nginx's use-forwarded-headers: host, port and scheme are
	// those that the request's X-Forwarded-* say.
	TrustForwarded bool
	// FullForwarded is ingress-nginx's compute-full-forwarded-for: X-Forwarded-For is what
	// came under that name, from whomever, with the peer behind it.
	FullForwarded bool
	// ForwardedFor is ingress-nginx's forwarded-for-header, in canonical form: which header
	// goes on as X-Original-Forwarded-For; empty: X-Forwarded-For.
	ForwardedFor string

	Timeout int       // Envoy: milliseconds for the whole response; 0 is none
	Start   time.Time // Envoy: when the request began
	// ID makes 128 random bits for a request without an X-Request-Id.
	ID func() (high, low uint64)
}

// Forwarded sets the headers that tell an upstream about the client and replaces what the
// client says of itself, as the data plane does by default:
//
//   - nginx: X-Forwarded-For and X-Real-Ip are the client's address; X-Forwarded-Host, -Port,
//     -Proto and -Scheme and X-Scheme how the request came; what the client sent as
//     X-Forwarded-For and -Host goes on as X-Original-Forwarded-For and -Host. X-Request-Id is
//     kept, or made of 32 hex digits.
//   - Envoy: the peer is appended to X-Forwarded-For; X-Forwarded-Proto is the scheme;
//     X-Envoy-External-Address is the client; X-Request-Id is kept, or made as a version 4
//     UUID (RFC 9562); the timeout stands in X-Envoy-Expected-Rq-Timeout-Ms, and the time
//     in X-Request-Start. Other X-Forwarded-* pass.
//
// It must come after RemoveHopByHop and after the client's address was taken.
func Forwarded(h http.Header, a *Arrival) {
	if a.Plane == intent.Decoded {
		a.nginx(h)
	} else {
		a.envoy(h)
	}
}

func (a *Arrival) client() netip.Addr {
	if a.Client.IsValid() {
		return plain(a.Client)
	}
	return plain(a.Peer)
}

func (a *Arrival) nginx(h http.Header) {
	host, port, scheme := a.Host, a.Port, a.Scheme
	if a.TrustForwarded {
		host = or(first(h, "X-Forwarded-Host"), host)
		port = or(first(h, "X-Forwarded-Port"), port)
		scheme = or(first(h, "X-Forwarded-Proto"), scheme)
	}
	keepOriginal(h, or(a.ForwardedFor, "X-Forwarded-For"), "X-Original-Forwarded-For")
	keepOriginal(h, "X-Forwarded-Host", "X-Original-Forwarded-Host")
	values := [...]string{a.client().String(), host, port, scheme, "", ""}
	if joinLines(h, "X-Request-Id", ", ") == "" {
		values[4] = a.nginxID()
		h["X-Request-Id"] = values[4:5:5]
	}
	h["X-Real-Ip"] = values[0:1:1]
	forwarded := values[0:1:1]
	if a.FullForwarded {
		values[5] = a.FullList(h)
		forwarded = values[5:6:6]
	}
	h["X-Forwarded-For"] = forwarded
	h["X-Forwarded-Host"] = values[1:2:2]
	h["X-Forwarded-Port"] = values[2:3:3]
	h["X-Forwarded-Proto"] = values[3:4:4]
	h["X-Forwarded-Scheme"] = values[3:4:4]
	h["X-Scheme"] = values[3:4:4]
}

// FullList is X-Forwarded-For with the peer behind it.
func (a *Arrival) FullList(h http.Header) string {
	peer := plain(a.Peer).String()
	if sent := joinLines(h, "X-Forwarded-For", ", "); sent != "" {
		return sent + ", " + peer
	}
	return peer
}

// keepOriginal gives what the client sent under one name another one, which the client
// can't use itself.
func keepOriginal(h http.Header, name, original string) {
	if joinLines(h, name, ", ") == "" {
		delete(h, original)
		return
	}
	h[original] = h[name]
}

func (a *Arrival) envoy(h http.Header) {
	peer, client := plain(a.Peer), a.client()
	if peer.IsLoopback() && a.Local.IsValid() {
		peer = a.Local
	}
	values := [6]string{peer.String(), a.Scheme}
	values[2] = values[0]
	if client != peer {
		values[2] = client.String()
	}
	if sent := joinLines(h, "X-Forwarded-For", ","); sent != "" {
		values[0] = sent + "," + values[0]
	}
	h["X-Forwarded-For"] = values[0:1:1]
	if a.TrustedHops == 0 || first(h, "X-Forwarded-Proto") == "" {
		h["X-Forwarded-Proto"] = values[1:2:2]
	}
	h["X-Envoy-External-Address"] = values[2:3:3]
	if joinLines(h, "X-Request-Id", ",") == "" {
		values[3] = a.envoyID()
		h["X-Request-Id"] = values[3:4:4]
	}
	if a.Timeout > 0 {
		values[4] = strconv.Itoa(a.Timeout)
		h["X-Envoy-Expected-Rq-Timeout-Ms"] = values[4:5:5]
	}
	if !a.Start.IsZero() {
		values[5] = startText(a.Start)
		if sent := h["X-Request-Start"]; len(sent) > 0 {
			h["X-Request-Start"] = append(sent, values[5])
		} else {
			h["X-Request-Start"] = values[5:6:6]
		}
	}
}

// startText is "t=" and the seconds since 1970 with three digits of their fraction.
func startText(t time.Time) string {
	var digits [32]byte
	buf := strconv.AppendInt(append(digits[:0], "t="...), t.Unix(), 10)
	ms := t.Nanosecond() / 1e6
	return string(append(buf, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10)))
}

// joinLines makes one line of a header that came in several, as both data planes do with
// the headers of which they know that they are lists, and returns it.
func joinLines(h http.Header, name, comma string) string {
	lines := h[name]
	switch len(lines) {
	case 0:
		return ""
	case 1:
		return lines[0]
	}
	var some []string
	for _, l := range lines {
		if l != "" {
			some = append(some, l)
		}
	}
	line := strings.Join(some, comma)
	h[name] = []string{line}
	return line
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

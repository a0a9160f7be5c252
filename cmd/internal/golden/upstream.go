package golden

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// hopByHop are headers of requests that concern the client's connection only (RFC 9110,
// section 7.6.1).
var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Http2-Settings", "Expect"}

// ofClientCert are headers about the client's certificate, which no client may send.
var ofClientCert = []string{"Ssl-Client-Verify", "Ssl-Client-Subject-Dn", "Ssl-Client-Issuer-Dn", "Ssl-Client-Cert", "X-Forwarded-Client-Cert"}

// clientCert says who the client is by its certificate: nginx in headers of its own (spec item
// 34), Envoy in one. Values stand for themselves where only their presence is compared.
func (q *question) clientCert(h http.Header) {
	pair, sent := q.lab.pairs[q.r.ClientCert]
	if q.d.Host.TLS == nil || q.d.Host.TLS.Client == nil || !q.r.TLS {
		return
	}
	v := q.d.Host.TLS.Client
	switch {
	case q.plane == intent.Normalized:
		if sent && len(v.Fields) > 0 {
			h.Set("X-Forwarded-Client-Cert", "there")
		}
	case !sent:
		h.Set("Ssl-Client-Verify", "NONE")
	default:
		h.Set("Ssl-Client-Verify", "SUCCESS")
		h.Set("Ssl-Client-Subject-Dn", pair.Leaf.Subject.String())
		h.Set("Ssl-Client-Issuer-Dn", pair.Leaf.Issuer.String())
		if v.Forward {
			h.Set("Ssl-Client-Cert", "there")
		}
	}
}

// asked are the headers that a backend gets.
func (q *question) asked(f *intent.Forward, b intent.Backend) http.Header {
	h, upgrade := q.header.Clone(), q.header.Get("Upgrade")
	if !q.upgrading() {
		upgrade = ""
	}
	if q.plane == intent.Normalized {
		for name := range strings.SplitSeq(h.Get("Connection"), ",") {
			if name = strings.TrimSpace(name); !strings.EqualFold(name, "te") {
				h.Del(name)
			}
		}
	}
	for _, name := range hopByHop {
		h.Del(name)
	}
	if te := h.Get("Te"); te != "" && te != "trailers" {
		h.Del("Te")
	}
	for _, name := range ofClientCert {
		h.Del(name)
	}
	if q.plane == intent.Decoded {
		q.nginx(h, f, b)
	} else {
		q.envoy(h, f)
	}
	q.clientCert(h)
	if upgrade != "" && f.Websocket && f.Connection == "" {
		h.Set("Upgrade", upgrade)
		h.Set("Connection", "upgrade")
	}
	for _, name := range q.d.RequestRemoved {
		h.Del(name)
	}
	for _, e := range q.d.RequestHeaders {
		q.say(h, e)
	}
	q.change(h, 0, b.Request)
	return h
}

// nginx says who asks (spec item 48).
func (q *question) nginx(h http.Header, f *intent.Forward, b intent.Backend) {
	q.readable(h)
	if p := q.d.Route.Policies; p != nil && p.Basic != nil {
		h.Del("Authorization")
	}
	if f.Connection != "" {
		h.Set("Connection", f.Connection)
	}
	if multiplexed(b.Protocol) {
		h.Set("Host", q.d.UpstreamHost)
	}
	if f.Untold {
		return
	}
	for name, original := range map[string]string{"X-Forwarded-For": "X-Original-Forwarded-For", "X-Forwarded-Host": "X-Original-Forwarded-Host"} {
		h.Del(original)
		if sent := h.Get(name); sent != "" {
			h.Set(original, sent)
		}
	}
	port := map[bool]string{false: "80", true: "443"}[q.r.TLS]
	for name, value := range map[string]string{
		"X-Real-Ip": q.client(), "X-Forwarded-For": q.client(), "X-Forwarded-Host": q.told("X-Forwarded-Host", q.r.Host), "X-Forwarded-Port": q.told("X-Forwarded-Port", port),
		"X-Forwarded-Proto": q.scheme, "X-Forwarded-Scheme": q.scheme, "X-Scheme": q.scheme,
	} {
		h.Set(name, value)
	}
}

// readable takes away what nginx does not read: Proxy, and names with other characters than
// letters, digits and dashes.
func (q *question) readable(h http.Header) {
	h.Del("Proxy")
	for name := range h {
		if strings.ContainsFunc(name, func(c rune) bool {
			return c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
		}) {
			delete(h, name)
		}
	}
}

// envoy says who asks: the peer behind what the client says, the scheme, and the time that
// there is (decision 0011).
func (q *question) envoy(h http.Header, f *intent.Forward) {
	for name := range h {
		if strings.HasPrefix(name, "X-Envoy-") {
			delete(h, name)
		}
	}
	peer := q.r.client()
	if q.address != "" && strings.HasPrefix(peer, "127.") {
		peer = q.address
	}
	if sent := h.Get("X-Forwarded-For"); sent != "" {
		peer = sent + "," + peer
	}
	h.Set("X-Forwarded-For", peer)
	h.Set("X-Forwarded-Proto", q.r.scheme())
	h.Set("X-Envoy-External-Address", q.r.client())
	h.Set("X-Request-Start", "t=0")
	if f.Timeouts.Response > 0 {
		h.Set("X-Envoy-Expected-Rq-Timeout-Ms", strconv.Itoa(f.Timeouts.Response))
	}
}

// seenBy are the facts of what a backend sees.
func (q *question) seenBy(f *intent.Forward, c chosen, h http.Header) Facts {
	s := &Seen{
		Backend: c.service.name, Method: q.r.method(), Path: Text(q.d.UpstreamURI), Host: q.d.UpstreamHost, Proto: "HTTP/1.1",
		Headers: map[string][]Text{}, Body: q.r.Body[:min(len(q.r.Body), 4096)],
	}
	if c.backend.ClusterIP {
		s.Pod = "clusterip"
	}
	if host := h.Get("Host"); host != "" {
		s.Host = host
		if q.plane == intent.Normalized || !multiplexed(c.backend.Protocol) {
			h.Del("Host")
		}
	}
	secure := c.backend.Protocol == intent.HTTPS || c.backend.Protocol == intent.H2 || c.backend.Protocol == intent.AutoHTTP && q.r.TLS
	switch {
	case multiplexed(c.backend.Protocol):
		s.Proto = "HTTP/2.0"
		h.Del("Connection")
	case f.HTTP10:
		s.Proto = "HTTP/1.0"
	}
	if secure {
		s.Proto += "+tls"
	}
	for name, values := range h {
		for _, v := range values {
			s.Headers[name] = append(s.Headers[name], Text(v))
		}
	}
	facts := Facts{}
	facts.saw("backend", s)
	return facts
}

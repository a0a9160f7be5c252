package golden

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// side says what a data plane answers by an explicit model, before anything is sent: a
// second opinion, which shares with the runtime only how a route is found and what its
// templates say.
type side struct {
	lab     *Lab
	address string // what Envoy says in place of a peer on the loopback address; empty: that
	plane   intent.PathForm
	model   intent.Model
	table   *table.Table
	buckets map[string]*bucket // of limits, by route or zone
	hsts    *intent.HSTS       // of nginx's default server: that of any other
}

func newSide(l *Lab, m intent.Model) (side, error) {
	t, err := table.New(m)
	s := side{lab: l, plane: m.Paths, model: m, table: t, buckets: map[string]*bucket{}}
	for i := range m.Hosts {
		if own := m.Hosts[i].TLS; m.Paths == intent.Decoded && own != nil && own.HSTS != nil {
			s.hsts = own.HSTS
		}
	}
	return s, err
}

// Kinds of answers: who makes them.
const (
	noAnswer    = "no answer"
	refused     = "refused" // the request as such
	misdirected = "certificates of another server"
	stuck       = "upgrade of what is not forwarded"
	belowWild   = "name of more labels below a wildcard"
	noRoute     = "no route"
	tooLarge    = "body too large"
	preflight   = "preflight"
	emptyRest   = "rewrite to nothing"
	upgraded    = "redirect to https"
	redirected  = "redirect"
	responded   = "fixed answer"
	closedRoute = "closed route"
	nobody      = "no endpoint"
	limited     = "limit"
	denied      = "access"
	errorPage   = "error page"
	forwarded   = "forwarded"
)

// prediction is what a side will answer.
type prediction struct {
	kind     string
	decision table.Decision
	// options are the answers that may come, by the backend that is chosen, "ns/service"; an
	// answer that no backend makes stands under "".
	options map[string]Facts
	shares  map[string]float64 // of each option
	upstream
}

// upstream is what the chosen backends see, and how often, and what the second place sees, by
// name.
type upstream struct {
	seen   map[string]Facts
	tries  map[string]int
	copies map[string]Facts
}

// question is one request on its way through a side.
type question struct {
	*side
	r      *Request
	header http.Header
	scheme string // as trusted proxies in front say
	d      table.Decision
}

// ask puts a question.
func (s *side) ask(r *Request) *question {
	q := &question{side: s, r: r, header: http.Header{}, scheme: r.scheme()}
	for name, value := range r.Headers {
		q.header[http.CanonicalHeaderKey(name)] = []string{string(value)}
	}
	if r.H2 { // what net/http says of its own
		q.unlessThere("User-Agent", "Go-http-client/2.0")
		q.unlessThere("Accept-Encoding", "gzip")
	}
	return q
}

// decide is what the side's routes say of a request.
func (s *side) decide(r *Request) table.Decision {
	q := s.ask(r)
	q.trust()
	q.match()
	return q.d
}

// predict says what a request is answered.
func (s *side) predict(r *Request) prediction {
	q := s.ask(r)
	q.trust()
	q.match()
	if s.plane == intent.Decoded {
		if p, refused := q.shaken(); refused && (contains([]string{noAnswer, misdirected}, p.kind) || r.method() != http.MethodTrace) {
			return p
		}
	} else if r.TLS {
		if p, refused := q.handshake(); refused {
			return p
		}
	}
	return q.phases()
}

func (q *question) unlessThere(name, value string) {
	if len(q.header[name]) == 0 {
		q.header.Set(name, value)
	}
}

// trust takes the scheme from a proxy in front that the host believes.
func (q *question) trust() {
	h := q.table.Host(q.r.Host).Host()
	if h == nil || h.Trust == nil || h.Trust.AddressOnly || !within(q.r.client(), h.Trust.From) {
		return
	}
	if proto := q.header.Get("X-Forwarded-Proto"); proto != "" {
		q.scheme = proto
	}
}

// address says whether a text is one.
func address(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// within says whether an address is in one of the networks.
func within(address string, networks []string) bool {
	a, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(networks, func(n string) bool {
		if p, err := netip.ParsePrefix(n); err == nil {
			return p.Contains(a)
		}
		one, err := netip.ParseAddr(n)
		return err == nil && one == a
	})
}

func (q *question) match() {
	request := table.Request{Scheme: q.scheme, Host: q.r.Host, Method: q.r.method(), URI: q.r.Path, Vars: q.variable}
	for name, values := range q.header {
		if q.plane == intent.Normalized && named(q.header.Get("Connection"), name) {
			continue // Envoy takes it away as it reads
		}
		for _, v := range values {
			request.Headers = append(request.Headers, table.Header{Name: name, Value: v})
		}
	}
	q.d = q.table.Match(request)
}

// variable is one of nginx's or Envoy's that templates may hold.
func (q *question) variable(name string) (string, bool) {
	name = strings.TrimPrefix(name, "var:")
	if header, ok := strings.CutPrefix(strings.TrimSuffix(name, ")"), "REQ("); ok && !strings.HasPrefix(header, ":") {
		return q.header.Get(header), true
	}
	switch name {
	case "remote_addr", "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT":
		return q.client(), true
	case "request_method", "REQ(:METHOD)":
		return q.r.method(), true
	case "REQ(:AUTHORITY)":
		return q.r.Host, true
	case "REQ(:PATH)":
		return q.r.Path, true
	case "ssl_client_verify":
		return map[bool]string{true: "NONE"}[q.r.TLS], q.d.Host.TLS == nil || q.d.Host.TLS.Client == nil
	case "https":
		return map[bool]string{true: "on"}[q.r.TLS], true
	}
	if header, ok := strings.CutPrefix(name, "http_"); ok {
		return q.header.Get(strings.ReplaceAll(header, "_", "-")), true
	}
	return "", q.plane == intent.Decoded // nobody has set it
}

// handshake is what Envoy does where no host with a certificate has the server name, where
// the certificate of the client is not let in, or where the request is for another host
// (spec page httpproxy, TLS).
func (q *question) handshake() (prediction, bool) {
	named := q.named()
	none := prediction{kind: noAnswer, decision: q.d, options: map[string]Facts{"": {"answer": "none"}}}
	if named == nil || named.TLS == nil || net.ParseIP(q.r.serverName()) != nil {
		return none, true
	}
	if v := named.TLS.Client; v != nil {
		pair, sent := q.lab.pairs[q.r.ClientCert]
		authority, known := q.lab.pairs[v.CASecret]
		signed := sent && known && slices.Equal(pair.Certificate[0], authority.Certificate[0])
		if !sent && !v.Optional || sent && !v.Unchecked && !signed {
			return none, true
		}
	}
	if q.d.Host != named && strings.HasSuffix(hostOf(q.r.Host), strings.TrimPrefix(named.Name, "*")) {
		q.d = table.Decision{Host: named, RouteIndex: -1, Status: http.StatusNotFound}
		return q.answered(belowWild, http.StatusNotFound, nil), true
	}
	if q.d.Host != named {
		q.d = table.Decision{Host: named, RouteIndex: -1, Status: http.StatusMisdirectedRequest}
		return q.answered(refused, http.StatusMisdirectedRequest, nil), true
	}
	return prediction{}, false
}

// named is the host whose certificate the server name of the handshake chooses: for Envoy the
// name may be any number of labels below a wildcard, whatever the routes are for.
func (q *question) named() *intent.Host {
	name := strings.ToLower(q.r.serverName())
	if h := q.table.Host(name).Host(); h != nil && (h.TLS != nil || q.plane == intent.Decoded) {
		return h
	}
	for _, parent, found := strings.Cut(name, "."); found && q.plane == intent.Normalized; _, parent, found = strings.Cut(parent, ".") {
		if h := q.table.Host("a." + parent).Host(); h != nil && h.Name == "*."+parent && h.TLS != nil {
			return h
		}
	}
	return nil
}

// certificate is the common name of the one that the server shows.
func (q *question) certificate() string {
	if !q.r.TLS {
		return ""
	}
	if h := q.named(); h != nil && h.TLS != nil {
		if pair, ok := q.lab.pairs[h.TLS.Secret]; ok {
			return pair.Leaf.Subject.CommonName
		}
	}
	return "default"
}

// answered is an answer that no backend makes.
func (q *question) answered(kind string, status int, h http.Header) prediction {
	f := Facts{"status": fmt.Sprint(status), "certificate": q.certificate()}
	f.telling(h)
	return prediction{kind: kind, decision: q.d, options: map[string]Facts{"": f}, shares: map[string]float64{"": 1}}
}

// telling notes the headers of a response that are compared.
func (f Facts) telling(h http.Header) {
	for _, name := range telling {
		var values []Text
		for _, v := range h[name] {
			values = append(values, Text(v))
		}
		f.header("header", name, values)
	}
}

package proxy

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

const (
	mostMirrored = 256         // copies on their way at once; more are not sent
	mirrorBody   = 1 << 20     // bytes of a body that are kept for the copy; longer ones are not copied
	mirrorBodies = 64 << 20    // bytes of all bodies that are kept; further requests are not copied
	mirrorTime   = time.Minute // for a copy, its answer included
	mirrorAnswer = 1 << 20     // bytes of an answer that are read, to keep the connection
)

// mirrors bounds the copies on their way.
type mirrors struct {
	room chan struct{}
	held *atomic.Int64 // bytes of bodies
	all  *sync.WaitGroup
	stop context.Context
	end  context.CancelFunc
}

func newMirrors() mirrors {
	stop, end := context.WithCancel(context.Background())
	return mirrors{room: make(chan struct{}, mostMirrored), held: new(atomic.Int64), all: &sync.WaitGroup{}, stop: stop, end: end}
}

// wait ends the copies.
func (m *mirrors) wait() {
	m.end()
	m.all.Wait()
}

// mirror is a second place for requests.
type mirror struct {
	*intent.Mirror
	cluster *cluster
	host    intent.Template // the Host header of copies; empty: the request's own with "-shadow", as Envoy says it
	target  intent.Template // path and query; empty: the upstream's
}

// copyConnect is how long a connection for copies of requests that are answered here may
// take, in milliseconds: nginx's default.
const copyConnect = 5_000

// mirrored has the requests of a route copied, as f would reach an upstream; what is wrong
// with that costs the copies, and no answer.
func (c *compiler) mirrored(s *site, r *route, to *intent.Mirror, f *intent.Forward) {
	var err error
	if r.mirror, err = c.mirror(s, r, to, f); err != nil {
		r.mirror = nil
		c.tell(s, r, fmt.Sprintf("its requests are not copied: mirror: %v", err))
	}
}

// mirror compiles the way to the second place: a Service, or the host of a URL.
func (c *compiler) mirror(s *site, r *route, to *intent.Mirror, f *intent.Forward) (*mirror, error) {
	m := &mirror{Mirror: to}
	b := m.Backend
	var outside []string // the address of a URL's host
	if b == nil {
		u, rest, err := fixedHost(m.Target)
		if err != nil {
			return nil, err
		}
		host, port := u.Hostname(), cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
		m.target, m.host = intent.Template(rest), intent.Template(cmp.Or(m.Host, string(intent.Literal(host))))
		b = &intent.Backend{Service: host, Port: port}
		if u.Scheme == "https" {
			b.Protocol = intent.HTTPS
		}
		outside = []string{net.JoinHostPort(host, port)}
	}
	var err error
	if m.cluster, err = c.cluster(s, r, b, f); err == nil && outside != nil {
		c.clusters.store(m.cluster.key.Key, outside)
	}
	return m, err
}

// fixedHost splits the URL of a mirror into what is the same for all requests, scheme and
// host, and the template of path and query.
func fixedHost(target string) (u *url.URL, rest string, err error) {
	scheme, after, _ := strings.Cut(target, "://")
	authority := after
	if at := strings.IndexAny(after, "/?{"); at >= 0 {
		authority, rest = after[:at], after[at:]
	}
	begins := rest == "" || slices.ContainsFunc([]string{"/", "?", "{uri}", "{uri-}", "{path}", "{?query}"}, func(start string) bool { return strings.HasPrefix(rest, start) })
	u, err = url.Parse(scheme + "://" + authority)
	if err != nil || scheme != "http" && scheme != "https" || u.Hostname() == "" || u.User != nil || !begins {
		return nil, "", fmt.Errorf("%q names no host that is the same for all requests", target)
	}
	if rest == "" || rest[0] == '?' || strings.HasPrefix(rest, "{?") {
		rest = "/" + rest
	}
	return u, rest, nil
}

// copying is a copy that waits for its body.
type copying struct {
	*mirror
	*mirrors
	request upstream.Request
	body    bytes.Buffer
	kept    int64 // bytes of it
	dropped bool
	sent    bool
}

// begin makes the copy of a request from its headers as they are now; nil where there is none
// to be made.
func (m *mirror) begin(x *exchange) *copying {
	if m == nil || m.Percent > 0 && m.Percent < 100 && rand.IntN(100) >= m.Percent {
		return nil
	}
	came := x.came
	if came == nil {
		came = x.r.Header.Clone()
	}
	k := &copying{mirror: m, mirrors: &x.mirrors, request: upstream.Request{
		Method: x.r.Method, URI: x.decision.UpstreamURI, Host: m.host.Expand(x.expand), Header: came, FirstByte: mirrorTime, Idle: mirrorTime,
	}}
	k.request.Header.Del("Content-Length")
	removeClientCert(k.request.Header)
	if m.Backend == nil { // as nginx copies
		k.request.HTTP10, k.request.Connection = true, "close"
	}
	if m.target != "" {
		k.request.URI = m.target.Expand(x.expand)
	}
	if k.request.Host == "" {
		k.request.Host = shadow(x.decision.UpstreamHost)
	}
	return k
}

// copyHere copies a request that is answered without an upstream, with its body.
func (x *exchange) copyHere() {
	k := x.route.mirror.begin(x)
	if k == nil {
		return
	}
	defer k.forget()
	if !x.unread() {
		k.send()
		return
	}
	body := &incoming{x: x, from: x.r.Body, left: x.route.checks.body, copy: k}
	_, _ = io.Copy(io.Discard, body) // a body that fails is no copy, and the answer is the same
	body.release()
}

// with gives the copy the headers that the upstream gets, as Envoy does.
func (k *copying) with(h http.Header) {
	if k != nil {
		k.request.Header = h.Clone()
	}
}

// shadow is the host that Envoy gives copies: "-shadow" stands before a port.
func shadow(host string) string {
	if h, port, err := net.SplitHostPort(host); err == nil {
		return net.JoinHostPort(h+"-shadow", port)
	}
	return host + "-shadow"
}

// read keeps what was read of the body, as long as there is room for it.
func (k *copying) read(b []byte) {
	if k == nil || k.dropped {
		return
	}
	n := int64(len(b))
	switch {
	case !k.mirror.Body:
	case k.body.Len()+len(b) > mirrorBody:
		k.dropped = true
	case k.held.Add(n) > mirrorBodies:
		k.held.Add(-n)
		k.dropped = true
	default:
		k.kept += n
		k.body.Write(b)
	}
}

// forget gives the room for the body back, when the copy is through or will not be sent.
func (k *copying) forget() {
	if k != nil && !k.sent {
		k.gone()
	}
}

func (k *copying) gone() { k.held.Add(-k.kept) }

// send sends the copy, unless too many are on their way.
func (k *copying) send() {
	if k == nil || k.dropped || k.sent {
		return
	}
	select {
	case k.room <- struct{}{}:
	default:
		return
	}
	k.sent = true
	k.all.Go(func() {
		defer func() { <-k.room }()
		defer k.gone()
		k.run()
	})
}

// run throws the answer away; nobody is told of failures, as in both data planes.
func (k *copying) run() {
	ctx, cancel := context.WithTimeout(k.stop, mirrorTime)
	defer cancel()
	endpoint := k.cluster.Pick(rand.Uint64(), nil)
	if endpoint == nil {
		return
	}
	if n := k.body.Len(); n > 0 {
		k.request.Body, k.request.ContentLength = &k.body, int64(n)
	}
	r, err := endpoint.Do(ctx, &k.request)
	if err != nil {
		return
	}
	if r.Status == http.StatusSwitchingProtocols {
		r.Conn.Close()
		return
	}
	_, _ = io.CopyN(io.Discard, r.Body, mirrorAnswer) // how it ends does not matter
	r.Body.Close()
}

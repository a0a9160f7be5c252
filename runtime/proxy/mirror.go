package proxy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

const (
	mostMirrored = 256         // copies on their way at once; more are not sent
	mirrorBody   = 1 << 20     // bytes of a body that are kept for the copy; longer ones are not copied
	mirrorTime   = time.Minute // for a copy, its answer included
	mirrorAnswer = 1 << 20     // bytes of an answer that are read, to keep the connection
)

// mirrors bounds the copies on their way.
type mirrors struct {
	room chan struct{}
	all  *sync.WaitGroup
	stop context.Context
	end  context.CancelFunc
}

func newMirrors() mirrors {
	stop, end := context.WithCancel(context.Background())
	return mirrors{room: make(chan struct{}, mostMirrored), all: &sync.WaitGroup{}, stop: stop, end: end}
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
	host    string          // the Host header of copies; empty: the request's own with "-shadow", as Envoy says it
	target  intent.Template // path and query; empty: the upstream's
}

// mirror compiles the way to the second place: a Service, or the host of a URL.
func (c *compiler) mirror(s *site, f *intent.Forward) (*mirror, error) {
	m := &mirror{Mirror: f.Mirror}
	b := f.Mirror.Backend
	var outside []string // the address of a URL's host
	if b == nil {
		scheme, rest, _ := strings.Cut(f.Mirror.Target, "://")
		authority := rest
		if at := strings.IndexAny(rest, "/{"); at >= 0 {
			authority, m.target = rest[:at], intent.Template(rest[at:])
		}
		port := map[string]string{"http": "80", "https": "443"}[scheme]
		if port == "" || authority == "" || strings.HasPrefix(string(m.target), "{host") {
			return nil, fmt.Errorf("%q names no fixed host", f.Mirror.Target)
		}
		address, host := authority, authority
		if h, p, err := net.SplitHostPort(authority); err == nil {
			host, port = h, p
		} else {
			address = net.JoinHostPort(authority, port)
		}
		if m.host = f.Mirror.Host; m.host == "" {
			m.host = host
		}
		b = &intent.Backend{Service: host, Port: port}
		if scheme == "https" {
			b.Protocol = intent.HTTPS
		}
		outside = []string{address}
	}
	var err error
	if m.cluster, err = c.cluster(s, b, f); err == nil && outside != nil {
		c.clusters.store(m.cluster.key.Key, outside)
	}
	return m, err
}

// copying is a copy that waits for its body.
type copying struct {
	*mirror
	*mirrors
	request upstream.Request
	body    bytes.Buffer
	dropped bool
}

// begin makes the copy of a request from the headers as they came; nil where there is none
// to be made.
func (m *mirror) begin(x *exchange) *copying {
	if m == nil || m.Percent > 0 && m.Percent < 100 && rand.IntN(100) >= m.Percent {
		return nil
	}
	k := &copying{mirror: m, mirrors: &x.mirrors, request: upstream.Request{
		Method: x.r.Method, URI: x.decision.UpstreamURI, Host: m.host, Header: x.r.Header.Clone(), FirstByte: mirrorTime, Idle: mirrorTime,
	}}
	k.request.Header.Del("Content-Length")
	if m.target != "" {
		k.request.URI = m.target.Expand(x.expand)
	} else if m.Backend == nil {
		k.request.URI = "/"
	}
	if k.request.Host == "" {
		k.request.Host = shadow(x.decision.UpstreamHost)
	}
	return k
}

// shadow is the host that Envoy gives copies: "-shadow" stands before a port.
func shadow(host string) string {
	if h, port, err := net.SplitHostPort(host); err == nil {
		return net.JoinHostPort(h+"-shadow", port)
	}
	return host + "-shadow"
}

// read keeps what was read of the body.
func (k *copying) read(b []byte) {
	if k == nil {
		return
	}
	if k.dropped = k.dropped || k.body.Len()+len(b) > mirrorBody; !k.dropped && k.mirror.Body {
		k.body.Write(b)
	}
}

// send sends the copy, unless too many are on their way.
func (k *copying) send() {
	if k == nil || k.dropped {
		return
	}
	select {
	case k.room <- struct{}{}:
	default:
		return
	}
	k.all.Go(func() {
		defer func() { <-k.room }()
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

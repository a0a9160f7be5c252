package faults_test

import (
	"sync/atomic"
)

// rotating is a certificate that is replaced again and again. Handshakes show one that was
// valid meanwhile; connections that are open go on.
type rotating struct {
	edge          *edge
	written, seen atomic.Int64
}

func newRotating(e *edge, app string) *rotating {
	e.put("tls/routes.yaml", new(objects).service("tls/app", app).ingress("tls/app", "unused.test", "/", "app").proxy("tls/root", `
virtualhost: {fqdn: tls.test, tls: {secretName: tls}}
routes: [{services: [{name: app, port: 80}]}]`).String())
	return &rotating{edge: e}
}

func (c *rotating) change() {
	cert, key := c.edge.authority.leaf("tls.test")
	c.written.Store(c.edge.authority.signed + 1)
	c.edge.put("tls/secret.yaml", new(objects).secret("tls/tls", cert, key).String())
}

func (c *rotating) settled() bool { return c.seen.Load() == c.written.Load() }

// judge is the begin of a load whose every request makes a handshake.
func (c *rotating) judge() func(answer) string {
	least := c.seen.Load()
	return func(a answer) string {
		if a.String() != "200 calm /x" {
			return "got " + a.String()
		}
		n := a.secure.PeerCertificates[0].SerialNumber.Int64()
		if most := c.written.Load(); n < least || n > most {
			return "a certificate that was not valid meanwhile"
		}
		for before := c.seen.Load(); n > before && !c.seen.CompareAndSwap(before, n); before = c.seen.Load() {
		}
		return ""
	}
}

func (c *rotating) load() []load {
	return []load{
		{url: "https://tls.test/x", every: 2 * pace, fresh: true, begin: c.judge},
		{url: "https://tls.test/x", every: 2 * pace, begin: always("200 calm /x")},
		{url: "https://tls.test/x", every: 2 * pace, h2: true, begin: always("200 calm /x")},
	}
}

package faults_test

import (
	"sync/atomic"

	"github.com/split-ingress/split-ingress/runtime/upstream/upstreamtest"
)

// flapping are endpoints that come and go: one always answers, and the others refuse.
// Retries are allowed on both planes, and find the one that answers.
type flapping struct {
	edge *edge
	good [2]string
	dead []string
	n    atomic.Int64
}

func newFlapping(e *edge) *flapping {
	c := &flapping{edge: e, good: [2]string{echo(e.t, "good"), echo(e.t, "good")}, dead: []string{upstreamtest.Refusing(e.t), upstreamtest.Refusing(e.t)}}
	e.put("flap/routes.yaml", new(objects).port("flap/app").ingress("flap/app", "flap-nginx.test", "/", "app").
		proxy("flap/root", `
virtualhost: {fqdn: flap.test}
routes: [{services: [{name: app, port: 80}], retryPolicy: {count: 4, retryOn: [connect-failure]}}]`).String())
	return c
}

func (c *flapping) change() {
	n := c.n.Add(1)
	addresses := append([]string{c.good[n/2%2]}, c.dead[:n%3]...)
	c.edge.put("flap/slices.yaml", new(objects).slice("flap/app", addresses...).String())
}

func (c *flapping) settled() bool { return true }

func (c *flapping) load() []load {
	return []load{
		{url: "http://flap.test/x", every: pace, begin: always("200 good /x")},
		{url: "http://flap.test/x", method: "POST", body: "hello", every: pace, begin: always("200 good /x hello")},
		{url: "http://flap-nginx.test/x", every: pace, begin: always("200 good /x")},
		{url: "http://flap-nginx.test/x", method: "POST", body: "hello", every: pace, begin: always("200 good /x hello")},
	}
}

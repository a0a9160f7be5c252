package faults_test

import (
	"fmt"
	"time"
)

// pace is between two requests of a client.
const pace = 40 * time.Millisecond

// oneFile changes a route together with its Service, whose predecessor goes in the same step.
type oneFile struct {
	versions
	edge *edge
	apps [2]string
}

func (c *oneFile) change() {
	n := c.next()
	c.edge.put("one.yaml", new(objects).proxy("one/root", route("one.test", n)).service(fmt.Sprint("one/app-", n%2), c.apps[n%2]).String())
}

func (c *oneFile) load() []load {
	return []load{{url: "http://one.test/app/x", clients: 2, every: pace, begin: c.judge}}
}

// ofNginx does the same with an Ingress.
type ofNginx struct {
	versions
	edge *edge
	apps [2]string
}

func (c *ofNginx) change() {
	n := c.next()
	c.edge.put("nginx.yaml", new(objects).service(fmt.Sprint("nginx/app-", n%2), c.apps[n%2]).
		ingress("nginx/app", "nginx.test", "/app(/|$)(.*)", fmt.Sprint("app-", n%2), "use-regex: 'true'", fmt.Sprintf("rewrite-target: /v%d/$2", n)).String())
}

func (c *ofNginx) load() []load {
	return []load{{url: "http://nginx.test/app/x", clients: 2, every: pace, begin: c.judge}}
}

// inOrder changes a route by way of several files: first the next Service is there, then the
// route leads to it, then the last Service goes.
type inOrder struct {
	versions
	edge *edge
	apps [2]string
}

func (c *inOrder) change() {
	n := c.next()
	c.edge.put(fmt.Sprintf("order/service-%d.yaml", n%2), new(objects).service(fmt.Sprint("order/app-", n%2), c.apps[n%2]).String())
	c.edge.put("order/a.yaml", new(objects).proxy("order/root", route("order.test", n)).String())
	if n > 1 {
		c.edge.remove(fmt.Sprintf("order/service-%d.yaml", (n-1)%2))
	}
}

func (c *inOrder) load() []load {
	return []load{{url: "http://order.test/app/x", clients: 2, every: pace, begin: c.judge}}
}

package faults_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestRolling replaces the endpoint of a Service again and again as a Deployment does: the
// next one is there before the last one leaves the EndpointSlice, and that one ends some time
// later, all its connections at once. Nothing is lost, though nothing is tried again.
func TestRolling(t *testing.T) {
	pod := func() *httptest.Server {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err == nil {
				fmt.Fprint(w, "pod")
			}
		}))
		s.Config.Protocols = new(http.Protocols)
		s.Config.Protocols.SetHTTP1(true)
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		s.Start()
		return s
	}
	last := pod()
	at := func(all ...*httptest.Server) string {
		var addresses []string
		for _, s := range all {
			addresses = append(addresses, s.Listener.Addr().String())
		}
		return new(objects).slice("ns/app", addresses...).String()
	}
	e := newEdge(t, map[string]string{"slices.yaml": at(last), "routes.yaml": new(objects).port("ns/app").
		ingress("ns/app", "n.test", "/", "app", "proxy-next-upstream: 'off'").
		proxy("ns/root", "virtualhost: {fqdn: e.test}\nroutes: [{services: [{name: app, port: 80}]}]").
		proxy("ns/two", "virtualhost: {fqdn: h2.test}\nroutes: [{services: [{name: app, port: 80, protocol: h2c}]}]").String()})
	e.until("http://e.test/", "200 pod")
	var loads []load
	for _, url := range []string{"http://e.test/", "http://n.test/", "http://h2.test/"} {
		loads = append(loads, load{url: url, clients: 2, begin: always("200 pod")}, load{url: url, method: "POST", body: "x", begin: always("200 pod")})
	}
	crowd := e.visited(loads...)
	for range 10 {
		next := pod()
		e.put("slices.yaml", at(last, next))
		e.until("http://e.test/", "200 pod")
		e.put("slices.yaml", at(next))
		time.Sleep(200 * time.Millisecond) // of the grace period that pods have
		last.Close()
		last = next
	}
	crowd.right()
	last.Close()
}

// TestFlapping rewrites an EndpointSlice a few hundred times a second. Retries find the
// endpoint that answers.
func TestFlapping(t *testing.T) {
	e := newEdge(t, nil)
	c := newFlapping(e)
	c.change()
	for _, l := range c.load() {
		e.until(l.url, "200")
	}
	crowd := e.visited(c.load()...)
	for range 400 {
		c.change()
		time.Sleep(3 * time.Millisecond)
	}
	crowd.right()
}

package proxy

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/upstream"
	"github.com/split-ingress/split-ingress/runtime/upstream/upstreamtest"
)

// TestReloadStorm: while routes and endpoints change all the time, every request gets an
// answer that one of the states gives, and a connection is never closed.
func TestReloadStorm(t *testing.T) {
	l := newLab(t, Options{})
	one, two := l.upstream("one", echo("one")), l.upstream("two", echo("two"))
	to := func(service, header string) string {
		return with(intent.Normalized, func(r *intent.Route) {
			r.Forward.Backends[0].Service = service
			r.Forward.Response = []intent.HeaderChange{{Name: "X-State", Value: intent.Template(header)}}
		})
	}
	states := [2]string{to("one", "one"), to("two", "two")}
	l.serve(states[0])
	var opened atomic.Int32
	transport := &http.Transport{MaxIdleConnsPerHost: 8, MaxConnsPerHost: 8}
	defer transport.CloseIdleConnections()
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() { askUntil(t, l, transport, stop, &opened) })
	}
	other := upstreamtest.Refusing(t)
	for i := range 300 {
		l.serve(states[i%2])
		addresses := map[upstream.Key][]string{{Namespace: "ns", Service: "one", Port: "80"}: {one}, {Namespace: "ns", Service: "two", Port: "80"}: {two}}
		if i%3 == 0 {
			addresses[upstream.Key{Namespace: "ns", Service: "elsewhere", Port: "80"}] = []string{other}
		}
		l.proxy.Apply(Change{Endpoints: addresses})
		time.Sleep(time.Millisecond)
	}
	close(stop)
	clients.Wait()
	if n := opened.Load(); n < 100 {
		t.Errorf("only %d requests", n)
	}
	l.proxy.mu.Lock()
	defer l.proxy.mu.Unlock()
	if n := len(l.proxy.clusters.used); n != 1 {
		t.Errorf("%d clusters are left, want one", n)
	}
}

func askUntil(t *testing.T, l *lab, transport http.RoundTripper, stop chan struct{}, count *atomic.Int32) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		r, err := http.NewRequest("POST", l.front.URL+"/x", strings.NewReader("hello"))
		if err != nil {
			t.Error(err)
			return
		}
		r.Host = "a.t"
		response, err := transport.RoundTrip(r)
		if err != nil {
			t.Errorf("lost: %v", err)
			return
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != 200 || !strings.HasSuffix(string(body), "hello") || response.Header.Get("X-State") != response.Header.Get("Echo") {
			t.Errorf("wrong: %d %v %v", response.StatusCode, response.Header, err)
			return
		}
		count.Add(1)
	}
}

// TestEndpointsOutliveTheirSite: a change takes a route away from a Service, whose endpoints go
// in the same step, since nothing else names them. A request on its way still finds them for
// its next try.
func TestEndpointsOutliveTheirSite(t *testing.T) {
	for _, plane := range []intent.PathForm{intent.Decoded, intent.Normalized} {
		l := newLab(t, Options{})
		asked, more := make(chan struct{}, 2), make(chan int, 2)
		l.upstream("s", func(w http.ResponseWriter, r *http.Request) {
			asked <- struct{}{}
			w.WriteHeader(<-more)
		})
		to := func(service string) string {
			return with(plane, func(r *intent.Route) {
				r.Forward.Backends[0].Service = service
				r.Forward.Retry = &intent.Retry{Tries: 2, On: []string{map[intent.PathForm]string{intent.Decoded: "http_503", intent.Normalized: "5xx"}[plane]}}
			})
		}
		l.serve(to("s"))
		status := make(chan int)
		go func() {
			got, _, _ := l.get("a.t/x")
			status <- got
		}()
		<-asked
		next, err := intent.Parse(to("other"))
		if err != nil {
			t.Fatal(err)
		}
		l.proxy.Apply(Change{
			Sites:     map[string]*Site{"a.t": {Host: &next.Hosts[0], Plane: plane}},
			Endpoints: map[upstream.Key][]string{{Namespace: "ns", Service: "s", Port: "80"}: nil},
		})
		more <- 503
		more <- 200
		if got := <-status; got != 200 {
			t.Errorf("%v: a request on its way got %d", plane, got)
		}
		if n := len(l.proxy.clusters.sets); n != 1 {
			t.Errorf("%v: %d sets of endpoints are left, want that of the new Service", plane, n)
		}
	}
}

// TestLastGoodState: the endpoints of a site that goes on as it was, because the next one can't
// be read, stay, though nothing else names them.
func TestLastGoodState(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", echo("s"))
	l.serve(simple(intent.Normalized))
	l.proxy.Apply(Change{
		Sites:     map[string]*Site{"a.t": {Host: &intent.Host{Name: "a.t", Routes: []intent.Route{{}}}, Plane: intent.Normalized}},
		Endpoints: map[upstream.Key][]string{{Namespace: "ns", Service: "s", Port: "80"}: nil},
	})
	if status, _, _ := l.get("a.t/app"); status != 200 {
		t.Errorf("the last good state answers %d", status)
	}
}

// TestSitesComeAndGo: a site that can't be read keeps its last state; one that is gone
// answers 404; and nothing of it is left.
func TestSitesComeAndGo(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", echo("s"))
	l.serve(simple(intent.Normalized))
	bad := &Site{Host: &intent.Host{Name: "a.t", Routes: []intent.Route{{}}}, Plane: intent.Normalized}
	if problems := l.proxy.Apply(Change{Sites: map[string]*Site{"a.t": bad}}); len(problems) != 1 || !strings.Contains(problems[0].Message, "last good state") {
		t.Errorf("problems %v", problems)
	}
	if status, _, _ := l.get("a.t/app"); status != 200 {
		t.Errorf("the last good state answers %d", status)
	}
	l.proxy.Apply(Change{Sites: map[string]*Site{"a.t": nil}, Endpoints: map[upstream.Key][]string{{Namespace: "ns", Service: "s", Port: "80"}: nil}})
	if status, _, _ := l.get("a.t/app"); status != 404 {
		t.Errorf("a site that is gone answers %d", status)
	}
	if n := len(l.proxy.clusters.used) + len(l.proxy.clusters.sets); n != 0 {
		t.Errorf("%d clusters and sets are left", n)
	}
}

// TestHeldEndpoints: endpoints that only an authorization service reaches are the same set
// from before it has any until its site goes, and all are counted.
func TestHeldEndpoints(t *testing.T) {
	l := newLab(t, Options{})
	authz := upstream.Key{Namespace: "ns", Service: "authz", Port: "9000"}
	l.serve(with(intent.Normalized, func(r *intent.Route) {
		r.Policies = &intent.Policies{GRPC: &intent.GRPCAuth{Backends: []intent.Backend{{Namespace: "ns", Service: "authz", Port: "9000", Protocol: intent.H2C}}}}
	}))
	held := l.proxy.clusters.sets[authz]
	for _, addresses := range [][]string{{"127.0.0.1:1", "127.0.0.1:2"}, nil, {"127.0.0.1:3"}} {
		l.proxy.Apply(Change{Endpoints: map[upstream.Key][]string{authz: addresses}, Sites: map[string]*Site{"b.t": nil}})
		if _, _, n := l.proxy.Count(); held == nil || !slices.Equal(held.Load(), addresses) || n != len(addresses) {
			t.Errorf("the route has %v, %d are counted, want %v", held, n, addresses)
		}
	}
	l.proxy.Apply(Change{Endpoints: map[upstream.Key][]string{authz: nil}, Sites: map[string]*Site{"a.t": nil}})
	if sites, routes, endpoints := l.proxy.Count(); sites+routes+endpoints+len(l.proxy.clusters.sets)+len(l.proxy.clusters.held) != 0 {
		t.Errorf("%d sites, %d routes, %d endpoints, sets %v and %v are left", sites, routes, endpoints, l.proxy.clusters.sets, l.proxy.clusters.held)
	}
}

// TestWeights: shares of backends, within five standard deviations.
func TestWeights(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("a", echo("a"))
	l.upstream("b", echo("b"))
	l.serve(with(intent.Decoded, func(r *intent.Route) {
		r.Forward.Backends = []intent.Backend{
			{Namespace: "ns", Service: "a", Port: "80", Weight: 90}, {Namespace: "ns", Service: "b", Port: "80", Weight: 10},
			{Namespace: "ns", Service: "never", Port: "80", Weight: 0},
		}
	}))
	const n = 1000
	got := map[string]int{}
	for range n {
		status, h, _ := l.get("a.t/")
		got[fmt.Sprint(status, h.Get("Echo"))]++
	}
	if b := got["200b"]; b < 53 || b > 147 || got["200a"]+b != n {
		t.Errorf("shares %v", got)
	}
}

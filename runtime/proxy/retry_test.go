package proxy

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/upstream"
	"github.com/split-ingress/split-ingress/runtime/upstream/upstreamtest"
)

// with is a model of one host and one route on "/" whose Forward was changed.
func with(plane intent.PathForm, change func(r *intent.Route)) string {
	r := intent.Route{
		Match:   intent.Match{Path: intent.Path{Kind: intent.StringPrefix, Value: "/"}},
		Forward: &intent.Forward{Backends: []intent.Backend{{Namespace: "ns", Service: "s", Port: "80", Weight: 1}}},
	}
	change(&r)
	return intent.Model{Paths: plane, Hosts: []intent.Host{{Name: "a.t", Routes: []intent.Route{r}}}}.String()
}

// endpoints sets those of Service "s".
func (l *lab) endpoints(addresses ...string) {
	l.proxy.Apply(Change{Endpoints: map[upstream.Key][]string{{Namespace: "ns", Service: "s", Port: "80"}: addresses}})
}

func (l *lab) lastRecord() observe.Record {
	l.front.close() // the handler has ended when its connection has
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.records) == 0 {
		l.t.Fatal("no request was told of")
	}
	return l.records[len(l.records)-1]
}

// TestRefusedIsTriedElsewhere: with one of two endpoints down, no request is lost.
func TestRefusedIsTriedElsewhere(t *testing.T) {
	for _, c := range []struct {
		plane intent.PathForm
		retry intent.Retry
	}{
		{intent.Decoded, intent.Retry{Tries: 3, On: []string{"error", "timeout"}}},
		{intent.Normalized, intent.Retry{Tries: 2, On: []string{"connect-failure"}, NonIdempotent: true}},
	} {
		l := newLab(t, Options{})
		good := l.upstream("s", echo("good"))
		l.endpoints(good, upstreamtest.Refusing(t))
		l.serve(with(c.plane, func(r *intent.Route) { r.Forward.Retry = &c.retry }))
		for i := range 20 {
			if status, _, body := l.do("POST", "a.t/x", strings.NewReader(fmt.Sprint("body ", i))); status != 200 || !strings.HasSuffix(body, fmt.Sprint("body ", i)) {
				t.Fatalf("plane %d: request %d: %d %q", c.plane, i, status, body)
			}
		}
	}
}

// TestStatusRetries: what is tried again by its status, and what must not be.
func TestStatusRetries(t *testing.T) {
	for _, c := range []struct {
		name, method string
		retry        intent.Retry
		plane        intent.PathForm
		status, asks int
	}{
		{"nginx, http_503", "GET", intent.Retry{Tries: 3, On: []string{"http_503"}}, intent.Decoded, 200, 3},
		{"nginx, POST", "POST", intent.Retry{Tries: 3, On: []string{"http_503"}}, intent.Decoded, 503, 1},
		{"nginx, POST non_idempotent", "POST", intent.Retry{Tries: 3, On: []string{"http_503", "non_idempotent"}}, intent.Decoded, 200, 3},
		{"nginx, off", "GET", intent.Retry{Tries: 3, On: []string{"off"}}, intent.Decoded, 503, 1},
		{"nginx, two tries", "GET", intent.Retry{Tries: 2, On: []string{"http_503"}}, intent.Decoded, 503, 2},
		{"envoy, 5xx", "POST", intent.Retry{Tries: 3, On: []string{"5xx"}, NonIdempotent: true}, intent.Normalized, 200, 3},
		{"envoy, codes", "GET", intent.Retry{Tries: 3, On: []string{"retriable-status-codes"}, Codes: []int{503}, NonIdempotent: true}, intent.Normalized, 200, 3},
		{"envoy, other codes", "GET", intent.Retry{Tries: 3, On: []string{"retriable-status-codes"}, Codes: []int{500}, NonIdempotent: true}, intent.Normalized, 503, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, Options{})
			var asked atomic.Int32
			l.upstream("s", func(w http.ResponseWriter, r *http.Request) {
				if asked.Add(1) < 3 {
					w.WriteHeader(503)
				}
			})
			l.serve(with(c.plane, func(r *intent.Route) { r.Forward.Retry = &c.retry }))
			status, _, _ := l.do(c.method, "a.t/", nil)
			if status != c.status || int(asked.Load()) != c.asks {
				t.Errorf("status %d after %d tries, want %d after %d", status, asked.Load(), c.status, c.asks)
			}
			if r := l.lastRecord(); r.Tries != c.asks {
				t.Errorf("told of %d tries", r.Tries)
			}
		})
	}
}

// TestInvalidResponses: a response that is none is tried again where nginx's invalid_header or
// Envoy's reset is asked for, one whose head is too long as well; nginx's error is not that.
func TestInvalidResponses(t *testing.T) {
	long := "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 1000)
	for _, text := range []string{"no HTTP\r\n\r\n", long} {
		for _, c := range []struct {
			plane intent.PathForm
			on    string
			tries int
		}{
			{intent.Decoded, "error", 1}, {intent.Decoded, "timeout", 1}, {intent.Decoded, "invalid_header", 2},
			{intent.Normalized, "5xx", 2}, {intent.Normalized, "gateway-error", 2}, {intent.Normalized, "reset", 2}, {intent.Normalized, "connect-failure", 1},
		} {
			l := newLab(t, Options{})
			l.upstream("s", func(w http.ResponseWriter, r *http.Request) {
				raw, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer raw.Close()
				_, _ = io.WriteString(raw, text) // the other side has had enough before the end
			})
			l.serve(with(c.plane, func(r *intent.Route) { r.Forward.Retry = &intent.Retry{Tries: 2, On: []string{c.on}} }))
			status, _, _ := l.get("a.t/")
			if got := l.lastRecord(); status != 502 || got.Tries != c.tries {
				t.Errorf("%.7q, %s: status %d after %d tries, want 502 after %d", text, c.on, status, got.Tries, c.tries)
			}
		}
	}
}

// TestFailureStatuses: what clients get for an upstream that fails.
func TestFailureStatuses(t *testing.T) {
	hang := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	cut := func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }
	for _, c := range []struct {
		name         string
		h            http.HandlerFunc
		nginx, envoy int
		why          observe.Reason
	}{
		{"refused", nil, 502, 503, observe.UpstreamConnect},
		{"hangs", hang, 504, 504, observe.UpstreamTimeout},
		{"cut", cut, 502, 503, observe.UpstreamReset},
	} {
		for plane, want := range map[intent.PathForm]int{intent.Decoded: c.nginx, intent.Normalized: c.envoy} {
			l := newLab(t, Options{})
			if c.h == nil {
				l.endpoints(upstreamtest.Refusing(t))
			} else {
				l.upstream("s", c.h)
			}
			l.serve(with(plane, func(r *intent.Route) { r.Forward.Timeouts = intent.Timeouts{Idle: 100, Response: 200} }))
			if status, _, _ := l.get("a.t/"); status != want {
				t.Errorf("%s, plane %d: status %d, want %d", c.name, plane, status, want)
			}
			if r := l.lastRecord(); r.Flags != c.why {
				t.Errorf("%s: told of %q, want %q", c.name, r.Flags, c.why)
			}
		}
	}
	l := newLab(t, Options{})
	l.serve(with(intent.Decoded, func(*intent.Route) {}))
	if status, _, _ := l.get("a.t/"); status != 503 {
		t.Errorf("no endpoint: status %d", status)
	}
}

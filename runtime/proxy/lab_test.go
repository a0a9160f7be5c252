package proxy

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lab is a data plane behind a real listener, with real upstreams.
type lab struct {
	t     testing.TB
	proxy *Proxy
	front *door
	log   *lockedBuffer

	mu      sync.Mutex
	records []observe.Record
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (l *lab) Done(r *observe.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(l.records, *r)
}

func newLab(t testing.TB, o Options) *lab {
	l := &lab{t: t, log: &lockedBuffer{}}
	o.Observer, o.Log = l, slog.New(slog.NewTextHandler(l.log, nil))
	l.proxy = New(o)
	l.front = open(t, l.proxy)
	t.Cleanup(func() {
		l.front.close()
		l.proxy.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return l
}

// upstream starts a server that stands for a port of a Service, and gives its address.
func (l *lab) upstream(service string, h http.HandlerFunc) string {
	s := httptest.NewServer(h)
	l.t.Cleanup(s.Close)
	address := s.Listener.Addr().String()
	l.proxy.Apply(Change{Endpoints: map[upstream.Key][]string{{Namespace: "ns", Service: service, Port: "80"}: {address}}})
	return address
}

// echo answers with what it got.
func echo(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Echo", name)
		fmt.Fprintf(w, "%s %s %s\n", r.Method, r.RequestURI, r.Host)
		names := []string{}
		for n := range r.Header {
			names = append(names, n)
		}
		slices.Sort(names)
		for _, n := range names {
			for _, v := range r.Header[n] {
				fmt.Fprintf(w, "%s: %s\n", n, v)
			}
		}
		fmt.Fprintf(w, "\n%s", body)
	}
}

// serve applies a printed model, whose hosts all become sites.
func (l *lab) serve(model string) {
	l.t.Helper()
	for _, p := range l.apply(model) {
		l.t.Errorf("problem: %+v", p)
	}
}

// apply is serve, where there may be problems.
func (l *lab) apply(model string) []Problem {
	l.t.Helper()
	m, err := intent.Parse(strings.TrimPrefix(model, "\n"))
	if err != nil {
		l.t.Fatal(err)
	}
	c := Change{Sites: map[string]*Site{}}
	for i := range m.Hosts {
		c.Sites[m.Hosts[i].Name] = &Site{Host: &m.Hosts[i], Plane: m.Paths}
	}
	return l.proxy.Apply(c)
}

// get asks for "host/path" and gives the status, the headers and the body.
func (l *lab) get(target string, header ...string) (int, http.Header, string) {
	l.t.Helper()
	return l.do("GET", target, nil, header...)
}

func (l *lab) do(method, target string, body io.Reader, header ...string) (int, http.Header, string) {
	l.t.Helper()
	host, path, _ := strings.Cut(target, "/")
	r, err := http.NewRequest(method, l.front.URL+"/"+path, body)
	if err != nil {
		l.t.Fatal(err)
	}
	r.Host = host
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(text)
}

// endpointsOf sets those of a Service of any name.
func (l *lab) endpointsOf(service string, addresses ...string) {
	l.proxy.Apply(Change{Endpoints: map[upstream.Key][]string{{Namespace: "ns", Service: service, Port: "80"}: addresses}})
}

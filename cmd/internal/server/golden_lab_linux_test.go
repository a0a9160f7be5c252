package server

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/runtime/serve"
)

// goldenLab serves a recorded run: echo servers, and our runtime in front of them.
type goldenLab struct {
	pairs    map[string]tls.Certificate // by Secret
	auto     map[string]bool            // hosts with AUTO_HTTP
	services int
	at       serve.Addresses

	mu   sync.Mutex
	seen []echoSeen
}

// echoSeen is what an echo server saw of a request.
type echoSeen struct {
	Backend string              `json:"backend"`
	Pod     string              `json:"pod"`
	Method  string              `json:"method"`
	Path    string              `json:"path"`
	Host    string              `json:"host"`
	Proto   string              `json:"proto"`
	Headers map[string][]string `json:"headers"`
	Body    string              `json:"body,omitempty"`
}

// echoService is a recorded Service, whose pods answer with what they saw.
type echoService struct {
	lab     *goldenLab
	name    string // "namespace/name"
	status  int    // 0: 200, or what the request asks for
	headers [][2]string
}

// headerPairs reads "K: V|K2: V2".
func headerPairs(text string) (all [][2]string) {
	for pair := range strings.SplitSeq(text, "|") {
		if name, value, ok := strings.Cut(pair, ": "); ok {
			all = append(all, [2]string{name, value})
		}
	}
	return all
}

// listen starts one pod.
func (e *echoService) listen(t *testing.T, address, pod, protocol string) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { e.answer(w, r, pod) }), Protocols: new(http.Protocols), ErrorLog: log.New(io.Discard, "", 0)}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetUnencryptedHTTP2(protocol == "grpc")
	run := func() error { return s.Serve(l) }
	if protocol == "https" {
		crt, key := selfSigned(t, "echo", nil)
		pair, err := tls.X509KeyPair(crt, key)
		if err != nil {
			t.Fatal(err)
		}
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}}
		run = func() error { return s.ServeTLS(l, "", "") }
	}
	var done sync.WaitGroup
	done.Go(func() { _ = run() })
	t.Cleanup(func() { s.Close(); done.Wait() })
	return l.Addr().(*net.TCPAddr)
}

// answer says what was asked, as the recorded echo servers did: with the Service's status,
// else the one that the request asks for, and the headers of both.
func (e *echoService) answer(w http.ResponseWriter, r *http.Request, pod string) {
	body, _ := io.ReadAll(r.Body)
	body = body[:min(len(body), 4096)] // of more they did not tell
	saw := echoSeen{Backend: e.name, Pod: pod, Method: r.Method, Path: r.RequestURI, Host: r.Host, Proto: r.Proto, Headers: r.Header, Body: string(body)}
	if r.TLS != nil {
		saw.Proto += "+tls"
	}
	e.lab.mu.Lock()
	e.lab.seen = append(e.lab.seen, saw)
	e.lab.mu.Unlock()
	query := r.URL.Query()
	asked := func(header, key string) string {
		if v := r.Header.Get(header); v != "" {
			return v
		}
		return query.Get(key)
	}
	if d, err := time.ParseDuration(asked("X-Echo-Sleep", "echo-sleep")); err == nil {
		time.Sleep(d)
	}
	status := e.status
	if s, err := strconv.Atoi(asked("X-Echo-Status", "echo-status")); err == nil && status == 0 {
		status = s
	}
	status = max(status, http.StatusOK)
	h := w.Header()
	h.Set("X-Echo-Backend", e.name)
	for _, p := range append(e.headers, headerPairs(r.Header.Get("X-Echo-Set"))...) {
		h.Add(p[0], p[1])
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(saw)
}

// taken are the requests seen since it was asked last.
func (l *goldenLab) taken() []echoSeen {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.seen
	l.seen = nil
	return all
}

// newGoldenLab serves the objects of a recorded run at free ports of the loopback address.
func newGoldenLab(t *testing.T, dir string) *goldenLab {
	t.Helper()
	l := &goldenLab{pairs: map[string]tls.Certificate{}, auto: map[string]bool{}}
	files := t.TempDir()
	l.fill(t, dir, files)
	metrics := serve.NewMetrics("v0", 0)
	p := newPipeline(goldenInput(files), reports{})
	if _, err := p.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	s, err := serve.New(serve.Options{HTTP: "127.0.0.1:0", HTTPS: "127.0.0.1:0", Metrics: metrics, DrainTimeout: -1}, p)
	if err != nil {
		t.Fatal(err)
	}
	l.at = s.Addresses()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Log(err) // connections that were left open are cut
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

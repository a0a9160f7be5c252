package golden

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

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
func (e *service) listen(t testing.TB, address, pod string) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { e.answer(w, r, pod) }), Protocols: new(http.Protocols), ErrorLog: log.New(io.Discard, "", 0)}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetUnencryptedHTTP2(e.protocol == "grpc")
	run := func() error { return s.Serve(l) }
	if e.protocol == "https" {
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

// answer says what was asked, as the recorded echo servers did.
func (e *service) answer(w http.ResponseWriter, r *http.Request, pod string) {
	body, _ := io.ReadAll(r.Body)
	body = body[:min(len(body), 4096)] // of more they did not tell
	saw := Seen{Backend: e.name, Pod: pod, Method: r.Method, Path: Text(r.RequestURI), Host: r.Host, Proto: r.Proto, Headers: map[string][]Text{}, Body: Text(body)}
	for name, values := range r.Header {
		for _, v := range values {
			saw.Headers[name] = append(saw.Headers[name], Text(v))
		}
	}
	if r.TLS != nil {
		saw.Proto += "+tls"
	}
	e.lab.note(saw)
	if d, err := time.ParseDuration(asked(r.Header, r.URL, "X-Echo-Sleep", "echo-sleep")); err == nil {
		select {
		case <-time.After(d):
		case <-r.Context().Done(): // nobody waits any more
		}
	}
	status, header := e.says(r.Header, r.URL)
	for name, values := range header {
		w.Header()[name] = values
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(saw)
}

// asked is what a request asks an echo server for, in a header or an argument.
func asked(h http.Header, u *url.URL, header, key string) string {
	if v := h.Get(header); v != "" {
		return v
	}
	return u.Query().Get(key)
}

// says is what an echo server answers: with the Service's status, else the one that the
// request asks for, and the headers of both.
func (e *service) says(asking http.Header, u *url.URL) (int, http.Header) {
	status := e.status
	if s, err := strconv.Atoi(asked(asking, u, "X-Echo-Status", "echo-status")); err == nil && status == 0 {
		status = s
	}
	h := http.Header{"X-Echo-Backend": {e.name}}
	for _, p := range append(e.headers, headerPairs(asking.Get("X-Echo-Set"))...) {
		h.Add(p[0], p[1])
	}
	h.Set("Content-Type", "application/json")
	return max(status, http.StatusOK), h
}

package faults_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// visitor is a client with one connection at most for each host, over HTTP/1.1, or over
// HTTP/2 where that was asked for and the URL is https.
type visitor struct {
	edge      *edge
	transport *http.Transport
	dialled   atomic.Int64
}

// answer is what came back, or why nothing did.
type answer struct {
	status int
	body   string
	header http.Header
	secure *tls.ConnectionState
	err    error
}

// String is the status and the first line of a right answer's body.
func (a answer) String() string {
	line, _, _ := strings.Cut(a.body, "\n")
	switch {
	case a.err != nil:
		return "no answer: " + a.err.Error()
	case a.status != http.StatusOK:
		return fmt.Sprint(a.status)
	}
	return "200 " + line
}

func (e *edge) visitor() *visitor { return e.visitorOver(false) }

func (e *edge) visitorOver(h2 bool) *visitor {
	v := &visitor{edge: e}
	v.transport = &http.Transport{
		MaxConnsPerHost: 1, DisableCompression: true, ForceAttemptHTTP2: h2,
		TLSClientConfig: &tls.Config{RootCAs: e.authority.pool()},
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			to := e.http
			if strings.HasSuffix(address, ":443") {
				to = e.https
			}
			v.dialled.Add(1)
			var d net.Dialer
			return d.DialContext(ctx, "tcp", to)
		},
	}
	return v
}

// leave closes the connections.
func (v *visitor) leave() { v.transport.CloseIdleConnections() }

func (v *visitor) get(url string) answer { return v.send(http.MethodGet, url, "") }

// send sends a request with the time of ten seconds for its answer; it follows no redirect.
func (v *visitor) send(method, url, body string) (a answer) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	response, err := v.transport.RoundTrip(r)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, string(text), response.Header, response.TLS, err}
}

package golden

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Addresses are where somebody serves: HOST:PORT each.
type Addresses struct{ HTTP, HTTPS string }

// send sends a request over a connection of its own; cookies go along.
func (l *Lab) send(at Addresses, r *Request, cookies string) Answer {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(r.client())}}
	address := at.HTTP
	if r.TLS {
		address = at.HTTPS
	}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return Answer{Err: err.Error()}
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	out := Answer{}
	if r.TLS {
		secure := tls.Client(conn, l.clientTLS(r))
		if err := secure.HandshakeContext(ctx); err != nil {
			return Answer{Err: err.Error()}
		}
		out.Cert = secure.ConnectionState().PeerCertificates[0].Subject.CommonName
		conn = secure
	}
	response, err := exchangeOver(ctx, conn, r, cookies)
	if err != nil {
		out.Err = err.Error()
		return out
	}
	defer response.Body.Close()
	out.read(response)
	return out
}

// read takes a response in.
func (a *Answer) read(response *http.Response) {
	body, err := bodyOf(response)
	if err != nil {
		a.Err = "body: " + err.Error()
		return
	}
	a.Status, a.Headers = response.StatusCode, map[string][]Text{}
	for name, values := range response.Header {
		for _, v := range values {
			a.Headers[name] = append(a.Headers[name], Text(v))
		}
	}
	if response.Header.Get("X-Echo-Backend") != "" && len(body) > 0 {
		a.Backend = &Seen{}
		if err := json.Unmarshal(body, a.Backend); err != nil {
			a.Err = "not what an echo server says: " + err.Error()
		}
	}
}

// bodyOf is the body as it was before Envoy compressed it.
func bodyOf(response *http.Response) ([]byte, error) {
	if response.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(response.Body)
	}
	plain, err := gzip.NewReader(response.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(plain)
}

func (l *Lab) clientTLS(r *Request) *tls.Config {
	config := &tls.Config{ServerName: r.serverName(), InsecureSkipVerify: true}
	if r.H2 {
		config.NextProtos = []string{"h2"}
	}
	if pair, ok := l.pairs[r.ClientCert]; ok {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	return config
}

// serverName is the one of the handshake.
func (r *Request) serverName() string {
	if r.SNI != "" {
		return r.SNI
	}
	name, _, _ := strings.Cut(r.Host, ":")
	return strings.TrimRight(name, ".") // as RFC 6066 has it
}

// exchangeOver sends a request as it was recorded: HTTP/1.1 by hand, with no header of our
// own, HTTP/2 by net/http, as then.
func exchangeOver(ctx context.Context, conn net.Conn, r *Request, cookies string) (*http.Response, error) {
	headers := http.Header{}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		headers[name] = []string{string(r.Headers[name])}
	}
	if cookies != "" {
		headers["Cookie"] = []string{cookies}
	}
	if r.H2 {
		return overHTTP2(ctx, conn, r, headers)
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.method(), r.Path, r.Host)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		fmt.Fprintf(&text, "%s: %s\r\n", name, headers[name][0])
	}
	if r.Body != "" {
		fmt.Fprintf(&text, "Content-Length: %d\r\n", len(r.Body))
	}
	text.WriteString("\r\n" + string(r.Body))
	sent := make(chan error, 1)
	go func() { _, err := conn.Write(text.Bytes()); sent <- err }() // an answer may come before all is sent
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: r.method()})
	if err != nil {
		return nil, err
	}
	return response, nil
}

func overHTTP2(ctx context.Context, conn net.Conn, r *Request, headers http.Header) (*http.Response, error) {
	transport := &http.Transport{Protocols: new(http.Protocols), DialTLSContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil }}
	transport.Protocols.SetHTTP2(true)
	target, err := url.Parse("https://" + r.Host + r.Path)
	if err != nil {
		return nil, err
	}
	request := (&http.Request{Method: r.method(), URL: target, Header: headers, Host: r.Host}).WithContext(ctx)
	if r.Body != "" {
		request.Body, request.ContentLength = io.NopCloser(strings.NewReader(string(r.Body))), int64(len(r.Body))
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer transport.CloseIdleConnections()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, err
}

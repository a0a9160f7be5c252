package server

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
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

// recordedText is a text of the recordings, where long ones are described.
type recordedText string

func (s *recordedText) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, (*string)(s))
	}
	var long struct {
		Repeat        string
		Count, Length int
		SHA256        string
	}
	if err := json.Unmarshal(data, &long); err != nil {
		return err
	}
	*s = recordedText(strings.Repeat(long.Repeat, long.Count))
	if long.SHA256 != "" {
		*s = recordedText(fmt.Sprintf("sha256:%s", long.SHA256))
	}
	return nil
}

// short is a text as recordedText has it.
func short(text string) string {
	if len(text) > 600 && strings.Trim(text, text[:1]) != "" {
		sum := sha256.Sum256([]byte(text))
		return "sha256:" + hex.EncodeToString(sum[:])
	}
	return text
}

// recordedRequest is one request of the recordings.
type recordedRequest struct {
	Name, Case, Method, Host, Path, SNI string
	Headers                             map[string]recordedText
	TLS, H2, Statistical, Stateful, Jar bool
	Body                                recordedText
	Repeat, Concurrency                 int
	SrcIP                               string `json:"src_ip"`
	ClientCert                          string `json:"client_cert_secret"`
}

func (r *recordedRequest) method() string {
	if r.Method == "" {
		return "GET"
	}
	return r.Method
}

// answered is what came back.
type answered struct {
	err     string
	status  int
	headers http.Header
	cert    string // the common name
	backend *seen
}

// send sends a request over a connection of its own; cookies go along.
func (l *goldenLab) send(r *recordedRequest, cookies string) answered {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	from := "127.0.0.1"
	if r.SrcIP != "" {
		from = r.SrcIP
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	address := l.at.HTTP
	if r.TLS {
		address = l.at.HTTPS
	}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return answered{err: err.Error()}
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	out := answered{}
	if r.TLS {
		secure := tls.Client(conn, l.clientTLS(r))
		if err := secure.HandshakeContext(ctx); err != nil {
			return answered{err: err.Error()}
		}
		out.cert = secure.ConnectionState().PeerCertificates[0].Subject.CommonName
		conn = secure
	}
	response, err := exchangeOver(ctx, conn, r, cookies)
	if err != nil {
		out.err = err.Error()
		return out
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		out.err = "body: " + err.Error()
		return out
	}
	out.status, out.headers = response.StatusCode, response.Header
	if response.Header.Get("X-Echo-Backend") != "" && len(body) > 0 {
		out.backend = &seen{}
		if err := json.Unmarshal(body, out.backend); err != nil {
			out.err = "not what an echo server says: " + err.Error()
		}
	}
	return out
}

func (l *goldenLab) clientTLS(r *recordedRequest) *tls.Config {
	name := r.SNI
	if name == "" {
		name, _, _ = strings.Cut(r.Host, ":")
	}
	config := &tls.Config{ServerName: name, InsecureSkipVerify: true}
	if r.H2 {
		config.NextProtos = []string{"h2"}
	}
	if pair, ok := l.pairs[r.ClientCert]; ok {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	return config
}

// exchangeOver sends a request as it was recorded: HTTP/1.1 by hand, with no header of our
// own, HTTP/2 by net/http, as then.
func exchangeOver(ctx context.Context, conn net.Conn, r *recordedRequest, cookies string) (*http.Response, error) {
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

func overHTTP2(ctx context.Context, conn net.Conn, r *recordedRequest, headers http.Header) (*http.Response, error) {
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

package judge

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/split-ingress/split-ingress/runtime/table"
)

// answer is what came back from Envoy.
type answer struct {
	status  int
	headers http.Header
	body    string
	echo    *echoed // of an echo server; nil: Envoy answered by itself
}

// send writes a request to Envoy exactly as it is given, over a connection of its own; the
// name in the TLS handshake is the host's, and the certificate the judge's own.
func (c *Cluster) send(r table.Request) (answer, error) {
	certificate, err := tls.X509KeyPair(c.keys.cert, c.keys.key)
	if err != nil {
		return answer{}, err
	}
	return sendAs(r, hostOnly(r.Host), certificate)
}

func hostOnly(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return strings.ToLower(host)
	}
	return strings.ToLower(hostport)
}

// sendAs is send with a name in the TLS handshake, and the client's certificates, if it has
// any.
func sendAs(r table.Request, serverName string, own ...tls.Certificate) (a answer, err error) {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	var conn net.Conn
	if r.Scheme == "https" {
		conn, err = tls.DialWithDialer(&dialer, "tcp", envoyHTTPS, &tls.Config{ServerName: serverName, InsecureSkipVerify: true, Certificates: own})
	} else {
		conn, err = dialer.Dial("tcp", envoyHTTP)
	}
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, ignoreReset(conn.Close())) }()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return a, err
	}
	connection := "close"
	if slices.ContainsFunc(r.Headers, func(h table.Header) bool { return strings.EqualFold(h.Name, "upgrade") }) {
		connection = "Upgrade"
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: %s\r\n", cmp.Or(r.Method, "GET"), r.URI, r.Host, connection)
	for _, h := range r.Headers {
		fmt.Fprintf(&text, "%s: %s\r\n", h.Name, h.Value)
	}
	if _, err := io.WriteString(conn, text.String()+"\r\n"); err != nil {
		return a, err
	}
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, &http.Request{Method: r.Method})
	if err != nil {
		return a, err
	}
	body, err := io.ReadAll(resp.Body)
	if resp.StatusCode == http.StatusSwitchingProtocols {
		body, err = io.ReadAll(in)
	}
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return a, err
	}
	a = answer{status: resp.StatusCode, headers: resp.Header, body: string(body)}
	if strings.HasPrefix(a.body, `{"service":`) {
		a.echo = &echoed{}
		err = json.Unmarshal(body, a.echo)
	}
	return a, err
}

// ignoreReset forgets that a peer closed first.
func ignoreReset(err error) error {
	if err != nil && (errors.Is(err, net.ErrClosed) || strings.Contains(err.Error(), "broken pipe") || strings.Contains(err.Error(), "reset by peer")) {
		return nil
	}
	return err
}

// header is the values of a header that the echo server saw, joined, and whether it was there.
func (e *echoed) header(name string) (string, bool) {
	var values []string
	for _, h := range e.Headers {
		if strings.EqualFold(h[0], name) {
			values = append(values, h[1])
		}
	}
	return strings.Join(values, ", "), len(values) > 0
}

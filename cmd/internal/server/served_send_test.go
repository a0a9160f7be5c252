package server

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// question is a request as a line of a fixture says it.
type question struct {
	method, url, body string
	headers           []string
	from              string // address of this machine
	cert              *tls.Certificate
	version           uint16 // of TLS, the newest
	jar               bool
}

// run does what a line says, and gives the answer.
func (f *fixture) run(line string) string {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "times", "each", "shares", "who":
		number, request, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(number)
		if err != nil {
			f.t.Fatalf("%s: %v", line, err)
		}
		return f.counted(word, n, request)
	case "copy":
		return f.indented(f.backends.copy(rest))
	}
	text, _, _ := f.ask(f.question(line))
	return text
}

// counted sends a request n times, and counts the answers by their status, or by the backend
// that gave them.
func (f *fixture) counted(word string, n int, line string) (out string) {
	statuses, backends := map[string]int{}, map[string]int{}
	for i := range n {
		_, status, backend := f.ask(f.question(strings.ReplaceAll(line, "{n}", strconv.Itoa(i))))
		statuses[status]++
		backends[backend]++
	}
	switch word {
	case "who":
		return fmt.Sprintf("  %d of the backends\n", len(backends))
	case "times":
		backends = statuses
	}
	for _, name := range slices.Sorted(maps.Keys(backends)) {
		if word == "shares" {
			out += fmt.Sprintf("  %s: %d quarters\n", name, (8*backends[name]+n)/(2*n))
		} else {
			out += fmt.Sprintf("  %s: %d times\n", name, backends[name])
		}
	}
	return out
}

// option finds the options behind the URL of a request.
var requestOption = regexp.MustCompile(` -(H|d|from|cert|tls|b)\b ?`)

func (f *fixture) question(line string) (q question) {
	at := requestOption.FindAllStringSubmatchIndex(line, -1)
	end := len(line)
	for _, o := range slices.Backward(at) {
		name, value := line[o[2]:o[3]], line[o[1]:end]
		end = o[0]
		switch name {
		case "H":
			q.headers = append(q.headers, value)
		case "d":
			q.body = value
		case "from":
			q.from = value
		case "b":
			q.jar = true
		case "tls":
			q.version = map[string]uint16{"1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}[value]
		case "cert":
			by := f.authority
			if stranger, ok := strings.CutPrefix(value, "stranger:"); ok {
				by, value = f.stranger, stranger
			}
			pair := by.client(value)
			q.cert = &pair
		}
	}
	slices.Reverse(q.headers)
	q.method, q.url, _ = strings.Cut(line[:end], " ")
	return q
}

// ask sends a request, and gives the answer as text, its status and who answered.
func (f *fixture) ask(q question) (text, status, backend string) {
	scheme, rest, _ := strings.Cut(q.url, "://")
	host, path, _ := strings.Cut(rest, "/")
	address := map[string]string{"http": f.stage.http, "https": f.stage.https}[scheme]
	var body io.Reader
	if q.body != "" {
		body = strings.NewReader(q.body)
	}
	r, err := http.NewRequest(q.method, scheme+"://"+address, body)
	if err != nil {
		f.t.Fatal(err)
	}
	r.Host, r.URL.Opaque = host, "/"+path
	for _, h := range q.headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	if q.jar {
		for _, name := range slices.Sorted(maps.Keys(f.cookies)) {
			r.AddCookie(&http.Cookie{Name: name, Value: f.cookies[name]})
		}
	}
	transport := f.transport(q, host)
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(r)
	if err != nil {
		return "  no answer: " + why(err) + "\n", "no answer", "nobody"
	}
	defer response.Body.Close()
	if q.jar {
		for _, c := range response.Cookies() {
			f.cookies[c.Name] = c.Value
		}
	}
	got, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Sprintf("  %d, broken off\n", response.StatusCode), fmt.Sprint(response.StatusCode, ", broken off"), "nobody"
	}
	backend, _, ok := strings.Cut(string(got), ": ")
	if !ok {
		backend = "nobody"
	}
	return f.answerText(response, string(got)), strconv.Itoa(response.StatusCode), backend
}

func (f *fixture) transport(q question, host string) *http.Transport {
	dialer := &net.Dialer{}
	if q.from != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(q.from)}
	}
	c := &tls.Config{RootCAs: f.authority.roots(), ServerName: host, MinVersion: tls.VersionTLS10, MaxVersion: q.version, InsecureSkipVerify: true}
	if q.cert != nil {
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return q.cert, nil }
	}
	return &http.Transport{DisableCompression: true, TLSClientConfig: c, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, address)
	}, ResponseHeaderTimeout: time.Minute}
}

// why names the alert of TLS that ended a connection; all else ends it, too.
func why(err error) string {
	var alert tls.AlertError
	if errors.As(err, &alert) {
		return alert.Error()
	}
	return "the connection ended"
}

func (f *fixture) answerText(r *http.Response, body string) string {
	out := fmt.Sprintf("  %d\n", r.StatusCode)
	for _, line := range headerLines(r.Header) {
		if !f.brief || line != "Set-Cookie: own=1; Path=/own" {
			out += "  < " + line + "\n"
		}
	}
	return out + f.indented(body)
}

// everywhere are the headers that each upstream gets, which a brief fixture leaves out.
var everywhere = regexp.MustCompile(`^(X-Forwarded-(For|Host|Port|Proto|Scheme)|X-Envoy-(Expected-Rq-Timeout-Ms|External-Address)|X-Real-Ip|X-Scheme|X-Request-Id): `)

func (f *fixture) indented(body string) (out string) {
	for line := range strings.Lines(body) {
		if !f.brief || !everywhere.MatchString(line) {
			out += "  | " + strings.TrimSuffix(line, "\n") + "\n"
		}
	}
	return out
}

// boring are headers that are on every message, or never twice the same.
var boring = []string{"User-Agent", "Accept-Encoding", "Content-Length", "Content-Type", "Date", "X-Request-Start", "Cookie"}

// secret is the value of a cookie that is made up or hashed.
var secret = regexp.MustCompile(`="?[0-9a-f.|]{12,}"?`)

func headerLines(h http.Header) (lines []string) {
	for name, values := range h {
		for _, v := range values {
			switch name {
			case "X-Request-Id":
				v = fmt.Sprint(len(v), " characters")
			case "Set-Cookie":
				v = secret.ReplaceAllString(v, "=...")
				v = regexp.MustCompile(`Expires=[^;]*`).ReplaceAllString(v, "Expires=...")
			case "X-Forwarded-Client-Cert", "Ssl-Client-Cert":
				v = certificateText.ReplaceAllString(v, "...")
			}
			if !slices.Contains(boring, name) {
				lines = append(lines, name+": "+v)
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// certificateText is a certificate or a hash in a header.
var certificateText = regexp.MustCompile(`[0-9a-f]{64}|-----BEGIN.*-----END%20CERTIFICATE-----(%0A)?`)

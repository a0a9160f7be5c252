package server

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// seen is a request as an upstream read it, by an own strict reading of the bytes.
type seen struct {
	backend, method, target, host string
	lines                         []string // of the head, without the first
	body                          string   // decoded
	trailer                       []string
}

func (s seen) String() string {
	return strings.TrimSuffix(s.backend+" "+s.method+" "+s.target+" "+s.body, " ")
}

// header are the values of a header, whatever its case.
func (s seen) header(name string) (values []string) {
	for _, l := range s.lines {
		if n, v, _ := strings.Cut(l, ":"); strings.EqualFold(n, name) {
			values = append(values, strings.TrimSpace(v))
		}
	}
	return values
}

// witness is a server that keeps every byte that it gets, and answers what it is told to.
type witness struct {
	name     string
	listener net.Listener
	wait     sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool
	all    []seen
	faults []string                      // what no strict reading allows
	answer func(c net.Conn, r seen) bool // false: the connection is to be closed
}

func newWitness(t testing.TB, name string) *witness {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &witness{name: name, listener: l, conns: map[net.Conn]bool{}}
	w.wait.Go(w.accept)
	t.Cleanup(w.close)
	return w
}

func (w *witness) port() int { return w.listener.Addr().(*net.TCPAddr).Port }

func (w *witness) close() {
	w.listener.Close()
	w.mu.Lock()
	for c := range w.conns {
		c.Close()
	}
	w.mu.Unlock()
	w.wait.Wait()
}

func (w *witness) accept() {
	for {
		c, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		w.conns[c] = true
		w.mu.Unlock()
		w.wait.Go(func() {
			defer c.Close()
			w.read(c)
			w.mu.Lock()
			delete(w.conns, c)
			w.mu.Unlock()
		})
	}
}

// read takes one request after the other from a connection. What is left at its end, when
// we were cut off within a request, is no request.
func (w *witness) read(c net.Conn) {
	var got []byte
	buffer := make([]byte, 32<<10)
	for {
		r, used, err := parseStrictly(got)
		switch {
		case err != nil:
			w.fault("%v in %q", err, got)
			return
		case used == 0:
			n, err := c.Read(buffer)
			if got = append(got, buffer[:n]...); err != nil {
				return
			}
			continue
		}
		r.backend = w.name
		got = got[used:]
		w.mu.Lock()
		w.all = append(w.all, r)
		answer := w.answer
		w.mu.Unlock()
		if answer == nil {
			answer = plainAnswer
		}
		if !answer(c, r) {
			return
		}
		if len(got) > 0 {
			w.fault("more than one request at once: %q", got)
		}
	}
}

func (w *witness) fault(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, w.name+": "+fmt.Sprintf(format, args...))
}

// take gives what was seen since the last time.
func (w *witness) take() (all []seen, faults []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all, faults, w.all, w.faults = w.all, w.faults, nil, nil
	return all, faults
}

func (w *witness) answers(f func(net.Conn, seen) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = f
}

func plainAnswer(c net.Conn, r seen) bool {
	body := "from " + r.backend
	if r.method == "HEAD" {
		body = ""
	}
	_, err := fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	return err == nil
}

// says answers with the same bytes each time, and keeps the connection open or closes it.
func says(text string, open bool) func(net.Conn, seen) bool {
	return func(c net.Conn, _ seen) bool {
		_, err := c.Write([]byte(text))
		return open && err == nil
	}
}

const tokens = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func isToken(s string) bool { return s != "" && strings.Trim(s, tokens) == "" }

// parseStrictly reads the first request, and says how many bytes it took; 0: it is not
// whole. Whatever two readers could read in two ways is an error.
func parseStrictly(b []byte) (r seen, used int, err error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return r, 0, nil
	}
	head := strings.Split(string(b[:end]), "\r\n")
	words := strings.Split(head[0], " ")
	if len(words) != 3 || !isToken(words[0]) || words[2] != "HTTP/1.1" || !strings.HasPrefix(words[1], "/") {
		return r, 0, fmt.Errorf("request line %q", head[0])
	}
	r.method, r.target, r.lines = words[0], words[1], head[1:]
	for _, line := range head {
		if strings.ContainsFunc(line, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
			return r, 0, fmt.Errorf("control character in %q", line)
		}
	}
	for _, line := range r.lines {
		if name, _, ok := strings.Cut(line, ":"); !ok || !isToken(name) {
			return r, 0, fmt.Errorf("header line %q", line)
		}
	}
	hosts, lengths, codings := r.header("Host"), r.header("Content-Length"), r.header("Transfer-Encoding")
	if len(hosts) != 1 || len(lengths)+len(codings) > 1 {
		return r, 0, fmt.Errorf("Host %q, Content-Length %q, Transfer-Encoding %q", hosts, lengths, codings)
	}
	r.host = hosts[0]
	rest := b[end+4:]
	switch {
	case len(codings) == 1:
		if codings[0] != "chunked" {
			return r, 0, fmt.Errorf("Transfer-Encoding %q", codings)
		}
		n, err := r.chunks(rest)
		if n == 0 {
			return r, 0, err
		}
		return r, end + 4 + n, err
	case len(lengths) == 1:
		n, err := strconv.ParseUint(lengths[0], 10, 63)
		if err != nil {
			return r, 0, err
		}
		if uint64(len(rest)) < n {
			return r, 0, nil
		}
		r.body = string(rest[:n])
		return r, end + 4 + int(n), nil
	}
	return r, end + 4, nil
}

// chunks reads a chunked body as strictly.
func (r *seen) chunks(b []byte) (used int, err error) {
	r.body = ""
	for at := 0; ; {
		line := bytes.Index(b[at:], []byte("\r\n"))
		if line < 0 {
			return 0, nil
		}
		size, err := strconv.ParseUint(string(b[at:at+line]), 16, 31)
		if err != nil {
			return 0, fmt.Errorf("chunk %q", b[at:at+line])
		}
		at += line + 2
		if size == 0 {
			if bytes.HasPrefix(b[at:], []byte("\r\n")) {
				return at + 2, nil
			}
			end := bytes.Index(b[at:], []byte("\r\n\r\n"))
			if end < 0 {
				return 0, nil
			}
			r.trailer = strings.Split(string(b[at:at+end]), "\r\n")
			return at + end + 4, nil
		}
		if len(b) < at+int(size)+2 {
			return 0, nil
		}
		if string(b[at+int(size):at+int(size)+2]) != "\r\n" {
			return 0, fmt.Errorf("end of chunk %q", b[at:])
		}
		r.body += string(b[at : at+int(size)])
		at += int(size) + 2
	}
}

// TestStrictReading holds the reading that judges all others.
func TestStrictReading(t *testing.T) {
	const head = "POST /a HTTP/1.1\r\nHost: a\r\n"
	for text, want := range map[string]string{
		"GET /a HTTP/1.1\r\nHost: a\r\n\r\n":                                      "GET /a []",
		head + "Content-Length: 2\r\n\r\nab":                                      "POST /a [ab]",
		head + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nT: 1\r\n\r\n":   "POST /a [ab]",
		head + "Content-Length: 2\r\n\r\na":                                       "",
		head + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n": "error",
		head + "Transfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n0\r\n\r\n":         "error",
		head + "X: a\nb\r\n\r\n":                                                  "error", head + "Host: b\r\n\r\n": "error", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n": "error",
		"GET  /a HTTP/1.1\r\nHost: a\r\n\r\n": "error", head + " b: c\r\n\r\n": "error", head + "b : c\r\n\r\n": "error",
	} {
		r, used, err := parseStrictly([]byte(text))
		got := ""
		switch {
		case err != nil:
			got = "error"
		case used > 0:
			got = fmt.Sprintf("%s %s [%s]", r.method, r.target, r.body)
		}
		if got != want || used != 0 && used != len(text) {
			t.Errorf("%q: %s (%v), %d bytes, want %s", text, got, err, used, want)
		}
	}
}

// settle waits until no more bytes come to a witness: what was sent before is seen.
func settled(ws []*witness) {
	count := func() (n int) {
		for _, w := range ws {
			w.mu.Lock()
			n += len(w.all) + len(w.faults)
			w.mu.Unlock()
		}
		return n
	}
	for last := -1; last != count(); time.Sleep(2 * time.Millisecond) {
		last = count()
	}
}

func sortedStrings(all []seen) []string {
	var out []string
	for _, s := range all {
		out = append(out, s.String())
	}
	slices.Sort(out)
	return out
}

package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"
)

// TestServed: the manifests of each fixture are served from files by the whole program, each
// of its Services being a real server that says what it got, and each of its requests is
// sent. A line "faults contour" serves by Contour's faults; "METHOD url" sends a request,
// with "-H name: value" and "-d body" behind it; "times N" before it sends it so often and
// counts the answers.
func TestServed(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "..", "..", "fixtures", "runtime", "serve", "*.txtar"))
	if err != nil || len(paths) < 4 {
		t.Fatalf("%d fixtures, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { servedFixture(t, path) })
	}
}

func servedFixture(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var objects, requests, want []byte
	for _, f := range archive.Files {
		switch f.Name {
		case "objects.yaml":
			objects = f.Data
		case "requests":
			requests = f.Data
		case "want":
			want = f.Data
		}
	}
	got := answers(t, objects, string(requests))
	if *update {
		archive.Files = []txtar.File{{Name: "objects.yaml", Data: objects}, {Name: "requests", Data: requests}, {Name: "want", Data: []byte(got)}}
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// answers serves the objects and gives the answers to the requests, with the findings.
func answers(t *testing.T, objects []byte, requests string) string {
	dir := t.TempDir()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("objects.yaml", objects)
	write("slices.yaml", slicesFor(t, objects))
	in := input{files: []string{dir}, isolated: !strings.HasPrefix(requests, "faults contour\n")}
	p := newPipeline(in, reports{log: slog.New(slog.DiscardHandler)})
	defer p.Close()
	r, err := p.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(p)
	defer front.Close()
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	var out strings.Builder
	for line := range strings.Lines(requests) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && !strings.HasPrefix(line, "faults") {
			fmt.Fprintf(&out, "%s\n%s", line, send(t, transport, front.Listener.Addr().String(), line))
		}
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&out, "%v [%s] %s: %s\n", f.Severity, f.Rule, f.Origin.Object, f.Message)
	}
	return out.String()
}

// service is what of a Service the servers need.
type service struct {
	Kind     string
	Metadata struct{ Name, Namespace string }
	Spec     struct {
		Ports []struct {
			Name string
			Port int
		}
	}
}

// slicesFor starts a server for each Service and says where it is.
func slicesFor(t *testing.T, objects []byte) []byte {
	var out bytes.Buffer
	for doc := range strings.SplitSeq(string(objects), "\n---\n") {
		var s service
		if yaml.Unmarshal([]byte(doc), &s) != nil || s.Kind != "Service" || s.Metadata.Name == "down" {
			continue
		}
		server := httptest.NewServer(backendFor(s.Metadata.Namespace + "/" + s.Metadata.Name))
		t.Cleanup(server.Close)
		for _, p := range s.Spec.Ports {
			host, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
			fmt.Fprintf(&out, "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: %s, namespace: %s, labels: {kubernetes.io/service-name: %s}}\n"+
				"addressType: IPv4\nports: [{name: %q, port: %s}]\nendpoints: [{addresses: [%s]}]\n", s.Metadata.Name, s.Metadata.Namespace, s.Metadata.Name, p.Name, port, host)
		}
	}
	return out.Bytes()
}

// backendFor answers as its name says: "statusNNN" with that status, "auth" with 200 if the
// request has "Authorization: yes" and 401 else, all others with 200; and says what it got.
func backendFor(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.Header()["Date"] = nil
		w.Header().Set("Set-Cookie", "own=1; Path=/own")
		status := http.StatusOK
		if _, after, found := strings.Cut(name, "/status"); found {
			fmt.Sscan(after, &status)
		}
		if strings.HasSuffix(name, "/auth") {
			w.Header().Set("X-User", "somebody")
			if r.Header.Get("Authorization") != "yes" {
				status = http.StatusUnauthorized
			}
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, "%s: %s %s Host: %s\n", name, r.Method, r.RequestURI, r.Host)
		for _, line := range headerLines(r.Header) {
			fmt.Fprintf(w, "%s\n", line)
		}
		if len(body) > 0 {
			fmt.Fprintf(w, "body %q\n", body)
		}
	})
}

// boring are headers that are on every message, or never twice the same.
var boring = []string{"User-Agent", "Accept-Encoding", "Content-Length", "Content-Type", "Date", "X-Request-Start"}

func headerLines(h http.Header) (lines []string) {
	for name, values := range h {
		for _, v := range values {
			if name == "X-Request-Id" {
				v = fmt.Sprint(len(v), " characters")
			}
			if !slices.Contains(boring, name) {
				lines = append(lines, name+": "+v)
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// send sends a request as a line of the fixture says it.
func send(t *testing.T, transport http.RoundTripper, address, line string) string {
	times, counted := 1, map[string]int{}
	if rest, ok := strings.CutPrefix(line, "times "); ok {
		number, request, _ := strings.Cut(rest, " ")
		fmt.Sscan(number, &times)
		line = request
	}
	parts := strings.Split(line, " -H ")
	body := io.Reader(nil)
	if before, text, ok := strings.Cut(parts[len(parts)-1], " -d "); ok {
		parts[len(parts)-1], body = before, strings.NewReader(text)
	}
	method, url, _ := strings.Cut(parts[0], " ")
	host, path, _ := strings.Cut(strings.TrimPrefix(url, "http://"), "/")
	text := ""
	for range times {
		r, err := http.NewRequest(method, "http://"+address, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Host, r.URL.Opaque = host, "/"+path
		for _, h := range parts[1:] {
			name, value, _ := strings.Cut(h, ": ")
			r.Header.Add(name, value)
		}
		text = answered(t, transport, r)
		status, _, _ := strings.Cut(text, "\n")
		counted[status]++
	}
	if times == 1 {
		return text
	}
	text = ""
	for _, status := range slices.Sorted(func(yield func(string) bool) {
		for s := range counted {
			if !yield(s) {
				return
			}
		}
	}) {
		text += fmt.Sprintf("%s: %d times\n", status, counted[status])
	}
	return text
}

func answered(t *testing.T, transport http.RoundTripper, r *http.Request) string {
	response, err := transport.RoundTrip(r)
	if err != nil {
		return fmt.Sprintf("  no answer: %v\n", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := fmt.Sprintf("  %d\n", response.StatusCode)
	for _, line := range headerLines(response.Header) {
		out += "  < " + line + "\n"
	}
	for line := range strings.Lines(string(body)) {
		out += "  | " + strings.TrimSuffix(line, "\n") + "\n"
	}
	return out
}

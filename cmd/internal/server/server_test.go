package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/serve"
	"github.com/split-ingress/split-ingress/runtime/table"
)

func TestMain(m *testing.M) {
	runProgram()
	// net/http closes a connection half a second after a refusal, so that the client reads it.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// fake is a backend that serves nothing but its own tests.
type fake struct {
	input    input
	reports  reports
	first    serve.Reload
	loading  error
	watching error
	hold     chan struct{} // requests to /hold wait for it
	held     chan struct{}
	rescans  chan struct{}
	closed   bool
}

func newFake() *fake {
	return &fake{hold: make(chan struct{}), held: make(chan struct{}, 4), rescans: make(chan struct{}, 4)}
}

func (f *fake) connect(in input, r reports) (backend, error) {
	f.input, f.reports = in, r
	return f, nil
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/hold" {
		f.held <- struct{}{}
		<-f.hold
	}
	fmt.Fprint(w, "hello")
	f.reports.observer.Done(&observe.Record{Status: 200, URI: r.RequestURI, SiteName: "a.test"})
}

func (f *fake) GetConfigForClient(*tls.ClientHelloInfo) (*tls.Config, error) {
	return nil, errors.New("no certificate")
}
func (f *fake) Ready() bool                            { return true }
func (f *fake) Routes(string) []serve.Route            { return nil }
func (f *fake) Resolve(table.Request) serve.Resolution { return serve.Resolution{} }
func (f *fake) Findings() []ledger.Finding             { return f.first.Findings }

func (f *fake) Load(ctx context.Context) (serve.Reload, error) { return f.first, f.loading }

func (f *fake) Watch(ctx context.Context, rescan <-chan struct{}, tell func(serve.Reload)) error {
	if f.watching != nil {
		return f.watching
	}
	for {
		select {
		case <-rescan:
			tell(serve.Reload{Counts: serve.Counts{Hosts: 7}})
			f.rescans <- struct{}{}
		case <-ctx.Done():
			return nil
		}
	}
}

func (f *fake) Close() error { f.closed = true; return nil }

// output may be read while it is written.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// process is one run of the program.
type process struct {
	out, err output
	signals  chan os.Signal
	code     chan int
}

// begin runs the program with a fake backend.
func begin(f *fake, args ...string) *process {
	p := &process{signals: make(chan os.Signal), code: make(chan int, 1)}
	streams := genericiooptions.IOStreams{In: strings.NewReader(""), Out: &p.out, ErrOut: &p.err}
	o := &serveOptions{IOStreams: streams, version: "v0", connect: f.connect, signals: p.signals}
	root := newCommand("split-ingress-runtime", streams, newServeWith(o), newVersion(streams, "v0"), newCompletion(streams))
	go func() { p.code <- execute(root, args, streams) }()
	return p
}

func (p *process) end(t *testing.T) int {
	t.Helper()
	select {
	case code := <-p.code:
		return code
	case <-time.After(10 * time.Second):
		t.Fatalf("the program does not end: %s", p.err.String())
		return -1
	}
}

var serving = regexp.MustCompile(`msg=serving http=(\S+) https=(\S+) admin=(\S+)`)

// addresses waits until it serves.
func (p *process) addresses(t *testing.T) (http, https, admin string) {
	t.Helper()
	for range 500 {
		if m := serving.FindStringSubmatch(p.err.String()); m != nil {
			return m[1], m[2], m[3]
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("it does not serve: %s", p.err.String())
	return "", "", ""
}

func (p *process) logs(t *testing.T, text string) {
	t.Helper()
	for range 500 {
		if strings.Contains(p.err.String(), text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the log has no %q: %s", text, p.err.String())
}

func get(t *testing.T, url string) string {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	r, err := c.Get(url)
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

// free are flags for ports of the loopback address.
func free(t *testing.T, more ...string) []string {
	return append([]string{
		"serve", "-f", t.TempDir(), "--http-address", "127.0.0.1:0", "--https-address", "127.0.0.1:0", "--admin-address", "127.0.0.1:0",
	}, more...)
}

func TestServeUntilSignal(t *testing.T) {
	f := newFake()
	f.first = serve.Reload{Counts: serve.Counts{Hosts: 2, Routes: 3, Endpoints: 4}, Findings: []ledger.Finding{{Rule: "r", Severity: ledger.Warning, Message: "careful"}}}
	file := filepath.Join(t.TempDir(), "access.log")
	p := begin(f, free(t, "--access-log", "on", "--access-log-file", file)...)
	plain, _, admin := p.addresses(t)
	p.logs(t, "hosts=2 routes=3 endpoints=4 findings=1")
	p.logs(t, `level=WARN msg=finding text="warning [r] careful"`)
	if got := get(t, "http://"+plain+"/x"); got != "hello" {
		t.Errorf("got %q", got)
	}
	if got := get(t, "http://"+admin+"/metrics"); !strings.Contains(got, "split_ingress_routes 3") || !strings.Contains(got, `version="v0"`) {
		t.Errorf("metrics: %s", got)
	}
	answer := make(chan string)
	go func() { answer <- get(t, "http://"+plain+"/hold") }()
	<-f.held
	p.signals <- syscall.SIGTERM
	p.logs(t, "draining")
	if got := get(t, "http://"+admin+"/readyz"); got != "draining\n" {
		t.Errorf("readyz: %q", got)
	}
	close(f.hold)
	if got := <-answer; got != "hello" {
		t.Errorf("a request under way: %q", got)
	}
	if code := p.end(t); code != 0 || !f.closed {
		t.Errorf("exit code %d, closed %v: %s", code, f.closed, p.err.String())
	}
	log, err := os.ReadFile(file)
	if err != nil || strings.Count(string(log), "\n") != 2 || !strings.Contains(string(log), `"uri":"/hold"`) {
		t.Errorf("access log: %v: %s", err, log)
	}
}

func TestSecondSignal(t *testing.T) {
	f := newFake()
	defer close(f.hold)
	p := begin(f, free(t, "--drain-timeout", "1m")...)
	plain, _, _ := p.addresses(t)
	gone := make(chan struct{})
	go func() { defer close(gone); get(t, "http://"+plain+"/hold") }()
	<-f.held
	p.signals <- syscall.SIGINT
	p.logs(t, "draining")
	p.signals <- syscall.SIGINT
	if code := p.end(t); code != 128+int(syscall.SIGINT) {
		t.Errorf("exit code %d: %s", code, p.err.String())
	}
	<-gone
}

func TestRescan(t *testing.T) {
	f := newFake()
	p := begin(f, free(t)...)
	_, _, admin := p.addresses(t)
	p.signals <- syscall.SIGHUP
	<-f.rescans
	p.logs(t, "msg=reloaded")
	if got := get(t, "http://"+admin+"/metrics"); !strings.Contains(got, "split_ingress_hosts 7") || !strings.Contains(got, "split_ingress_reloads_total 2") {
		t.Errorf("metrics: %s", got)
	}
	p.signals <- syscall.SIGTERM
	if code := p.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestWatchFails: what is served goes on, and people can see that changes do not come.
func TestWatchFails(t *testing.T) {
	f := newFake()
	f.watching = errors.New("too many watches")
	p := begin(f, free(t)...)
	plain, _, admin := p.addresses(t)
	p.logs(t, "too many watches")
	if got := get(t, "http://"+plain+"/"); got != "hello" {
		t.Errorf("got %q", got)
	}
	if got := get(t, "http://"+admin+"/metrics"); !strings.Contains(got, "split_ingress_reload_errors_total 1") {
		t.Errorf("metrics: %s", got)
	}
	p.signals <- syscall.SIGTERM
	p.end(t)
}

func TestLoadFails(t *testing.T) {
	f := newFake()
	f.loading = errors.New("dir: permission denied")
	p := begin(f, free(t)...)
	if code := p.end(t); code != 1 || !strings.Contains(p.err.String(), "error: dir: permission denied") || !f.closed {
		t.Errorf("exit code %d: %s", code, p.err.String())
	}
}

package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
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
	goleak.VerifyTestMain(m)
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

func TestCheckAndStrict(t *testing.T) {
	wrong := ledger.Finding{Rule: "bad", Severity: ledger.Error, Message: "wrong"}
	mild := ledger.Finding{Rule: "mild", Severity: ledger.Warning, Message: "odd"}
	for _, c := range []struct {
		findings []ledger.Finding
		flag     string
		code     int
		out      string
	}{
		{[]ledger.Finding{wrong, mild}, "--check", 1, "error [bad] wrong\nwarning [mild] odd\n"},
		{[]ledger.Finding{mild}, "--check", 0, "warning [mild] odd\n"},
		{[]ledger.Finding{wrong}, "--strict", 1, ""},
	} {
		f := newFake()
		f.first.Findings = c.findings
		p := begin(f, free(t, c.flag)...)
		if code := p.end(t); code != c.code || p.out.String() != c.out {
			t.Errorf("%s: exit code %d, want %d: %q, %s", c.flag, code, c.code, p.out.String(), p.err.String())
		}
		if strings.Contains(p.err.String(), "error: ") {
			t.Errorf("%s: an error of its own: %s", c.flag, p.err.String())
		}
	}
}

func TestAddressInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	p := begin(newFake(), "serve", "-f", t.TempDir(), "--http-address", taken.Addr().String(), "--admin-address", "")
	if code := p.end(t); code != 1 || !strings.Contains(p.err.String(), "another program listens there") {
		t.Errorf("exit code %d: %s", code, p.err.String())
	}
}

func TestFlagsReachTheBackend(t *testing.T) {
	f := newFake()
	dir := t.TempDir()
	p := begin(f, "serve", "-f", dir, "-f", dir, "-R", "-n", "shop", "--check", "--faults", "contour", "--ingress-class", "a", "--ingress-class", "b",
		"--watch-ingress-without-class", "--contour-class", "c", "--external-names", "--trusted-hops", "2")
	if code := p.end(t); code != 0 {
		t.Fatalf("exit code %d: %s", code, p.err.String())
	}
	got := fmt.Sprintf("%+v", f.input)
	want := fmt.Sprintf("{files:[%s %s] recursive:true namespace:shop isolated:false classes:[a b] classless:true controller:{Namespace: Name:} contourClass:c externalNames:true trustedHops:2 bodyIdle:60000000000}", dir, dir)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestUsage(t *testing.T) {
	dir := t.TempDir()
	with := func(args ...string) []string {
		return append([]string{"serve", "-f", dir, "--http-address", ":0"}, args...)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"serve"}, "there is no input"},
		{[]string{"serve", "-f", dir}, "there is nothing to serve at"},
		{[]string{"serve", dir}, "give files with -f"},
		{[]string{"serve", "-f", "-", "--http-address", ":0"}, "only files and directories are served"},
		{[]string{"serve", "-f", filepath.Join(dir, "none"), "--http-address", ":0"}, "no such file or directory"},
		{[]string{"serve", "-f", dir, "--http-address", "8080"}, `--http-address "8080": want HOST:PORT`},
		{with("--https-address", "a:http"), `--https-address "a:http": want HOST:PORT`},
		{with("--https-address", ":9", "--admin-address", ":9"), "--https-address and --admin-address are both :9"},
		{with("--faults", "x"), `--faults "x": want isolated or contour`},
		{with("--access-log", "x"), `--access-log "x": want off, sampled or on`},
		{with("--access-log-file", "x"), "--access-log is off"},
		{with("--access-log", "on", "--access-log-file", dir), "is a directory"},
		{with("--access-log-sample", "0"), "--access-log-sample 0"},
		{with("--log-level", "loud"), `--log-level "loud"`},
		{with("--log-format", "xml"), `--log-format "xml"`},
		{with("--trusted-hops", "-1"), "--trusted-hops -1"},
		{with("--max-connections", "0"), "--max-connections"},
		{with("--drain-timeout", "-1s"), "--drain-timeout"},
		{with("-n", "No"), `-n "No"`},
		{with("--ingress-class", ""), "--ingress-class names a class"},
		{with("--pprof", "--admin-address", ""), "--pprof is about --admin-address"},
		{[]string{"serve", "-f", dir, "--https-address", ":0", "--h2c"}, "--h2c is about --http-address"},
		{with("--nope"), "unknown flag: --nope"},
		{[]string{"nope"}, "unknown command"},
		{[]string{"version", "x"}, `no argument "x"`},
		{[]string{"completion", "tcsh"}, `shell "tcsh"`},
	} {
		p := begin(newFake(), c.args...)
		if code := p.end(t); code != 1 || !strings.Contains(p.err.String(), c.want) || !strings.Contains(p.err.String(), "--help'") {
			t.Errorf("%q: exit code %d, %s; want %s", c.args, code, p.err.String(), c.want)
		}
	}
}

func TestVersionAndCompletion(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"version"}, "split-ingress-runtime  v0 (go"},
		{[]string{"version", "-o", "json"}, `"version": "v0"`},
		{[]string{"completion", "bash"}, "__start_split-ingress-runtime"},
		{[]string{"completion", "zsh"}, "#compdef"},
		{[]string{"completion", "fish"}, "complete -c"},
		{[]string{"completion", "powershell"}, "Register-ArgumentCompleter"},
	} {
		p := begin(newFake(), c.args...)
		if code := p.end(t); code != 0 || !strings.Contains(p.out.String(), c.want) {
			t.Errorf("%q: exit code %d: %.100s", c.args, code, p.out.String())
		}
	}
}

func TestPublicAdminIsNamed(t *testing.T) {
	for address, want := range map[string]bool{":1": true, "0.0.0.0:1": true, "[::]:1": true, "10.0.0.1:1": true, "127.0.0.1:1": false, "[::1]:1": false, "localhost:1": false} {
		if got := public(address); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

// TestFindingsAreToldOnce: a finding is told when it is new, and not more than some at once.
func TestFindingsAreToldOnce(t *testing.T) {
	var out output
	l := logging{level: "info"}
	told := told{log: l.logger(&out)}
	var fs []ledger.Finding
	for i := range maxTold + 5 {
		fs = append(fs, ledger.Finding{Rule: "r", Message: fmt.Sprint("finding number ", i, ".")})
	}
	told.findings(fs[:2])
	told.findings(fs)
	if n := strings.Count(out.String(), "number 1."); n != 1 {
		t.Errorf("told %d times", n)
	}
	if n := strings.Count(out.String(), "msg=finding"); n != 2+maxTold {
		t.Errorf("%d findings, want %d", n, 2+maxTold)
	}
	if !strings.Contains(out.String(), "new=3") {
		t.Errorf("the rest is not told: %s", out.String())
	}
}

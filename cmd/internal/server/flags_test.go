package server

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

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
		"--watch-ingress-without-class", "--contour-class", "c", "--external-names", "--trusted-hops", "2", "--configmap", "ns/settings")
	if code := p.end(t); code != 0 {
		t.Fatalf("exit code %d: %s", code, p.err.String())
	}
	got := fmt.Sprintf("%+v", f.input)
	want := fmt.Sprintf("{files:[%s %s] recursive:true namespace:shop isolated:false classes:[a b] classless:true controller:{Namespace:ns Name:settings} contourClass:c externalNames:true trustedHops:2 bodyIdle:60000000000 clock:<nil>}", dir, dir)
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
		{with("--configmap", "name"), `--configmap "name"`},
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

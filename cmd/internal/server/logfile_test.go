package server

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestRotation: after a rename and SIGHUP lines go to a new file of the name; where none can
// be opened they go on to the old one, and it is said.
func TestRotation(t *testing.T) {
	f := newFake()
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "access.log")
	p := begin(f, free(t, "--access-log", "on", "--access-log-file", file)...)
	plain, _, _ := p.addresses(t)
	hangUp := func() {
		p.signals <- syscall.SIGHUP
		<-f.rescans
	}
	rename := func(from, to string) {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(path, logged string) {
		t.Helper()
		get(t, "http://"+plain+path)
		for range 500 {
			text, err := os.ReadFile(logged)
			if err == nil && strings.Contains(string(text), path) {
				return
			}
			time.Sleep(10 * time.Millisecond) // the line is on its way
		}
		t.Errorf("%s has no %s", logged, path)
	}
	ask("/one", file)
	rename(file, file+".1")
	ask("/two", file+".1")
	hangUp()
	ask("/three", file)
	rename(dir, dir+".away")
	hangUp()
	ask("/four", filepath.Join(dir+".away", "access.log"))
	p.logs(t, "the access log could not be opened anew")
	p.signals <- syscall.SIGTERM
	if code := p.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestFewFiles: what is allowed is held against what --max-connections needs.
func TestFewFiles(t *testing.T) {
	for _, c := range []struct {
		l       listening
		allowed uint64
		warned  string
	}{
		{listening{http: ":80", https: ":443", connections: 16384}, 65536 + besidesConnections, ""},
		{listening{http: ":80", https: ":443", connections: 16384}, 65536, "allowed=65536 wanted=65792"},
		{listening{http: ":80", connections: 100}, 1024, ""},
		{listening{https: ":443", connections: 1000}, 1024, "allowed=1024 wanted=2256"},
	} {
		var out bytes.Buffer
		c.l.warnOfFiles(c.allowed, slog.New(slog.NewTextHandler(&out, nil)))
		if got := out.String(); !strings.Contains(got, c.warned) || (got != "") != (c.warned != "") {
			t.Errorf("%+v, %d allowed: %q, want %q", c.l, c.allowed, got, c.warned)
		}
	}
	if filesAllowed() == 0 {
		t.Error("no file may be open, it is said")
	}
}

package faults_test

import (
	"bytes"
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

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/cmd/internal/server"
)

// edge is the program, serving a directory. There is one at a time: its end is asked for by
// a signal to the process.
type edge struct {
	t                  testing.TB
	dir                string
	http, https, admin string
	log                *journal
	authority          *authority
}

// journal may be read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

var serving = regexp.MustCompile(`msg=serving http=(\S+) https=(\S+) admin=(\S+)`)

// newEdge starts the program with files, by their names, and ends it with the test.
func newEdge(t testing.TB, files map[string]string, flags ...string) *edge {
	t.Helper()
	e := &edge{t: t, dir: t.TempDir(), log: &journal{}, authority: newAuthority(t)}
	for name, text := range files {
		e.put(name, text)
	}
	args := append([]string{"split-ingress-runtime", "serve", "-f", e.dir, "-R", "--http-address", "127.0.0.1:0",
		"--https-address", "127.0.0.1:0", "--admin-address", "127.0.0.1:0", "--drain-timeout", "2s"}, flags...)
	ended := make(chan int, 1)
	go func() {
		ended <- server.Main(args, genericiooptions.IOStreams{In: strings.NewReader(""), Out: io.Discard, ErrOut: e.log}, "v0")
	}()
	t.Cleanup(func() { e.end(ended) })
	e.await("it serves", func() bool { return serving.MatchString(e.log.String()) || len(ended) > 0 })
	m := serving.FindStringSubmatch(e.log.String())
	if m == nil {
		t.Fatalf("it does not serve: %s", e.log)
	}
	e.http, e.https, e.admin = m[1], m[2], m[3]
	return e
}

// end asks for the end as an operator does.
func (e *edge) end(ended chan int) {
	itself, err := os.FindProcess(os.Getpid())
	if err == nil && len(ended) == 0 {
		err = itself.Signal(syscall.SIGTERM)
	}
	if err != nil {
		e.t.Error(err)
	}
	select {
	case code := <-ended:
		if code != 0 {
			e.t.Errorf("exit code %d: %s", code, e.log)
		}
	case <-time.After(20 * time.Second):
		e.t.Errorf("it does not end: %s", e.log)
	}
	if text := e.log.String(); strings.Contains(text, "panic") {
		e.t.Errorf("a panic: %s", text)
	}
}

func (e *edge) path(name string) string { return filepath.Join(e.dir, filepath.FromSlash(name)) }

// put writes a file as careful programs do: a new one takes the place of the old one.
func (e *edge) put(name, text string) {
	e.t.Helper()
	e.must(os.MkdirAll(filepath.Dir(e.path(name)), 0o700))
	next := filepath.Join(filepath.Dir(e.path(name)), ".next-"+filepath.Base(name))
	e.must(os.WriteFile(next, []byte(text), 0o600))
	e.must(os.Rename(next, e.path(name)))
}

func (e *edge) remove(name string) {
	e.t.Helper()
	e.must(os.Remove(e.path(name)))
}

func (e *edge) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

// await waits for something to become so.
func (e *edge) await(what string, so func() bool) {
	e.t.Helper()
	for range 2000 {
		if so() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	e.t.Fatalf("never: %s; routes: %s findings:\n%s\nlog:\n%s", what, e.ask("/routes"), e.findings(), e.log)
}

// until waits until requests get an answer: "200 name/path", or a status alone.
func (e *edge) until(url, want string) {
	e.t.Helper()
	v := e.visitor()
	defer v.leave()
	last := ""
	e.await(fmt.Sprintf("%s answers %s", url, want), func() bool {
		last = v.get(url).String()
		return last == want || strings.HasPrefix(last, want+" ")
	})
}

// findings are what the admin address says is wrong.
func (e *edge) findings() string { return e.ask("/findings") }

// ask gets a page of the admin address.
func (e *edge) ask(path string) string {
	if e.admin == "" {
		return ""
	}
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	r, err := c.Get("http://" + e.admin + path)
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

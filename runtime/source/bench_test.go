package source

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// proxies writes a file of HTTPProxies, each about 400 bytes long.
func proxies(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `---
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata:
  name: host-%d
  namespace: team-%d
  labels:
    app.kubernetes.io/managed-by: split-ingress
spec:
  virtualhost:
    fqdn: host-%d.example.com
  routes:
    - conditions:
        - prefix: /
      services:
        - name: web-00000000
          port: 80
      timeoutPolicy:
        response: 15s
        idle: 5m
      retryPolicy:
        count: 2
        perTryTimeout: 5s
`, i, i%100, i)
	}
	return b.Bytes()
}

// edit changes one document of what proxies wrote.
func edit(text []byte, nth, value int) {
	at := bytes.Index(text, fmt.Appendf(nil, "fqdn: host-%d.", nth))
	service := at + bytes.Index(text[at:], []byte("web-"))
	copy(text[service:], fmt.Appendf(nil, "web-%08d", value))
}

// TestDecodesAreCounted changes one document of many: only that one is decoded.
func TestDecodesAreCounted(t *testing.T) {
	const n = 500
	file := filepath.Join(t.TempDir(), "a.yaml")
	text := proxies(n)
	write := func(text []byte) {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(text)
	s, c, err := Open([]string{file}, Options{})
	if err != nil || len(c.Set) != n {
		t.Fatal(len(c.Set), err)
	}
	at := func(nth int) int {
		return bytes.Index(text, fmt.Appendf(nil, "---\napiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata:\n  name: host-%d\n", nth))
	}
	for _, step := range []struct {
		name      string
		change    func()
		set, gone int
		decodes   uint64
	}{
		{"nothing", func() {}, 0, 0, 0},
		{"one", func() { edit(text, 250, 1) }, 1, 0, 1},
		{"first and last", func() { edit(text, 0, 2); edit(text, n-1, 2) }, 2, 0, 2},
		{"a line before all", func() { text = append([]byte("# moved\n"), text...) }, 0, 0, 0},
		{"cut", func() { text = text[:at(300)] }, 0, n - 300, 0},
		{"turned", func() { text = append(bytes.Clone(text[at(150):]), text[at(0):at(150)]...) }, 0, 0, 0},
		{"comments", func() { text = bytes.ReplaceAll(text, []byte("---\n"), []byte("# x\n---\n")) }, 299, 0, 299},
	} {
		step.change()
		write(text)
		before := s.Stats().Decoded
		c := s.Rescan()
		if got := s.Stats().Decoded - before; got > step.decodes || step.set >= 0 && (len(c.Set) != step.set || len(c.Gone) != step.gone) {
			t.Errorf("%s: %d decodes, %d set, %d gone; want %+v", step.name, got, len(c.Set), len(c.Gone), step)
		}
	}
}

// cpu reports the CPU time of a benchmark's operations, which other load on the machine does
// not change; pause and resume leave out what belongs to none.
type cpu struct {
	b           *testing.B
	from, total time.Duration
}

func (c *cpu) resume() {
	c.from = c.now()
	c.b.StartTimer()
}

func (c *cpu) pause() {
	c.b.StopTimer()
	c.total += c.now() - c.from
}

func (c *cpu) report() {
	c.pause()
	c.b.ReportMetric(float64(c.total.Microseconds())/1000/float64(c.b.N), "cpu-ms/op")
}

func (c *cpu) now() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		c.b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkOpen reads 50,000 documents in one file of 25 MB.
func BenchmarkOpen(b *testing.B) {
	file := filepath.Join(b.TempDir(), "a.yaml")
	text := proxies(50_000)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	c := &cpu{b: b}
	c.resume()
	defer c.report()
	for b.Loop() {
		if _, _, err := Open([]string{file}, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOneOfMany changes one of these documents.
func BenchmarkOneOfMany(b *testing.B) {
	file := filepath.Join(b.TempDir(), "a.yaml")
	text := proxies(50_000)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		b.Fatal(err)
	}
	s, _, err := Open([]string{file}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	c := &cpu{b: b}
	c.resume()
	defer c.report()
	for i := 0; b.Loop(); i++ {
		c.pause()
		edit(text, 25_000, i+1)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			b.Fatal(err)
		}
		c.resume()
		if change := s.Rescan(); len(change.Set) != 1 {
			b.Fatal(len(change.Set))
		}
	}
}

// BenchmarkOneFileOfMany changes one of 50,000 files, of which there is a notice.
func BenchmarkOneFileOfMany(b *testing.B) {
	in := b.TempDir()
	text := proxies(50_000)
	for i, doc := range bytes.SplitAfter(text, []byte("perTryTimeout: 5s\n")) {
		if err := os.WriteFile(filepath.Join(in, fmt.Sprintf("%05d.yaml", i)), doc, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	s, _, err := Open([]string{in}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	v := &vigil{s: s, watched: map[string]bool{}, dirty: map[string]dir{}}
	file := filepath.Join(in, "25000.yaml")
	b.ReportAllocs()
	c := &cpu{b: b}
	c.resume()
	defer c.report()
	for i := 0; b.Loop(); i++ {
		c.pause()
		if err := os.WriteFile(file, fmt.Appendf(nil, "%s---\n%s", proxies(1), document1(fmt.Sprintf("a@%d", i))), 0o600); err != nil {
			b.Fatal(err)
		}
		c.resume()
		v.dirty[file] = dir1(s)
		got := 0
		v.look()
		v.hand(func(c Change) { got += len(c.Set) })
		if got == 0 {
			b.Fatal("no change")
		}
	}
}

// dir1 is the directory that is read.
func dir1(s *Source) dir {
	for _, d := range s.tree.lists {
		return d
	}
	return dir{}
}

// BenchmarkNoChange reads a file of 25 MB again that is as it was.
func BenchmarkNoChange(b *testing.B) {
	file := filepath.Join(b.TempDir(), "a.yaml")
	if err := os.WriteFile(file, proxies(50_000), 0o600); err != nil {
		b.Fatal(err)
	}
	s, _, err := Open([]string{file}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	c := &cpu{b: b}
	c.resume()
	defer c.report()
	for b.Loop() {
		s.files[file].stamp = stamp{}
		if change := s.Rescan(); len(change.Set) > 0 {
			b.Fatal(len(change.Set))
		}
	}
}

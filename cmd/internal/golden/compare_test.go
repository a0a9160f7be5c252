package golden

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

func limitedTo(network string) *intent.Policies {
	return &intent.Policies{Access: &intent.Access{Allow: []string{network}}}
}

// TestAgainst: a difference is one dimension each, and where nothing can be compared there is
// none.
func TestAgainst(t *testing.T) {
	seen := &Seen{Backend: "ns/a", Method: "GET", Path: "/", Headers: map[string][]Text{"X-A": {"1"}, "X-Request-Id": {"r"}}}
	want := FactsOf(&Answer{Status: 200, Backend: seen, Headers: map[string][]Text{"Set-Cookie": {"s=1.2.3|0123456789abcdef0123456789abcdef; Path=/"}, "Date": {"now"}}})
	for _, c := range []struct {
		name   string
		got    Answer
		method string
		want   []string
	}{
		{"the same", Answer{Status: 200, Backend: seen, Headers: map[string][]Text{"Set-Cookie": {"s=9.9.9|fedcba9876543210fedcba9876543210; Path=/"}}}, "GET", nil},
		{"another status and header", Answer{Status: 404, Backend: seen}, "GET", []string{"header Set-Cookie", "status"}},
		{"no answer", Answer{Err: "refused"}, "GET", []string{"answer"}},
		{"no backend", Answer{Status: 200, Headers: map[string][]Text{"Set-Cookie": {"s=1.2.3|0123456789abcdef0123456789abcdef; Path=/"}}}, "GET", []string{"backend"}},
		{"nobody can tell", Answer{Status: 200, Headers: map[string][]Text{"Set-Cookie": {"s=1.2.3|0123456789abcdef0123456789abcdef; Path=/"}}}, "HEAD", nil},
	} {
		var got []string
		for _, d := range FactsOf(&c.got).Against(want, c.method) {
			got = append(got, d.Dimension)
		}
		if len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestAlsoSeen: a copy may have been recorded with the request behind it, and one that is
// nowhere is missed.
func TestAlsoSeen(t *testing.T) {
	of := func(path string) Seen { return Seen{Backend: "ns/m", Method: "GET", Path: Text(path)} }
	want := also(&Answer{AlsoSeen: []Seen{of("/before"), of("/now")}})
	if d := alsoSeen([]Seen{of("/now")}, []Seen{of("/before")}, want); len(d) > 0 {
		t.Error(d)
	}
	if d := alsoSeen([]Seen{of("/now")}, nil, want); len(d) != 1 || d[0].Dimension != "also seen" {
		t.Error(d)
	}
	if d := alsoSeen([]Seen{of("/now"), of("/other")}, nil, want); len(d) != 1 || d[0].Dimension != "also seen path" {
		t.Error(d)
	}
}

// TestFolders: what GOLDEN_DIRS may name.
func TestFolders(t *testing.T) {
	dir := t.TempDir()
	run := filepath.Join(dir, "runs", "one")
	if err := os.MkdirAll(run, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"objects.yaml", "observed.jsonl"} {
		if err := os.WriteFile(filepath.Join(run, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		dir  string
		runs int
	}{{run, 1}, {filepath.Join(dir, "runs"), 1}, {dir, 0}, {filepath.Join(dir, "missing"), 0}} {
		if runs, err := runsOf(c.dir); len(runs) != c.runs || (err == nil) != (c.runs > 0) {
			t.Errorf("%s: %q, %v", c.dir, runs, err)
		}
	}
}

// TestTallies: shares differ where chance does not explain it.
func TestTallies(t *testing.T) {
	many := &Request{Repeat: 200}
	for _, c := range []struct {
		got, want map[string]int
		differs   bool
	}{
		{map[string]int{"200 ns/a a-0": 100, "200 ns/b b-0": 100}, map[string]int{"200 ns/a a-0": 90, "200 ns/b b-1": 110}, false},
		{map[string]int{"200 ns/a a-0": 200}, map[string]int{"200 ns/a a-0": 100, "200 ns/b b-1": 100}, true},
		{map[string]int{"503": 200}, map[string]int{"200 ns/a a-0": 200}, true},
	} {
		if d := compareTally(many, c.got, c.want); (len(d) > 0) != c.differs {
			t.Errorf("%v and %v: %v", c.got, c.want, d)
		}
	}
}

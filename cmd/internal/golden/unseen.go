package golden

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// played are the seeds that tests play: some, and those that have shown a difference of ours
// which others do not.
var played = []uint64{6, 8, 11, 12, 13, 21, 38, 41, 49, 62, 111, 116, 176, 236, 340, 808, 811, 828, 928, 954, 959}

// Unseen are runs that were never recorded, in one folder: recorded ones taken apart and put
// together anew, by seeds. GOLDEN_SEEDS=FROM-TO has more seeds than the few that tests play,
// GOLDEN_CASES=N other numbers of Ingresses, and GOLDEN_KEEP=DIR keeps them. What was observed
// is to be filled in by a mode that records. None are made in a process that plays one.
func Unseen(t testing.TB) []Folder {
	t.Helper()
	if os.Getenv(playing) != "" {
		return nil
	}
	seeds, cases := slices.Clone(played), 24
	if s := os.Getenv("GOLDEN_SEEDS"); s != "" {
		var from, to uint64
		if _, err := fmt.Sscanf(s, "%d-%d", &from, &to); err != nil {
			t.Fatalf("GOLDEN_SEEDS=%s is not FROM-TO: %v", s, err)
		}
		seeds = nil
		for seed := from; seed <= to; seed++ {
			seeds = append(seeds, seed)
		}
	}
	if s := os.Getenv("GOLDEN_CASES"); s != "" {
		var err error
		if cases, err = strconv.Atoi(s); err != nil || cases < 1 {
			t.Fatalf("GOLDEN_CASES=%s is no number of Ingresses: %v", s, err)
		}
	}
	p, err := newPool(Folders(t), filepath.Join("..", "..", "..", "..", "shared", "spec", "annotations"))
	if err != nil {
		t.Fatal(err)
	}
	root := os.Getenv("GOLDEN_KEEP")
	if root == "" {
		root = t.TempDir()
	}
	f := Folder{Name: "unseen"}
	for _, seed := range seeds {
		run := filepath.Join(root, fmt.Sprintf("seed%04d", seed))
		if err := os.MkdirAll(run, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := p.recombine(run, seed, cases); err != nil {
			t.Fatal(err)
		}
		f.Runs = append(f.Runs, run)
	}
	return []Folder{f}
}

// Foretold expects what the explicit model of the Ingresses says, whatever was recorded: the
// second opinion against whoever serves them.
func (l *Lab) Foretold() (Expecter, error) {
	m, err := l.explicitBefore()
	if err != nil {
		return nil, err
	}
	s, err := newSide(l, m)
	return &foretold{s}, err
}

type foretold struct{ side }

// Expect is one of the answers that the model gives, and the copies that it makes.
func (f *foretold) Expect(line *Line) *Expected {
	p := f.predict(&line.Request)
	e := &Expected{Excuse: func(d Difference) string { return cmp.Or(unsaid(&p, d), Platform(f.lab, line, d)) }}
	for _, facts := range p.options {
		e.Wants = append(e.Wants, Want{Facts: facts})
	}
	for _, copied := range p.copies {
		if copied != nil {
			e.Also = append(e.Also, Also{Seen: copied})
		}
	}
	return e
}

// unsaid says why the prediction says nothing of a dimension; "": it does.
func unsaid(p *prediction, d Difference) string {
	switch {
	case p.kind == forwarded && p.failing("400") && (d.Dimension == "answer" || d.Dimension == "status" && d.Want == "400" && d.Got == "502"):
		return "not foretold: an answer before the request is read"
	case p.authenticated():
		return "not foretold: authentication"
	case p.kind == errorPage && d.Want == errorPage, p.kind == errorPage && !strings.HasPrefix(d.Dimension, "status"):
		return "not foretold: error page"
	case d.Dimension == "header Set-Cookie" && (strings.Contains(d.Want, " of nginx") || strings.Contains(d.Want, "; changed by ")):
		return "not foretold: cookie"
	}
	return ""
}

// authenticated says whether the route asks who the client is, of which nothing is predicted.
func (p *prediction) authenticated() bool {
	r := p.decision.Route
	return r != nil && r.Policies != nil && (r.Policies.Basic != nil || r.Policies.External != nil)
}

// failing says whether a backend that may be chosen does not answer itself, and a status stands
// for that. It is 400 of one that does not read the request, and may break the connection before
// that has arrived, or amid it.
func (p *prediction) failing(status string) bool {
	for name, facts := range p.options {
		if name != "" && facts["backend"] == "" && facts["status"] == status {
			return true
		}
	}
	return false
}

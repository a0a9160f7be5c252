package golden

import (
	"fmt"
	"slices"
	"testing"
)

// Play serves a run in a mode, sends its lines in their order, and counts. Lines of which
// the mode says that nothing but the platform may differ are held to that.
func (m Mode) Play(t testing.TB, run string) *Score {
	t.Helper()
	lines, err := Read(run)
	if err != nil {
		t.Fatal(err)
	}
	if m.Lines != nil {
		lines = m.Lines(lines)
	}
	l := New(t, run, m.Pods)
	at, expecter := m.Serve(t, l)
	s := &Score{}
	for i := range lines {
		line := &lines[i]
		l.clock.tick()
		want := expecter.Expect(line)
		found := l.play(at, line, want)
		if m.Record {
			line.Observed, line.Request.Statistical = l.got, len(want.Wants) > 1
			l.last = nil // late copies would be late once more
			line.Observed.AlsoSeen = slices.DeleteFunc(line.Observed.AlsoSeen, want.stray)
		}
		if want.Outcome.Exact {
			s.Exact++
			for j, e := range found {
				if e.Why != "" && !e.Platform {
					found[j].Why, found[j].Want = "", fmt.Sprintf("%s; the route's outcomes are all exact, but %s", e.Want, e.Why)
				}
			}
		}
		if want.Outcome.Blocked {
			s.Blocked++
		}
		if want.Outcome.Withheld {
			s.Withheld++
		}
		s.note(line, i, found)
	}
	if m.Record {
		if err := writeLines(run, lines); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// stray says whether a request that somebody saw is a copy of another line's.
func (e *Expected) stray(s Seen) bool {
	_, page := s.Headers["X-Code"]
	return s.Proto == "HTTP/1.0" && !page && !slices.ContainsFunc(e.Also, func(a Also) bool { return a.Seen["also seen"] == s.Backend })
}

// chances is how often a line is sent whose answer is chance, until it is the wanted one.
const chances = 60

// sure over a backend's share is how often a line is sent until it has been asked, but for one in
// a million times.
const sure = 14

// play sends a line as often as it was recorded; one whose answer is chance, until it is
// the wanted one.
func (l *Lab) play(at Addresses, line *Line, want *Expected) []Explained {
	r := &line.Request
	if r.Repeat > 1 {
		l.taken()
		return append(want.excused(compareTally(r, l.repeat(at, r), want.Tally)), want.Gone...)
	}
	tries := 1
	if (r.Statistical || want.Tries > 0) && !r.Stateful {
		tries = max(chances, want.Tries)
	}
	var first []Explained
	for try := range tries {
		found, done := l.once(at, line, want)
		if done {
			return found
		}
		if try == 0 {
			first = found
		}
	}
	return first
}

// once sends a line and says what differs; done if that is just what was expected.
func (l *Lab) once(at Addresses, line *Line, want *Expected) (found []Explained, done bool) {
	r := &line.Request
	l.taken()
	got := l.send(at, r, "")
	seen := l.others(want.Also)
	var best []Difference
	var as *Want
	for i := range want.Wants {
		w := &want.Wants[i]
		if d := FactsOf(&got).Against(w.Facts, r.method()); as == nil || len(d) < len(best) {
			best, as = d, w
		}
	}
	best = append(best, alsoSeen(seen, l.last, want.Also)...)
	l.last, l.got = seen, got
	l.got.AlsoSeen = besides(&got, seen)
	if len(best) > 0 && got.Err != "" {
		best[0].Got += " (" + got.Err + ")"
	}
	found = append(want.excused(best), want.Gone...)
	return append(found, as.Changed...), len(best) == 0
}

// excused asks about differences to what was expected.
func (e *Expected) excused(all []Difference) (out []Explained) {
	for _, d := range all {
		x := Explained{Difference: d, Platform: true}
		if e.Excuse != nil {
			x.Why = e.Excuse(d)
		}
		out = append(out, x)
	}
	return out
}

package golden

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// lateCopies is how long copies are waited for that were recorded and are not there yet.
const lateCopies = time.Second

// others is what others were asked beside the answer. Copies come late: those that are
// wanted are waited for.
func (l *Lab) others(want []Also) []Seen {
	got := l.taken()
	for until := time.Now().Add(lateCopies); time.Now().Before(until) && len(alsoSeen(got, l.last, want)) > 0; got = append(got, l.taken()...) {
		time.Sleep(time.Millisecond)
	}
	return got
}

// Also is a request that somebody else than the answer's backend has to see.
type Also struct{ Seen Facts }

// also are the requests that were recorded beside an answer. The backend of a HEAD request is
// among them; the answer tells of it.
func also(want *Answer) (all []Also) {
	for i := range want.AlsoSeen {
		if w := &want.AlsoSeen[i]; !strings.HasPrefix(w.Method, "HEAD") {
			f := Facts{}
			f.saw("also seen", w)
			all = append(all, Also{Seen: f})
		}
	}
	return all
}

// alsoSeen compares the questions to authentication services, and what error services, mirrors
// and others saw. Each wanted request is held against the one that it is most alike; what is
// nowhere among those of this request may have been recorded late, and is looked for among
// those of the request before.
func alsoSeen(got, before []Seen, want []Also) (all []Difference) {
	factsOf := func(seen []Seen) (out []Facts) {
		for i := range seen {
			f := Facts{}
			f.saw("also seen", &seen[i])
			out = append(out, f)
		}
		return out
	}
	now, earlier := factsOf(got), factsOf(before)
	var left []Also
	for _, w := range want {
		same := func(f Facts) bool { return maps.Equal(f, w.Seen) }
		if i := slices.IndexFunc(now, same); i >= 0 {
			now = slices.Delete(now, i, i+1)
		} else if !slices.ContainsFunc(earlier, same) {
			left = append(left, w)
		}
	}
	for _, w := range left {
		i, d := nearest(now, w.Seen)
		all = append(all, d...)
		if i >= 0 {
			now = slices.Delete(now, i, i+1)
		}
	}
	return all
}

// nearest is the request to the same backend with the fewest differences, and these; -1: there
// is none.
func nearest(now []Facts, want Facts) (at int, best []Difference) {
	at = -1
	for i, f := range now {
		if f["also seen"] != want["also seen"] {
			continue
		}
		if d := f.Against(want, ""); at < 0 || len(d) < len(best) {
			at, best = i, d
		}
	}
	if at < 0 {
		best = []Difference{{"also seen", "", want["also seen"] + " " + want["also seen path"]}}
	}
	return at, best
}

// besides are the requests that others saw than the backend whose answer came.
func besides(got *Answer, seen []Seen) (all []Seen) {
	answered := got.Backend == nil
	for _, s := range seen {
		if !answered && s.Backend == got.Backend.Backend && s.Pod == got.Backend.Pod && s.Path == got.Backend.Path {
			answered = true
			continue
		}
		all = append(all, s)
	}
	return all
}

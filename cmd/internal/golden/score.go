package golden

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Score counts what became of requests.
type Score struct {
	Requests, Equal, Explained int
	Unexplained                int
	Skipped                    int            // runs that could not be played
	Platform                   int            // of the explained: nothing but the platform's rows differs
	Blocked, Withheld          int            // answered by a blocked route, or of a withheld host
	Exact                      int            // on routes of which all outcomes are exact
	ByDimension                map[string]int // of the explained; a request counts once in each of its dimensions
	ByReason                   map[string]int // likewise
	Failures                   []string       // one for each unexplained request
}

// add takes another score in.
func (s *Score) add(o *Score) {
	s.Requests += o.Requests
	s.Equal += o.Equal
	s.Explained += o.Explained
	s.Unexplained += o.Unexplained
	s.Platform += o.Platform
	s.Skipped += o.Skipped
	s.Blocked += o.Blocked
	s.Withheld += o.Withheld
	s.Exact += o.Exact
	for _, sums := range []struct {
		to   *map[string]int
		from map[string]int
	}{{&s.ByDimension, o.ByDimension}, {&s.ByReason, o.ByReason}} {
		for key, n := range sums.from {
			count(sums.to, key, n)
		}
	}
}

func count(sums *map[string]int, key string, n int) {
	if *sums == nil {
		*sums = map[string]int{}
	}
	(*sums)[key] += n
}

// note counts one request with its differences and the reasons that explain them; a
// difference without a reason is unexplained.
func (s *Score) note(line *Line, i int, found []Explained) {
	s.Requests++
	var open []string
	dims, reasons, platform := map[string]bool{}, map[string]bool{}, true
	for _, e := range found {
		if e.Why == "" {
			open = append(open, e.String())
		}
		dims[coarse(e.Dimension)], reasons[e.Why] = true, true
		platform = platform && e.Platform
	}
	switch {
	case len(found) == 0:
		s.Equal++
		return
	case len(open) > 0:
		s.Unexplained++
		r := &line.Request
		s.Failures = append(s.Failures, fmt.Sprintf("%s #%d: %s %s://%s%s: %s", r.Name, i, r.method(), r.scheme(), r.Host, r.Path, strings.Join(open, "; ")))
		return
	}
	s.Explained++
	if platform {
		s.Platform++
	}
	for dim := range dims {
		count(&s.ByDimension, dim, 1)
	}
	for why := range reasons {
		count(&s.ByReason, why, 1)
	}
}

// Print writes the line of a folder and mode, and what the explained requests differ in.
func (s *Score) Print(w io.Writer, folder, mode string) {
	fmt.Fprintf(w, "golden %s %s: %d requests, %d equal, %d explained, %d unexplained\n", folder, mode, s.Requests, s.Equal, s.Explained, s.Unexplained)
	fmt.Fprintf(w, "  %.1f %% equal, %.1f %% but for the platform; %d on exact routes, %d answered by a blocked route, %d of a withheld host\n",
		percent(s.Equal, s.Requests), percent(s.Equal+s.Platform, s.Requests), s.Exact, s.Blocked, s.Withheld)
	if s.Skipped > 0 {
		fmt.Fprintf(w, "  SKIPPED: %d runs were not played: no namespaces can be made here\n", s.Skipped)
	}
	for _, sums := range []struct {
		title string
		of    map[string]int
	}{{"dimension", s.ByDimension}, {"reason", s.ByReason}} {
		for _, key := range slices.Sorted(maps.Keys(sums.of)) {
			fmt.Fprintf(w, "  %5d by %s: %s\n", sums.of[key], sums.title, key)
		}
	}
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(max(1, of)) }

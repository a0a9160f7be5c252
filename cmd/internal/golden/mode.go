package golden

import (
	"testing"
)

// Mode is a way to serve a recorded run, and what may differ then.
type Mode struct {
	Name string // in the printed line
	// Pods is the address that echo servers of pods listen at; default 127.0.0.1.
	Pods string
	// AtOnce is how many runs are played at once; default three for each processor, since they
	// mostly wait.
	AtOnce int
	// Serve serves what a lab holds until the test ends, and says what to expect of it.
	Serve func(t testing.TB, l *Lab) (Addresses, Expecter)
	// Lines makes other lines of the recorded ones; nil: these are played.
	Lines func([]Line) []Line
	// Record has the answers written into the run as observed.
	Record bool
}

// Expecter says what is expected of a line before it is sent.
type Expecter interface {
	// Expect is the expectation for a line; the one of equal answers is Same.
	Expect(*Line) *Expected
}

// Expected is what has to come of a line.
type Expected struct {
	// Wants are the answers that may come: one, or one for each backend that may be chosen.
	Wants []Want
	Also  []Also
	// Tries is how often the line is sent, at the most, until the wanted answer comes, where that
	// is chance; 0: as it was recorded.
	Tries int
	// Tally are the shares of a line that is sent more than once.
	Tally map[string]int
	// Gone are the reasons why recorded requests to others are not expected, and of changed
	// shares.
	Gone    []Explained
	Outcome Outcome
	// Excuse is asked about a difference to what is wanted; "": there is none.
	Excuse func(Difference) string
}

// Want is an answer that may come, with what it differs in from the recorded one, and why.
type Want struct {
	Facts   Facts
	Changed []Explained
}

// Explained is a difference with what explains it; an empty reason explains nothing.
type Explained struct {
	Difference
	Why      string
	Platform bool // a row of a platform table says so
}

// Outcome is what the conversion made of the route that a line reaches.
type Outcome struct {
	Blocked, Withheld bool
	// Exact says that every outcome of the route is: nothing but the platform may differ.
	Exact bool
}

// Same expects the recorded answer.
func Same(line *Line) *Expected {
	return &Expected{Wants: []Want{{Facts: FactsOf(&line.Observed)}}, Also: also(&line.Observed), Tally: line.Observed.Tally}
}

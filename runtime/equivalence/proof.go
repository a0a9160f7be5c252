// Package equivalence compares route tables over all requests. The path conditions of all
// sides are followed at once by package automaton; for each class of paths that they can
// tell apart, the walk goes through all that headers, cookies, methods and queries can be,
// and asks the tables about one request for every case. A rewrite or a redirect is compared
// as a function of the request. What differs is explained by an edit, covered by the
// platform profile, or a difference that nothing names. Where a bound is met, or something
// is not followed, samples are compared instead, and the proof says so.
package equivalence

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/automaton"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// Bounds limit the counted work on one host. Zero fields stand for the defaults.
type Bounds struct {
	States int // of the automaton over paths; default 100,000
	Steps  int // conditions that are taken one byte further; default 40 millions
	Cases  int // combinations of path classes and other conditions; default 200,000
}

// WithDefaults are the bounds with defaults in the place of zeros.
func (b Bounds) WithDefaults() Bounds {
	return Bounds{cmp.Or(b.States, 100_000), cmp.Or(b.Steps, 40_000_000), cmp.Or(b.Cases, 200_000)}
}

// Proof is what comparing a host over all requests came to.
type Proof struct {
	Host string
	// Why the host is not proved: a bound was met, or something is not followed. Empty: all
	// requests were compared, and Differences are all that there are.
	Why         string
	Uncompared  []string        // what answers without being compared, as nothing models it on both sides; sorted
	Routes      int             // of the side before
	Work        Work            // counted
	Differences []Difference    // by kind, each with one of the shortest requests that show it
	Requests    []table.Request // one for every decision that requests can meet; of Prove only
}

// Work counts what a proof did.
type Work struct {
	States int `json:"states"` // of the automaton
	Steps  int `json:"steps"`  // conditions that were taken one byte further
	Cases  int `json:"cases"`  // combinations of path classes and values of other conditions
	Asked  int `json:"asked"`  // of these, the ones that differ in what can answer
}

// add counts the work of a second pass.
func (w *Work) add(o Work) {
	w.States += o.States
	w.Steps += o.Steps
	w.Cases += o.Cases
	w.Asked += o.Asked
}

// Equal says whether the proof found that all requests are answered alike, but for
// differences that an edit names.
func (p Proof) Equal() bool { return p.Why == "" && len(p.Unexplained()) == 0 }

// Unexplained are the differences that no edit names.
func (p Proof) Unexplained() []Difference {
	var out []Difference
	for _, d := range p.Differences {
		if d.Edit == nil {
			out = append(out, d)
		}
	}
	return out
}

// Prove compares the answers of two tables to all requests to a host, which a model of
// either names. Tables of one path form belong to one data plane: they must agree in
// everything. Else the platform profile applies, and edits explain differences.
func Prove(before, after *table.Table, host string, edits []intent.Edit, bounds Bounds) Proof {
	p := new(Room).proving(host)
	p.listed = true
	return p.prove([]*table.Table{before, after}, func(hs []*table.HostTable) []pair {
		return []pair{{before: 0, after: 1, exact: hs[0].Paths() == hs[1].Paths(), edits: ofHost(edits, host)}}
	}, bounds)
}

// ProveLowered compares a host in three tables at once: the model that it was read as, what
// a target can say of it, and what the target's objects say. From the first to the second,
// every difference must have an edit; from the second to the third there must be none.
func ProveLowered(model, lowered, written *table.Table, host string, edits []intent.Edit, bounds Bounds) Proof {
	return new(Room).ProveLowered(model, lowered, written, host, edits, bounds)
}

// ProveLowered is the function of that name, in a room.
func (r *Room) ProveLowered(model, lowered, written *table.Table, host string, edits []intent.Edit, bounds Bounds) Proof {
	return r.proving(host).prove([]*table.Table{model, lowered, written}, func([]*table.HostTable) []pair {
		return []pair{{before: 0, after: 1, edits: ofHost(edits, host)}, {before: 1, after: 2, exact: true}}
	}, bounds)
}

func ofHost(edits []intent.Edit, host string) []intent.Edit {
	return slices.DeleteFunc(slices.Clone(edits), func(e intent.Edit) bool { return e.Host != host })
}

// pair is two sides that are compared.
type pair struct {
	before, after int
	exact         bool // one data plane: no profile, no edits
	edits         []intent.Edit
}

func (p *proving) prove(tables []*table.Table, pairs func([]*table.HostTable) []pair, bounds Bounds) Proof {
	var ok bool
	if p.witness, ok = Witness(p.proof.Host, tables...); !ok {
		p.proof.Why = "no host name leads to " + p.proof.Host + ": a more exact name always comes first"
		return p.proof
	}
	hosts := make([]*table.HostTable, len(tables))
	for i, t := range tables {
		hosts[i] = t.Host(p.witness)
	}
	p.pairs = pairs(hosts)
	if h := hosts[0].Host(); h != nil {
		p.proof.Routes = len(h.Routes)
	}
	for _, pr := range p.pairs {
		before, after := hosts[pr.before].Host(), hosts[pr.after].Host()
		if pr.exact && unlikeTLS(before, after) || !pr.exact && !sameRelay(before, after) {
			p.note(pr, Difference{Request: table.Request{Scheme: "https", Host: p.witness, Method: "GET", URI: "/"}, Dimension: intent.Certificate,
				Before: table.Decision{Host: before, RouteIndex: -1}, After: table.Decision{Host: after, RouteIndex: -1}})
		}
	}
	p.run(hosts, false, bounds.WithDefaults())
	if p.proof.Why == "" && (mayLeak(hosts[0].Host(), hosts[1].Host(), p.pairs[0].edits) || slices.ContainsFunc(hosts, speaksOfEscapes)) {
		p.run(hosts, true, bounds.WithDefaults())
	}
	p.room.kept = p.kept
	slices.Sort(p.proof.Uncompared)
	p.proof.Differences = append(p.proof.Differences, p.differences...)
	slices.SortStableFunc(p.proof.Differences, func(a, b Difference) int { return cmp.Compare(size(a.Request), size(b.Request)) })
	return p.proof
}

// run goes over all requests; with escapes over those that hold an escape in another than
// its canonical form, and over those to "//", as Envoy reads each path of slashes only, which
// is "/" to nginx. There, between two data planes, only what was guarded counts: the rest is
// the profile's (path-matching, slashes-and-dots).
func (p *proving) run(tables []*table.HostTable, escapes bool, bounds Bounds) {
	q, err := p.room.question(p.witness, tables, p.pairs[0].edits, escapes)
	if err != nil {
		p.proof.Why = err.Error()
		return
	}
	w := &walk{question: q, candidates: make([][]*sideRoute, len(tables)), chosen: make([]int, len(q.variables)),
		picked: make([]*sideRoute, len(tables)), left: bounds.Cases, needs: p.needs, leaf: p.leaf}
	for i := range w.chosen {
		w.chosen[i] = -1
	}
	work, done := q.paths.Explore(automaton.Work{States: bounds.States, Steps: bounds.Steps}, func(e automaton.End) {
		if w.why == "" && e.Escaped == escapes {
			w.at(e)
		}
	})
	if escapes && w.why == "" {
		slashes := q.paths.At("/", "//", automaton.Work{Steps: bounds.Steps})
		slashes.Escaped = true
		w.at(slashes)
	}
	p.proof.Work.add(Work{States: work.States, Steps: work.Steps, Cases: bounds.Cases - max(w.left, 0)})
	switch {
	case w.why != "":
		p.proof.Why = w.why
	case w.unsure != "":
		p.proof.Why = w.unsure
	case !done && work.Steps > bounds.Steps:
		p.proof.Why = fmt.Sprintf("its patterns take more than %d steps (--proof-steps)", bounds.Steps)
	case !done:
		p.proof.Why = fmt.Sprintf("its paths lead to more than %d states (--proof-states)", bounds.States)
	}
}

// speaksOfEscapes says whether a route of Envoy's asks for escaped characters: then those in
// other than their canonical form count, too.
func speaksOfEscapes(t *table.HostTable) bool {
	if t.Host() == nil || t.Paths() != intent.Normalized {
		return false
	}
	return slices.ContainsFunc(t.Host().Routes, func(r intent.Route) bool {
		return strings.Contains(r.Match.Path.Value, "%") || slices.ContainsFunc(r.Match.Headers, func(c intent.Cond) bool {
			return c.Name == ":path" && strings.Contains(c.Value, "%")
		})
	})
}

// size is how long a request is.
func size(r table.Request) int {
	n := len(r.URI)
	for _, h := range r.Headers {
		n += len(h.Name) + len(h.Value)
	}
	return n
}

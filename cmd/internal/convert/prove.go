package convert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// Verdict is what proving a host came to.
type Verdict string

// The verdicts.
const (
	Equal     Verdict = "equal"      // all requests are answered alike, but for named differences
	NotProved Verdict = "not-proved" // samples are, and Why says why no more is known
	Different Verdict = "different"  // there is a difference that nothing names
	Weaker    Verdict = "weaker"     // something would be answered that was guarded
)

// Proof is what comparing a host over all requests came to.
type Proof struct {
	Verdict     Verdict          `json:"verdict"`
	Why         string           `json:"why,omitempty"` // of not-proved
	Work        equivalence.Work `json:"work"`          // counted
	Sampled     int              `json:"sampled,omitempty"`
	Unasked     int              `json:"unasked,omitempty"` // samples that were left out: there are too many
	Differences []Difference     `json:"differences,omitempty"`
}

// Difference is a kind of requests that are answered differently, with one of the shortest.
type Difference struct {
	Route     int              `json:"route"` // index in the host's routes before; -1: none
	Dimension intent.Dimension `json:"dimension"`
	Request   string           `json:"request"`
	Before    string           `json:"before"`
	After     string           `json:"after"`
	Cases     int              `json:"cases"`            // classes of requests that show it
	Reason    string           `json:"reason,omitempty"` // of the edit that names it
}

// models are one host as it was read, as it was lowered, as the objects say it, and as
// Contour serves it together with Ingresses beside the objects, if there are any.
type models struct {
	read, lowered, written *intent.Host
	beside                 bool
	merged                 *intent.Host
	room                   *equivalence.Room // of all proofs, one after another
}

// tables are those of the models, in their order. An error is a bug of ours.
func (m models) tables() ([]*table.Table, error) {
	one := func(paths intent.PathForm, h *intent.Host) intent.Model {
		model := intent.Model{Paths: paths}
		if h != nil {
			model.Hosts = []intent.Host{*h}
		}
		return model
	}
	all := []intent.Model{one(intent.Decoded, m.read), one(intent.Normalized, m.lowered), one(intent.Normalized, m.written)}
	if m.beside {
		all = append(all, one(intent.Normalized, m.merged))
	}
	return table.All(all...)
}

// prove compares a host over all requests, or where that is too much over samples. A host
// with a pattern that cannot be matched, or with a difference that no edit names, is
// withheld.
func (h *Host) prove(m models, bounds equivalence.Bounds) error {
	tables, err := m.tables()
	if err != nil {
		return fmt.Errorf("bug: host %s is not sound: %w", h.Name, err)
	}
	read, lowered, written := tables[0], tables[1], tables[2]
	if bad := read.Invalid(); len(bad) > 0 {
		h.Withheld = "a path is no RE2 pattern: " + bad[0].Err.Error()
		return nil
	}
	p := m.room.ProveLowered(read, lowered, written, h.Name, h.Edits, bounds)
	if p.Why == "" && len(p.Uncompared) > 0 {
		p.Why = "not compared: " + strings.Join(p.Uncompared, ", ")
	}
	h.Proof = &Proof{Verdict: Equal, Why: p.Why, Work: p.Work}
	h.Open = p.Unexplained()
	h.Proof.Differences = slices.Grow(h.Proof.Differences, len(p.Differences))
	for _, d := range p.Differences {
		h.Proof.Differences = append(h.Proof.Differences, shown(d))
	}
	if p.Why != "" {
		h.Proof.Verdict = NotProved
		s := equivalence.Sampled(read, written, h.Name, h.Edits)
		h.Proof.Sampled, h.Proof.Unasked = s.Requests, s.Skipped
		h.Open = append(h.Open, s.Unexplained...)
	}
	if m.beside {
		h.merge(read, written, tables[3], bounds)
	}
	if len(h.Open) > 0 {
		h.Withheld = withheldFor(h.Open)
	}
	switch {
	case strings.HasPrefix(h.Withheld, lessStrict):
		h.Proof.Verdict = Weaker
	case h.Withheld != "":
		h.Proof.Verdict = Different
	}
	return nil
}

// withheldFor says which difference keeps a host from being written: one that lets in what
// was refused before all others.
func withheldFor(open []equivalence.Difference) string {
	for _, d := range open {
		if d.Exposes != "" {
			return lessStrict + d.Exposes + " is not in the way of " + describe(d)
		}
	}
	return unexplained + describe(open[0])
}

// RuleNotProved is the rule of findings about hosts that are not proved.
const RuleNotProved = "not-proved"

// lessStrict begins the reason of hosts that would answer what was guarded.
const lessStrict = "less strict than before: "

// unexplained begins the reason of hosts that a bug of ours keeps back.
const unexplained = "unexplained difference: "

func shown(d equivalence.Difference) Difference {
	s := Difference{Route: d.Before.RouteIndex, Dimension: d.Dimension, Request: RequestLine(d.Request),
		Before: Answer(d.Before), After: Answer(d.After), Cases: d.Count}
	if d.Edit != nil {
		s.Route, s.Reason = d.Edit.Route, d.Edit.Reason
	}
	return s
}

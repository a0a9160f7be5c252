package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
)

// Withheld is the outcome of a host, or of its routes, for which nothing is written.
const Withheld = "withheld"

// Counts are the numbers of a result, by name; encoding/json sorts maps by key.
type Counts struct {
	Documents  int            `json:"documents"`
	Unreadable int            `json:"unreadable"`
	Ingresses  int            `json:"ingresses"`
	Objects    int            `json:"objects"`
	Proof      Proofs         `json:"proof"`
	Hosts      map[string]int `json:"hosts"`    // by outcome
	Routes     map[string]int `json:"routes"`   // by outcome
	Fates      map[string]int `json:"fates"`    // ledger entries by fate
	Outcomes   map[string]int `json:"outcomes"` // understood ledger entries by outcome
	Findings   map[string]int `json:"findings"` // by severity
}

// Count numbers what a result holds.
func Count(res *convert.Result) Counts {
	c := Counts{
		Documents: res.Set.Documents, Unreadable: res.Set.Unreadable, Ingresses: len(res.Set.Ingresses), Objects: len(res.Target.Objects),
		Hosts: map[string]int{}, Routes: map[string]int{}, Fates: map[string]int{}, Outcomes: map[string]int{}, Findings: map[string]int{},
	}
	for _, h := range res.Hosts {
		c.Hosts[Outcome(h)]++
		c.Proof.add(h)
		for outcome, n := range h.Routes {
			c.Routes[outcome] += n
		}
	}
	for _, e := range res.Set.Ledger.Entries() {
		c.Fates[e.Fate.String()]++
		if e.Outcome != ledger.None {
			c.Outcomes[e.Outcome.String()]++
		}
	}
	for _, f := range res.Findings {
		c.Findings[f.Severity.String()]++
	}
	return c
}

// Outcome is how a host came out, in a word.
func Outcome(h convert.Host) string {
	if h.Withheld != "" {
		return Withheld
	}
	return h.Outcome.String()
}

// outcomes are the words for hosts and routes, best first.
func outcomes() []string {
	return []string{"exact", "approximated", "untranslated", "blocked", Withheld}
}

func fates() []string { return []string{"understood", "ignored", "malformed", "unknown", "open"} }

// Key is what became of an annotation key over the whole input.
type Key struct {
	Key     string         `json:"key"`
	Count   int            `json:"count"`
	Fates   map[string]int `json:"fates"`
	Outcome ledger.Outcome `json:"outcome"`          // the worst; none if no route stands on it
	Reason  string         `json:"reason,omitempty"` // of the first entry with that outcome
	Routes  int            `json:"routes"`           // on which it did not come out exact
}

// Keys are the annotation keys of the Ingresses, the worst outcome first, then the most
// routes, then by key.
func Keys(l *ledger.Ledger) []Key {
	at := map[string]int{}
	var all []Key
	for _, e := range l.Entries() {
		if e.Kind != ledger.Annotation || !strings.HasPrefix(e.Object, "Ingress ") {
			continue
		}
		i, known := at[e.Key]
		if !known {
			i = len(all)
			at[e.Key] = i
			all = append(all, Key{Key: e.Key, Fates: map[string]int{}, Reason: e.Reason, Outcome: e.Outcome})
		}
		k := &all[i]
		k.Count++
		k.Fates[e.Fate.String()]++
		k.Routes += len(e.Routes)
		if e.Outcome > k.Outcome {
			k.Outcome, k.Reason = e.Outcome, e.Reason
		}
	}
	slices.SortFunc(all, func(a, b Key) int {
		return cmp.Or(cmp.Compare(b.Outcome, a.Outcome), cmp.Compare(b.Routes, a.Routes), strings.Compare(a.Key, b.Key))
	})
	return all
}

// Cost is what keeps routes from coming out exact.
type Cost struct {
	Outcome ledger.Outcome
	Cause   string // an annotation key, or the reason of an edit that no annotation asked for
	Routes  int
}

// Costs are the causes of all edits, the worst outcome first, then the most routes, then
// by cause.
func Costs(res *convert.Result) []Cost {
	routes := map[Cost]int{} // by outcome and cause
	for _, h := range res.Hosts {
		for c := range costsOf(h.Edits) {
			routes[c.Cost]++
		}
	}
	all := make([]Cost, 0, len(routes))
	for c, n := range routes {
		c.Routes = n
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Cost) int {
		return cmp.Or(cmp.Compare(b.Outcome, a.Outcome), cmp.Compare(b.Routes, a.Routes), strings.Compare(a.Cause, b.Cause))
	})
	return all
}

// routeCost is a cost of one route.
type routeCost struct {
	Cost
	route int
}

// costsOf are the costs of a host's routes, each once. What an annotation asked for is told
// by its key, and so a reason without one only where the route has no key of that outcome.
func costsOf(edits []intent.Edit) map[routeCost]bool {
	costs := map[routeCost]bool{}
	keyed := map[routeCost]bool{} // without cause
	for _, e := range edits {
		for _, key := range keysOf(e) {
			costs[routeCost{Cost{Outcome: e.Outcome, Cause: key}, e.Route}] = true
			keyed[routeCost{Cost{Outcome: e.Outcome}, e.Route}] = true
		}
	}
	for _, e := range edits {
		if len(keysOf(e)) == 0 && !keyed[routeCost{Cost{Outcome: e.Outcome}, e.Route}] {
			costs[routeCost{Cost{Outcome: e.Outcome, Cause: e.Reason}, e.Route}] = true
		}
	}
	return costs
}

// keysOf are the annotations that an edit is about.
func keysOf(e intent.Edit) []string {
	var keys []string
	for _, o := range e.Origins {
		if o.Known() && strings.Contains(o.Key, "/") && !slices.Contains(keys, o.Key) {
			keys = append(keys, o.Key)
		}
	}
	return keys
}

// Proofs are the numbers of the proof.
type Proofs struct {
	Hosts       int `json:"hosts"`  // proved equal
	Routes      int `json:"routes"` // on these
	Differences int `json:"differences"`
	NotProved   int `json:"notProved"` // hosts
	Different   int `json:"different"` // hosts, withheld for it
	Weaker      int `json:"weaker"`    // hosts, withheld for it
}

func (p *Proofs) add(h convert.Host) {
	if h.Proof == nil {
		return
	}
	switch h.Proof.Verdict {
	case convert.Equal:
		p.Hosts++
		for _, n := range h.Routes {
			p.Routes += n
		}
	case convert.NotProved:
		p.NotProved++
	case convert.Weaker:
		p.Weaker++
		return
	default:
		p.Different++
		return
	}
	p.Differences += len(h.Proof.Differences)
}

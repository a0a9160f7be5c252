package equivalence

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// proving gathers what the walk finds.
type proving struct {
	room    *Room
	proof   Proof
	listed  bool   // the proof's requests are wanted
	witness string // the host that requests name
	pairs   []pair
	seen    map[string]bool  // cases in which the same routes answer in the same way
	found   map[foundKey]int // places in differences
	kept
}

// foundKey merges differences of one kind.
type foundKey struct {
	pair, before, after int
	dimension           intent.Dimension
	edit                *intent.Edit
}

// needs is a variable on which the answers of a case depend, although no condition asks for
// it; -1 if all are chosen.
func (p *proving) needs(w *walk) int {
	switch {
	case w.chosen[0] < 0 && len(w.variables[0].values) > 1:
		return 0
	case w.chosen[1] < 0 && w.redirecting():
		return 1
	}
	return -1
}

// leaf compares the answers of one case. All its requests get the answers of the same
// routes, and these are the same functions of the request: one request stands for them.
func (p *proving) leaf(w *walk) {
	if key := p.caseKey(w); p.seen[string(key)] {
		return
	} else {
		p.seen[string(key)] = true
	}
	p.proof.Work.Asked++
	r := w.request()
	p.prepared.Set(r)
	decisions := p.decisions[:0]
	for i, s := range w.sides {
		decisions = append(decisions, s.table.Match(&p.prepared))
		if decisions[i].RouteIndex != w.picked[i].at() {
			w.why = fmt.Sprintf("bug: %s %s is answered by route %d, and should be by %d", r.Method, r.URI, decisions[i].RouteIndex, w.picked[i].at())
			return
		}
	}
	p.decisions = decisions
	if p.listed {
		p.proof.Requests = append(p.proof.Requests, r)
	}
	for i, pr := range p.pairs {
		c := comparison{walk: w, pair: pr, request: r, before: decisions[pr.before], after: decisions[pr.after], found: p.all[:0]}
		p.uncompared(&c)
		p.all = c.differences()
		for j := range p.all {
			p.merge(i, &p.all[j])
		}
	}
}

// uncompared notes what two data planes do on this request that no model of both says, and
// that no edit is about.
func (p *proving) uncompared(c *comparison) {
	if c.pair.exact {
		return
	}
	note := func(d table.Decision, when string, guards bool) {
		if d.Status != 0 || d.Route == nil {
			return
		}
		for _, o := range d.Route.Opaque {
			text := o.Key + " (" + when + ")"
			if (guards || !o.Security) && !edited(o.Key, d.RouteIndex, c.pair.edits) && !slices.Contains(p.proof.Uncompared, text) {
				p.proof.Uncompared = append(p.proof.Uncompared, text)
			}
		}
	}
	note(c.before, "before", false)                                                 // those that guard are told as differences
	note(c.after, "after", c.before.Route != nil && len(c.before.Route.Opaque) > 0) // else it is a difference
}

// edited says whether an edit is about something opaque on a route.
func edited(key string, route int, edits []intent.Edit) bool {
	return slices.ContainsFunc(edits, func(e intent.Edit) bool {
		return e.Dimension == intent.Feature && e.From == key && e.Route == route
	})
}

// caseKey says which routes answer, and everything else that their answers depend on.
func (p *proving) caseKey(w *walk) []byte {
	key := p.key[:0]
	for _, r := range w.picked {
		key = binary.LittleEndian.AppendUint32(key, uint32(r.at()))
	}
	key = append(key, byte(w.chosen[0]+1), byte(min(w.chosen[1], 1)+1)) // which query does not matter
	if slices.ContainsFunc(w.picked, func(r *sideRoute) bool { return r != nil && r.rewrite != nil }) {
		fixed, whole := w.fixed(w.end) // by which rewrites may agree on one path only
		key = fmt.Appendf(key, "%d %v", fixed, whole)
	}
	for i, mask := range w.probes {
		if i < len(w.end.Holds) {
			key = binary.LittleEndian.AppendUint64(key, mask&w.end.Holds[i])
		}
	}
	p.key = key
	return key
}

// note files a difference that is no request's alone.
func (p *proving) note(pr pair, d Difference) {
	p.merge(slices.IndexFunc(p.pairs, func(o pair) bool { return o.before == pr.before && o.after == pr.after }), &d)
}

// merge counts a difference with those of its kind.
func (p *proving) merge(pair int, d *Difference) {
	key := foundKey{pair, d.Before.RouteIndex, d.After.RouteIndex, d.Dimension, d.Edit}
	if d.Edit != nil {
		key.before, key.after = 0, 0 // the edit says which route
	}
	if at, known := p.found[key]; known {
		old := &p.differences[at]
		old.Count++
		if size(d.Request) < size(old.Request) {
			d.Count = old.Count
			*old = *d
		}
		return
	}
	p.found[key] = len(p.differences)
	d.Count = 1
	p.differences = append(p.differences, *d)
}

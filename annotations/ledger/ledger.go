package ledger

import (
	"fmt"
	"slices"
)

// Ledger holds one entry per origin, in the order in which they were opened.
// The zero value is ready to use. It is not safe for concurrent use.
type Ledger struct {
	entries []Entry
	index   map[Origin]int32
}

// Add opens entries. An origin that is there already is our bug, and an error.
func (l *Ledger) Add(entries ...Entry) error {
	if l.index == nil {
		l.index = make(map[Origin]int32, len(entries))
	}
	if len(l.entries)+len(entries) > cap(l.entries) {
		l.entries = slices.Grow(l.entries, max(1024, len(l.entries), len(entries)))
	}
	for _, e := range entries {
		if _, ok := l.index[e.Origin]; ok {
			return fmt.Errorf("%s: entered twice", e.Origin)
		}
		l.index[e.Origin] = int32(len(l.entries))
		l.entries = append(l.entries, e)
	}
	return nil
}

// Entries are all entries; the caller must not change them.
func (l *Ledger) Entries() []Entry { return l.entries }

// Find is the entry of an origin, or nil.
func (l *Ledger) Find(o Origin) *Entry {
	i, ok := l.index[o]
	if !ok {
		return nil
	}
	return &l.entries[i]
}

// Settle gives an entry its fate. The first fate stays, but Understood yields to Malformed.
// An unknown origin is left alone: what it stands for came from no input.
func (l *Ledger) Settle(o Origin, fate Fate, reason string) {
	e := l.Find(o)
	if e == nil || (e.Fate != Open && (e.Fate != Understood || fate != Malformed)) {
		return
	}
	e.Fate, e.Reason = fate, reason
}

// Close records what the target made of an understood entry on one route and in which
// object it went; the worst outcome and its reason stand. Entries of other fates only
// note the object.
func (l *Ledger) Close(o Origin, where string, r RouteResult) {
	e := l.Find(o)
	if e == nil {
		return
	}
	if where != "" {
		if i, found := slices.BinarySearch(e.Where, where); !found {
			e.Where = slices.Insert(e.Where, i, where)
		}
	}
	if e.Fate != Understood {
		return
	}
	if r.Outcome > e.Outcome {
		e.Outcome = r.Outcome
		if r.Reason != "" {
			e.Reason = r.Reason
		}
	}
	if r.Outcome > Exact && !slices.Contains(e.Routes, r) {
		e.Routes = append(e.Routes, r)
	}
}

// Unfinished lists the entries that break the ledger's promise: still open, understood but
// without an outcome, or not exact and without a reason.
func (l *Ledger) Unfinished() []Entry {
	var bad []Entry
	for _, e := range l.entries {
		open := e.Fate == Open || (e.Fate == Understood && e.Outcome == None)
		if open || (e.Reason == "" && e.Outcome != Exact) {
			bad = append(bad, e)
		}
	}
	return bad
}

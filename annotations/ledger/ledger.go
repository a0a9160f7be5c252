package ledger

import "slices"

// Ledger holds one entry per origin, in the order in which they were opened.
// The zero value is ready to use. It is not safe for concurrent use.
type Ledger struct {
	entries []Entry
	index   map[Origin]int32 // of the first len(index)+len(doubled) entries
	doubled []Entry
}

// Add opens entries.
func (l *Ledger) Add(entries ...Entry) {
	if len(l.entries)+len(entries) > cap(l.entries) {
		l.entries = slices.Grow(l.entries, max(1024, len(l.entries), len(entries)))
	}
	l.entries = append(l.entries, entries...)
}

// Entries are all entries; the caller must not change them.
func (l *Ledger) Entries() []Entry { return l.entries }

// Find is the entry of an origin, or nil.
func (l *Ledger) Find(o Origin) *Entry {
	l.catchUp()
	i, ok := l.index[o]
	if !ok {
		return nil
	}
	return &l.entries[i]
}

// Doubled are the entries whose origin had an entry already, which is a bug of whoever
// opened them.
func (l *Ledger) Doubled() []Entry {
	l.catchUp()
	return l.doubled
}

// catchUp indexes the entries that came since the last time: all at once, since most are
// added before the first is looked for.
func (l *Ledger) catchUp() {
	done := len(l.index) + len(l.doubled)
	if done == len(l.entries) {
		return
	}
	if l.index == nil {
		l.index = make(map[Origin]int32, len(l.entries))
	}
	for i, e := range l.entries[done:] {
		if _, ok := l.index[e.Origin]; ok {
			l.doubled = append(l.doubled, e)
			continue
		}
		l.index[e.Origin] = int32(done + i)
	}
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
// objects it went, sorted; the worst outcome and its reason stand. Entries of other fates
// only note the objects. The list of objects may be shared among entries and must not be
// changed afterwards.
func (l *Ledger) Close(o Origin, where []string, r RouteResult) {
	e := l.Find(o)
	if e == nil {
		return
	}
	e.Where = union(e.Where, where)
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

// union joins two sorted lists; it gives one of them back where that is enough.
func union(a, b []string) []string {
	contains := func(in []string) func(string) bool {
		return func(s string) bool { return !slices.Contains(in, s) }
	}
	switch {
	case len(b) == 0 || !slices.ContainsFunc(b, contains(a)):
		return a
	case len(a) == 0 || !slices.ContainsFunc(a, contains(b)):
		return b
	}
	both := slices.Concat(a, b)
	slices.Sort(both)
	return slices.Compact(both)
}

// Unfinished lists the entries that break the ledger's promise: doubled, still open,
// understood but without an outcome, or not exact and without a reason.
func (l *Ledger) Unfinished() []Entry {
	bad := slices.Clone(l.Doubled())
	for _, e := range l.entries {
		open := e.Fate == Open || (e.Fate == Understood && e.Outcome == None)
		if open || (e.Reason == "" && e.Outcome != Exact) {
			bad = append(bad, e)
		}
	}
	return bad
}

package ledger

import (
	"iter"
	"math/bits"
	"slices"
)

// Ledger holds one entry per origin, in the order in which they were opened.
// The zero value is ready to use. It is not safe for concurrent use.
type Ledger struct {
	chunks [][]Entry // full but for the last one, so that entries stay where they are
	len    int
	joined joined
}

// Chunks are of chunkLen entries, but for the first ones, which are as long as all before
// them together, at least firstLen: many ledgers are small.
const (
	firstLen = 16
	chunkLen = 512
)

// place is where the i-th entry stands: its chunk, and where in it.
func place(i int) (chunk, at int) {
	switch {
	case i < firstLen:
		return 0, i
	case i < chunkLen:
		half := bits.Len(uint(i)) - 1 // the chunk begins with entry 1<<half
		return half - bits.Len(firstLen) + 2, i - 1<<half
	}
	return bits.Len(chunkLen) - bits.Len(firstLen) + i/chunkLen, i % chunkLen
}

// Add opens entries. Their origins must be of no other entry, nor of another ledger's.
func (l *Ledger) Add(entries ...Entry) {
	for _, e := range entries {
		chunk, _ := place(l.len)
		if chunk == len(l.chunks) {
			l.chunks = append(l.chunks, make([]Entry, 0, min(max(l.len, firstLen), chunkLen)))
		}
		l.chunks[chunk] = append(l.chunks[chunk], e)
		l.len++
		e.Origin.entry = int32(l.len)
	}
}

// Len is the number of entries.
func (l *Ledger) Len() int { return l.len }

// Entry is the i-th entry, from 0.
func (l *Ledger) Entry(i int) *Entry {
	chunk, at := place(i)
	return &l.chunks[chunk][at]
}

// Entries are all entries with their places; the caller must not change them.
func (l *Ledger) Entries() iter.Seq2[int, *Entry] {
	return func(yield func(int, *Entry) bool) {
		for i := range l.len {
			if !yield(i, l.Entry(i)) {
				return
			}
		}
	}
}

// Find is the entry that was opened with an origin, or nil.
func (l *Ledger) Find(o Origin) *Entry {
	if !o.Known() || o.entry == 0 || int(o.entry) > l.len {
		return nil
	}
	if e := l.Entry(int(o.entry) - 1); e.Place == o.Place {
		return e
	}
	return nil
}

// Doubled are the entries whose place had an entry already, which is a bug of whoever
// opened them.
func (l *Ledger) Doubled() []Entry {
	seen := make(map[Place]bool, l.len)
	var doubled []Entry
	for _, e := range l.Entries() {
		p := *e.Place
		p.entry = 0
		if seen[p] {
			doubled = append(doubled, *e)
		}
		seen[p] = true
	}
	return doubled
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
	e.Where = l.joined.with(e.Where, where)
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

// joined is the last union: those of entries that stand on the same routes are one after
// another, and share it.
type joined struct{ a, b, both []string }

// with is the union of two lists.
func (j *joined) with(a, b []string) []string {
	if !identical(a, j.a) || !identical(b, j.b) {
		*j = joined{a, b, union(a, b)}
	}
	return j.both
}

// identical says whether two lists are one and the same.
func identical(a, b []string) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
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
	bad := l.Doubled()
	for _, e := range l.Entries() {
		open := e.Fate == Open || (e.Fate == Understood && e.Outcome == None)
		if open || (e.Reason == "" && e.Outcome != Exact) {
			bad = append(bad, *e)
		}
	}
	return bad
}

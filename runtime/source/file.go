package source

import (
	"cmp"
	"hash/maphash"
	"slices"
	"time"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// file is a file as it was read last.
type file struct {
	path  string    // as it is named
	root  int       // the path of Open that leads to it
	link  bool      // it is reached through a link
	wait  time.Time // since when it seems to be unfinished
	stamp stamp
	fault string  // why it can not be read; all is as it was before
	docs  []*doc  // in their order
	kept  []*unit // which no good document has
}

// doc is a document of a file.
type doc struct {
	sum   uint64 // of its text
	index int    // in the file, from 0
	line  int    // in the file, of its first line, from 1
	at    int    // the same, of its content
	units []*unit
	content
}

// before orders files by the paths given, then by their own.
func (f *file) before(g *file) int {
	return cmp.Or(cmp.Compare(f.root, g.root), cmp.Compare(f.path, g.path))
}

// update makes a text the file's. Documents that are there already are not decoded again.
func (s *Source) update(f *file, text []byte) {
	old := f.docs
	docs, fresh := s.match(old, text)
	var lost []*unit
	for _, d := range old {
		if d.index < 0 {
			lost = append(lost, d.units...)
		}
	}
	for _, d := range fresh {
		s.enter(f, d)
	}
	f.docs = docs
	s.release(f, lost, slices.ContainsFunc(docs, func(d *doc) bool { return d.broken }))
}

// match finds out which documents are there already. The index of those that are not in the
// text any more becomes -1. Fresh ones are decoded.
func (s *Source) match(old []*doc, text []byte) (docs, fresh []*doc) {
	docs = make([]*doc, 0, len(old)+1)
	var rest []manifest.Document
	var sums []uint64
	for d := range manifest.Documents(text) {
		sum := maphash.Bytes(s.seed, d.Text)
		if i := len(docs); len(rest) == 0 && i < len(old) && old[i].sum == sum {
			old[i].line, old[i].at = d.Line, d.At
			docs = append(docs, old[i])
			continue
		}
		rest, sums = append(rest, d), append(sums, sum)
	}
	same := len(docs)
	moved := middle(old[same:], sums)
	left := map[uint64][]*doc{} // by their sums
	for _, d := range moved {
		d.index = -1
		left[d.sum] = append(left[d.sum], d)
	}
	ends := same + len(moved)     // of old: from here on it is the same again
	after := len(old) - len(rest) // from an index in rest to one of old, counted from the end
	for i, m := range rest {
		var d *doc
		if again := left[sums[i]]; i+after >= ends {
			d = old[i+after]
		} else if len(again) > 0 {
			d, left[sums[i]] = again[0], again[1:]
		} else {
			d = &doc{sum: sums[i], content: decode(m.Text, s.opts.Namespace)}
			fresh = append(fresh, d)
			s.decoded++
		}
		d.line, d.at, d.index = m.Line, m.At, same+i
		docs = append(docs, d)
	}
	return docs, fresh
}

// middle cuts off the documents at the end of old that have the same sums as those at the
// end of the new ones.
func middle(old []*doc, sums []uint64) []*doc {
	for len(old) > 0 && len(sums) > 0 && old[len(old)-1].sum == sums[len(sums)-1] {
		old, sums = old[:len(old)-1], sums[:len(sums)-1]
	}
	return old
}

// enter makes the claims of a document that is new in its file.
func (s *Source) enter(f *file, d *doc) {
	for i, it := range d.items {
		origin := ledger.New(ledger.Place{File: f.path, Doc: d.index, Line: d.lineOf(it.line), Object: it.String()})
		u := &unit{file: f, doc: d, nth: i, line: it.line, Object: Object{it.Ref, origin, it.text, it.value}}
		d.units = append(d.units, u)
		s.index.add(u)
	}
	d.items = nil
}

// lineOf is a line of the document as one of its file.
func (d *doc) lineOf(line int) int {
	if line < 1 {
		return d.at
	}
	return d.line + line - 1
}

// release gives up the claims of documents that are gone, and those that were kept. While
// the file is broken, what no good document of it has is kept.
func (s *Source) release(f *file, lost []*unit, broken bool) {
	lost = append(f.kept, lost...)
	slices.SortStableFunc(lost, (*unit).before)
	f.kept = nil
	for _, u := range lost {
		s.index.remove(u)
	}
	for _, u := range lost {
		if broken && !s.index.claimed(u.Ref, f) {
			u.kept = true
			f.kept = append(f.kept, u)
			s.index.add(u)
		}
	}
}

// drop gives up a file.
func (s *Source) drop(f *file) {
	lost := f.kept
	for _, d := range f.docs {
		lost = append(lost, d.units...)
	}
	for _, u := range lost {
		s.index.remove(u)
	}
	delete(s.files, f.path)
}

// holds says whether the file has objects.
func (f *file) holds() bool {
	return len(f.kept) > 0 || slices.ContainsFunc(f.docs, func(d *doc) bool { return len(d.units) > 0 })
}

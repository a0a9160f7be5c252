package source

import (
	"cmp"
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
	whole stamp   // when it was read to its end last
	fault string  // why it can not be read; all is as it was before
	docs  []entry // in their order
	noted []*doc  // those in which something is wrong
	kept  []*unit // which no good document has
}

// doc is a document of a file.
type doc struct {
	sum   uint64 // of its text
	size  int    // bytes of its text
	index int    // in the file, from 0; -1: it is not there any more
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
	lost, fresh := s.match(f, text)
	f.noted = slices.DeleteFunc(f.noted, func(d *doc) bool { return d.index < 0 })
	for _, d := range fresh {
		s.enter(f, d)
		if len(d.notes) > 0 {
			f.noted = append(f.noted, d)
		}
	}
	slices.SortFunc(f.noted, func(a, b *doc) int { return cmp.Compare(a.index, b.index) })
	s.release(f, lost, slices.ContainsFunc(f.noted, func(d *doc) bool { return d.broken }))
}

// enter makes the claims of a document that is new in its file.
func (s *Source) enter(f *file, d *doc) {
	for i, it := range d.items {
		origin := ledger.New(ledger.Place{File: f.path, Doc: d.index, Line: d.lineOf(it.line), Object: it.String()})
		if set, ok := it.value.(*manifest.Set); ok {
			set.Move(f.path, d.index, d.line-1)
			it.value = &Ingress{set.Ingresses[0], set.Findings}
		}
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
func (s *Source) release(f *file, gone []*doc, broken bool) {
	lost := f.kept
	for _, d := range gone {
		lost = append(lost, d.units...)
	}
	f.kept = nil
	for _, u := range lost {
		s.index.remove(u)
	}
	for _, u := range lost {
		if broken && !s.index.claimed(u.Ref, f) {
			f.kept = append(f.kept, u)
			s.index.add(u)
		}
	}
}

// drop gives up a file.
func (s *Source) drop(f *file) {
	lost := f.kept
	for _, e := range f.docs {
		lost = append(lost, e.doc.units...)
	}
	for _, u := range lost {
		s.index.remove(u)
	}
	delete(s.files, f.path)
	delete(s.wrong, f)
}

// holds says whether the file has objects.
func (f *file) holds() bool {
	return len(f.kept) > 0 || slices.ContainsFunc(f.docs, func(e entry) bool { return len(e.doc.units) > 0 })
}

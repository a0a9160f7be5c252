package source

import (
	"bytes"
	"hash/maphash"
	"math"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// entry is a document in its file. The span stands here, since a list of it is read fast.
type entry struct {
	span
	doc *doc
}

// span is what a document takes of its file: its text, and what stands between it and the
// document before, such as comments.
type span struct {
	sum  uint64
	size int
	gap  bool // it is more than the text
	dots bool // it ends with a "..." line
}

// nowhere is the size of the span of a text that is not in the file as it was parsed.
const nowhere = math.MaxInt

// match makes the documents of a text those of the file. Those that are there already are
// found again: at the beginning and at the end by their bytes alone, without a search for
// markers, in between by their sums. The others are decoded. The index of the old documents
// that are lost becomes -1.
func (s *Source) match(f *file, text []byte) (lost, fresh []*doc) {
	head, from := s.head(f.docs, text)
	tail, to := s.tail(f.docs, text, head, from)
	if directs(text[from:to]) { // the first document of the tail, perhaps
		tail, to = 0, len(text)
	}
	middle, ends := f.docs[head:len(f.docs)-tail], f.docs[len(f.docs)-tail:]
	line := 1
	if head > 0 {
		last := f.docs[head-1].doc
		line = last.line + bytes.Count(text[from-last.size:from], []byte("\n"))
	}
	docs, fresh, gap := s.cut(middle, text[from:to], head, line)
	if tail > 0 {
		move(ends, head+len(docs), line+bytes.Count(text[from:to], []byte("\n")))
		ends[0].span = s.spanOf(text[to-gap:to+ends[0].size], gap, ends[0].dots)
	}
	for _, e := range middle {
		if e.doc.index < 0 {
			lost = append(lost, e.doc)
		}
	}
	if len(docs) == len(middle) {
		copy(middle, docs)
	} else {
		f.docs = slices.Concat(f.docs[:head], docs, ends)
	}
	return lost, fresh
}

// cut splits what is neither head nor tail into documents, of which the first has an index
// and the text begins at a line. gap is how many bytes follow the last one.
func (s *Source) cut(old []entry, text []byte, index, line int) (docs []entry, fresh []*doc, gap int) {
	left := map[uint64][]*doc{} // by their sums
	for _, e := range old {
		e.doc.index = -1
		left[e.doc.sum] = append(left[e.doc.sum], e.doc)
	}
	end := 0
	for m := range manifest.Documents(text) {
		sum := maphash.Bytes(s.seed, m.Text)
		var d *doc
		if again := left[sum]; len(again) > 0 {
			d, left[sum] = again[0], again[1:]
		} else {
			d = &doc{sum: sum, size: len(m.Text), content: decode(m.Text, s.opts.Namespace)}
			fresh = append(fresh, d)
			s.decoded++
		}
		d.index, d.line, d.at = index+len(docs), m.Line+line-1, m.At+line-1
		e := entry{span{size: nowhere}, d}
		if m.From >= 0 {
			e.span = s.spanOf(text[end:m.From+len(m.Text)], m.From-end, m.Dots)
			end = m.From + len(m.Text)
		}
		docs = append(docs, e)
	}
	return docs, fresh, len(text) - end
}

func (s *Source) spanOf(text []byte, gap int, dots bool) span {
	return span{maphash.Bytes(s.seed, text), len(text), gap > 0, dots}
}

// move gives documents that follow each other new places, from an index and a line on.
func move(docs []entry, index, line int) {
	index, line = index-docs[0].doc.index, line-docs[0].doc.line
	if index == 0 && line == 0 {
		return
	}
	for _, e := range docs {
		d := e.doc
		d.index, d.line, d.at = d.index+index, d.line+line, d.at+line
	}
}

// head counts the documents at the beginning that a text still has, and their bytes. A
// document is the same if its bytes are and the next one begins where it ends.
func (s *Source) head(docs []entry, text []byte) (n, end int) {
	for _, e := range docs {
		if e.size > len(text)-end {
			break
		}
		next := end + e.size
		if maphash.Bytes(s.seed, text[end:next]) != e.sum {
			break
		}
		if ended := e.dots && text[next-1] == '\n'; next < len(text) && !ended && !begins(text, next) {
			break
		}
		n, end = n+1, next
	}
	return n, end
}

// tail counts the documents at the end that a text still has, but none of the first ones,
// and returns where the first of them begins. Their places follow from their sizes; they are
// read forwards, which is several times faster than backwards in a text that no cache holds.
func (s *Source) tail(docs []entry, text []byte, head, from int) (n, start int) {
	first, at := len(docs), len(text)
	for first > head && docs[first-1].size <= at-from {
		first--
		at -= docs[first].size
	}
	n, start = len(docs)-first, at
	for i := first; i < len(docs); i++ {
		e := &docs[i]
		next := at + e.size
		if e.gap || !begins(text, at) || maphash.Bytes(s.seed, text[at:next]) != e.sum {
			n, start = len(docs)-i-1, next
		}
		at = next
	}
	return n, start
}

// directs says whether a text has lines that may be directives of the document after them.
func directs(text []byte) bool {
	return bytes.HasPrefix(text, []byte("%")) || bytes.Contains(text, []byte("\n%"))
}

// begins says whether a line with a "---" marker begins at a place.
func begins(text []byte, at int) bool {
	return manifest.Begins(text[at:]) && (at == 0 || text[at-1] == '\n')
}

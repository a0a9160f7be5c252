package manifest

import (
	"bytes"
	"iter"
)

// Document is the text of one YAML document in a file.
type Document struct {
	Text []byte // its "---" and "..." lines included; comments before it are not
	Line int    // of the first byte of Text, from 1
	At   int    // line of the first byte that is no comment, directive or marker
	From int    // where Text begins in the file; -1 if it is not written there like that
	Dots bool   // it ends with a "..." line
}

// Documents cuts a file into its documents as Read does, without parsing it, and leaves out
// those without content. Texts are parts of the file where that is possible: they must not
// change. The cost is that of a few searches for markers over the whole text.
func Documents(text []byte) iter.Seq[Document] {
	if lineWith(text, "%", 0) < len(text) || bytes.Contains(text, []byte("\ufeff")) {
		return streamed(text)
	}
	return func(yield func(Document) bool) {
		next := markers{text: text, dash: -1, dot: -1}
		line := 1
		for start := 0; start < len(text); {
			end, dots := next.after(start)
			d, ok := document(text[start:end], line)
			d.From, d.Dots = end-len(d.Text), dots
			if ok && !yield(d) {
				return
			}
			line += bytes.Count(text[start:end], []byte("\n"))
			start = end
		}
	}
}

// Begins says whether a text begins with the "---" of a document.
func Begins(text []byte) bool {
	kind, _ := marker(text)
	return kind == '-'
}

// streamed splits a text with directives or byte order marks, which are rewritten.
func streamed(text []byte) iter.Seq[Document] {
	return func(yield func(Document) bool) {
		s := newSplitter(bytes.NewReader(text), int64(len(text)))
		for {
			c, err := s.next() // a text in memory has no error but its end
			if err != nil || !yield(Document{Text: bytes.Clone(c.text), Line: c.line, At: c.content, From: -1}) {
				return
			}
		}
	}
}

// document is what stands from one marker to the next; false if it has no content.
func document(text []byte, line int) (Document, bool) {
	kind, rest := marker(text)
	open := kind == '-'
	from, at := 0, line
	if !open {
		rest = text
	}
	for len(rest) > 0 {
		first, more, _ := bytes.Cut(rest, []byte("\n"))
		if kind, _ := marker(first); kind == '.' {
			return Document{}, false
		}
		if t := bytes.TrimLeft(first, " \t\r\n"); len(t) > 0 && t[0] != '#' {
			if !open {
				text, line = text[from:], at
			}
			return Document{Text: text, Line: line, At: at}, true
		}
		rest, at = more, at+1
		from = len(text) - len(rest)
	}
	return Document{}, false
}

// markers finds the lines that part documents. Each sort is searched for once over the text.
type markers struct {
	text      []byte
	dash, dot int // next line of the sort, at or after the place asked for last; -1 not known
}

// after is where the document that begins at start ends: before the next "---", or after
// the next "...", which is told.
func (m *markers) after(start int) (end int, dots bool) {
	if m.dash <= start {
		m.dash = m.find("---", start+1)
	}
	if m.dot < start {
		m.dot = m.find("...", start)
	}
	if m.dot < m.dash {
		if n := bytes.IndexByte(m.text[m.dot:], '\n'); n >= 0 {
			return m.dot + n + 1, true
		}
		return len(m.text), true
	}
	return m.dash, false
}

// find is the first line that begins at or after a place and is a marker of the sort; the
// end of the text if there is none.
func (m *markers) find(sort string, at int) int {
	for {
		at = lineWith(m.text, sort, at)
		if kind, _ := marker(m.text[at:]); kind != 0 || at == len(m.text) {
			return at
		}
		at++
	}
}

// lineWith is the first line that begins at or after a place, and with the given bytes; the
// end of the text if there is none. It looks for the bytes, which are rarer than lines.
func lineWith(text []byte, with string, at int) int {
	for at < len(text) {
		n := bytes.Index(text[at:], []byte(with))
		if n < 0 {
			break
		}
		if at += n; at == 0 || text[at-1] == '\n' {
			return at
		}
		at++
	}
	return len(text)
}

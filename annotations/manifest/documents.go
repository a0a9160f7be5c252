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
}

// Documents cuts a file into its documents as Read does, without parsing it, and leaves out
// those without content. Texts are parts of the file where that is possible: they must not
// change. The cost is that of a few searches for markers over the whole text.
func Documents(text []byte) iter.Seq[Document] {
	if bytes.HasPrefix(text, []byte("%")) || bytes.Contains(text, []byte("\n%")) || bytes.Contains(text, []byte("\ufeff")) {
		return streamed(text)
	}
	return func(yield func(Document) bool) {
		next := markers{text: text, dash: -1, dot: -1}
		line := 1
		for start := 0; start < len(text); {
			end := next.after(start)
			if d, ok := document(text[start:end], line); ok && !yield(d) {
				return
			}
			line += bytes.Count(text[start:end], []byte("\n"))
			start = end
		}
	}
}

// streamed splits a text with directives or byte order marks, which are rewritten.
func streamed(text []byte) iter.Seq[Document] {
	return func(yield func(Document) bool) {
		s := newSplitter(bytes.NewReader(text), int64(len(text)))
		for {
			c, err := s.next() // a text in memory has no error but its end
			if err != nil || !yield(Document{bytes.Clone(c.text), c.line, c.content}) {
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
			return Document{text, line, at}, true
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
// the next "...".
func (m *markers) after(start int) int {
	if m.dash <= start {
		m.dash = m.find("---", start, start)
	}
	if m.dot < start {
		m.dot = m.find("...", start, start-1)
	}
	if m.dot < m.dash {
		if n := bytes.IndexByte(m.text[m.dot:], '\n'); n >= 0 {
			return m.dot + n + 1
		}
		return len(m.text)
	}
	return m.dash
}

// find is the first line after the place, the one that begins at start included, that is a
// marker of the sort; the end of the text if there is none.
func (m *markers) find(sort string, start, after int) int {
	sep := []byte("\n" + sort)
	if after < start {
		if kind, _ := marker(m.text[start:]); kind == sort[0] {
			return start
		}
	}
	for at := start; ; {
		n := bytes.Index(m.text[at:], sep)
		if n < 0 {
			return len(m.text)
		}
		at += n + 1
		if kind, _ := marker(m.text[at:]); kind != 0 {
			return at
		}
	}
}

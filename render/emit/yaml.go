package emit

import (
	"strconv"
	"strings"
	"unicode"
)

// position is where the YAML printer stands when a value is due.
type position uint8

const (
	atStart   position = iota // of the document
	afterKey                  // behind "key:"
	afterDash                 // behind "-"
)

// yamlFrame is a map or list that is open. Its opening is written with its first entry,
// since an empty one looks different.
type yamlFrame struct {
	column int
	count  int      // entries so far
	opened position // where it stands
}

// yamlPrinter writes block style: two spaces a level, lists at the column of their key.
type yamlPrinter struct {
	buf    []byte
	frames []yamlFrame
	at     position
}

// longKey is the length of a written key from which YAML wants it marked by "?" (a
// simple key has at most 1024 characters).
const longKey = 1000

func (p *yamlPrinter) openMap()   { p.open(2) }
func (p *yamlPrinter) openList()  { p.open(0) }
func (p *yamlPrinter) closeMap()  { p.close("{}") }
func (p *yamlPrinter) closeList() { p.close("[]") }

// open pushes a frame; deeper is how far its entries stand in from a key that it follows.
func (p *yamlPrinter) open(deeper int) {
	f := yamlFrame{opened: p.at}
	switch p.at {
	case afterKey:
		f.column = p.top().column + deeper
	case afterDash:
		f.column = p.top().column + 2
	}
	p.frames = append(p.frames, f)
}

func (p *yamlPrinter) close(empty string) {
	f := *p.top()
	p.frames = p.frames[:len(p.frames)-1]
	if f.count == 0 {
		p.at = f.opened
		p.bare(empty)
	}
	if len(p.frames) == 0 {
		p.at = atStart
	}
}

func (p *yamlPrinter) top() *yamlFrame { return &p.frames[len(p.frames)-1] }

// entry goes to the place where the frame's next key or dash belongs.
func (p *yamlPrinter) entry() {
	f := p.top()
	switch {
	case f.count > 0:
		p.indent(f.column)
	case f.opened == afterKey:
		p.buf = append(p.buf, '\n')
		p.indent(f.column)
	case f.opened == afterDash:
		p.buf = append(p.buf, ' ')
	}
	f.count++
}

func (p *yamlPrinter) indent(n int) {
	const spaces = "                                "
	for ; n > len(spaces); n -= len(spaces) {
		p.buf = append(p.buf, spaces...)
	}
	p.buf = append(p.buf, spaces[:n]...)
}

func (p *yamlPrinter) key(name string, plain bool) {
	p.entry()
	p.at = afterKey
	if plain {
		p.buf = append(append(p.buf, name...), ':')
		return
	}
	start := len(p.buf)
	p.buf = appendScalar(p.buf, name)
	if len(p.buf)-start > longKey {
		long := string(p.buf[start:])
		p.buf = append(append(append(p.buf[:start], "? "...), long...), '\n')
		p.indent(p.top().column)
	}
	p.buf = append(p.buf, ':')
}

func (p *yamlPrinter) item() {
	p.entry()
	p.buf = append(p.buf, '-')
	p.at = afterDash
}

func (p *yamlPrinter) space() {
	if p.at != atStart {
		p.buf = append(p.buf, ' ')
	}
}

func (p *yamlPrinter) bare(s string) {
	p.space()
	p.buf = append(append(p.buf, s...), '\n')
}

func (p *yamlPrinter) integer(i int64) {
	p.space()
	p.buf = append(strconv.AppendInt(p.buf, i, 10), '\n')
}

func (p *yamlPrinter) natural(u uint64) {
	p.space()
	p.buf = append(strconv.AppendUint(p.buf, u, 10), '\n')
}

func (p *yamlPrinter) text(s string) {
	p.space()
	if fitsBlock(s) {
		p.block(s)
		return
	}
	p.buf = append(appendScalar(p.buf, s), '\n')
}

// block writes a literal block scalar.
func (p *yamlPrinter) block(s string) {
	body, ended := strings.CutSuffix(s, "\n")
	if ended {
		p.buf = append(p.buf, "|\n"...)
	} else {
		p.buf = append(p.buf, "|-\n"...)
	}
	column := p.top().column + 2
	for line := range strings.SplitSeq(body, "\n") {
		if line != "" {
			p.indent(column)
		}
		p.buf = append(append(p.buf, line...), '\n')
	}
}

// comment writes the lines of a comment. Every line break that YAML 1.1 knows begins a
// new line; other characters that YAML forbids become U+FFFD.
func (p *yamlPrinter) comment(head string) {
	if head == "" {
		return
	}
	head = strings.ReplaceAll(strings.TrimSuffix(head, "\n"), "\r\n", "\n")
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029:
			return '\n'
		case r == '\t' || unicode.IsPrint(r):
			return r
		default:
			return unicode.ReplacementChar
		}
	}, head)
	for line := range strings.SplitSeq(clean, "\n") {
		p.buf = append(p.buf, strings.TrimRight("# "+line, " \t")...)
		p.buf = append(p.buf, '\n')
	}
}

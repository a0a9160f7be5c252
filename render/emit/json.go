package emit

import "strconv"

// jsonPrinter writes JSON indented by two spaces.
type jsonPrinter struct {
	buf    []byte
	counts []int // entries so far of what is open
}

func (p *jsonPrinter) openMap()   { p.open('{') }
func (p *jsonPrinter) openList()  { p.open('[') }
func (p *jsonPrinter) closeMap()  { p.close('}') }
func (p *jsonPrinter) closeList() { p.close(']') }

func (p *jsonPrinter) open(c byte) {
	p.buf = append(p.buf, c)
	p.counts = append(p.counts, 0)
}

func (p *jsonPrinter) close(c byte) {
	last := len(p.counts) - 1
	count := p.counts[last]
	p.counts = p.counts[:last]
	if count > 0 {
		p.line()
	}
	p.buf = append(p.buf, c)
}

func (p *jsonPrinter) line() {
	p.buf = append(p.buf, '\n')
	for range p.counts {
		p.buf = append(p.buf, "  "...)
	}
}

func (p *jsonPrinter) item() {
	last := len(p.counts) - 1
	if p.counts[last] > 0 {
		p.buf = append(p.buf, ',')
	}
	p.counts[last]++
	p.line()
}

func (p *jsonPrinter) key(name string, _ bool) {
	p.item()
	p.buf = append(appendQuoted(p.buf, name), ": "...)
}

func (p *jsonPrinter) text(s string)    { p.buf = appendQuoted(p.buf, s) }
func (p *jsonPrinter) bare(s string)    { p.buf = append(p.buf, s...) }
func (p *jsonPrinter) integer(i int64)  { p.buf = strconv.AppendInt(p.buf, i, 10) }
func (p *jsonPrinter) natural(u uint64) { p.buf = strconv.AppendUint(p.buf, u, 10) }

package conf

// mostDepth is how deep blocks may lie in each other.
const mostDepth = 64

// Parse reads a text of directives. The error is an *Error; nothing is returned with it,
// since in nginx what follows a broken directive would be part of it.
func Parse(text string) ([]Directive, error) {
	p := &parser{lexer: newLexer(text)}
	all, err := p.block(0)
	if err != nil {
		return nil, err
	}
	return all, nil
}

type parser struct{ *lexer }

// block reads directives up to the end of the text, or of the block that it is in.
func (p *parser) block(depth int) ([]Directive, *Error) {
	all := []Directive{}
	for {
		t, err := p.next()
		if err != nil {
			return nil, err
		}
		switch {
		case t.kind == word:
			d, err := p.directive(t, depth)
			if err != nil {
				return nil, err
			}
			all = append(all, d)
		case t.kind == end && depth == 0, t.kind == closing && depth > 0:
			return all, nil
		case t.kind == end:
			return nil, p.fail("a block is not closed: expecting \"}\"")
		case t.kind == closing:
			return nil, p.fail("unexpected \"}\": no block is open")
		default:
			return nil, p.fail("a directive without a name")
		}
	}
}

// directive reads the rest of a directive behind its first word.
func (p *parser) directive(first token, depth int) (Directive, *Error) {
	d := Directive{Name: first.text, Line: first.line, Column: first.column}
	for {
		t, err := p.next()
		if err != nil {
			return d, err
		}
		switch t.kind {
		case word:
			d.Args = append(d.Args, t.text)
		case semicolon:
			return d, nil
		case opening:
			return d, p.body(&d, depth)
		case closing:
			return d, p.fail("unexpected \"}\": %s is not ended by \";\"", d.Name)
		case end:
			return d, &Error{Line: d.Line, Message: d.Name + " is not ended by \";\" or a block"}
		}
	}
}

// body reads what stands between the braces of a directive.
func (p *parser) body(d *Directive, depth int) (err *Error) {
	switch {
	case depth == mostDepth:
		return p.fail("blocks lie too deep in each other")
	case isLua(d.Name):
		d.Block = []Directive{}
		d.Lua, err = p.lua()
	default:
		d.Block, err = p.block(depth + 1)
	}
	return err
}

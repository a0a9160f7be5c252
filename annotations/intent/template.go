package intent

import "strings"

// Template is a text with variables of the request in braces:
//
//	{scheme}      http or https
//	{host}        the Host header without its port, as sent
//	{lower-host}  the same in lower case, without a trailing dot
//	{http-host}   the Host header, as sent
//	{port}        the port that the request came in by, 80 or 443
//	{uri}         path and query as sent
//	{uri-}        the same without one "/" at the end
//	{path}        the path after normalisation
//	{rest:N}      the path after normalisation without its first N bytes; where paths are
//	              Decoded, as EscapeCapture writes it
//	{date:N}      the time N seconds after the request came, in the form of a Date header
//	{?query}      "?" and the query, or nothing
//	{$1}..{$9}    captures of the route's rewrite or redirect; of a redirect they are as
//	              {rest:N} is
//	{var:NAME}    a variable of the source controller that has no name here
//
// "{{" is a literal "{".
type Template string

// Literal is a template that stands for s itself.
func Literal(s string) Template { return Template(strings.ReplaceAll(s, "{", "{{")) }

// Expand replaces the variables by what lookup gives for their names.
func (t Template) Expand(lookup func(name string) string) string {
	s := string(t)
	if !strings.Contains(s, "{") {
		return s
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if rest, ok := strings.CutPrefix(after, "{"); ok {
			b.WriteByte('{')
			s = rest
			continue
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed {
			b.WriteString("{" + after)
			return b.String()
		}
		b.WriteString(lookup(name))
		s = rest
	}
}

// Map puts templates in the place of variables; the text between them stays as it is.
func (t Template) Map(with func(name string) Template) Template {
	var b strings.Builder
	for s := string(t); s != ""; {
		before, after, found := strings.Cut(s, "{")
		b.WriteString(before)
		name, rest, closed := strings.Cut(after, "}")
		switch {
		case !found:
			return Template(b.String())
		case strings.HasPrefix(after, "{"):
			b.WriteString("{{")
			s = after[1:]
		case !closed:
			b.WriteString("{" + after)
			return Template(b.String())
		default:
			b.WriteString(string(with(name)))
			s = rest
		}
	}
	return Template(b.String())
}

// Constant is the template's text if it holds no variable.
func (t Template) Constant() (string, bool) {
	constant := true
	s := t.Expand(func(string) string { constant = false; return "" })
	return s, constant
}

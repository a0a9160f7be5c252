package nginx

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

// carry brings a route that a way through snippets leads to into a form that targets can
// have, or names the line of which none can say what it does. Headers of answers stand with
// the upstream's then, and what the host answers by itself is left as it is.
func (p *spot) carry(r *intent.Route, b snippet.Branch) *snippet.Unread {
	was := p.route
	answers := r.Forward == nil && b.End != nil
	for _, c := range b.When {
		if why := p.unaskable(c, answers); why != "" {
			return &snippet.Unread{Line: c.Line, Name: "if", Why: why}
		}
	}
	switch {
	case answers:
		p.asks(r, intent.WholeAnswer)
		return nil
	case r.Redirect != nil:
		p.asks(r, intent.Header)
		return nil
	case r.Forward == nil:
		was.Match = r.Match
		*r = was
		return nil
	}
	var set []intent.HeaderChange
	set, r.Response = ofSnippets(r.Response, len(was.Response))
	f := *r.Forward
	f.Response = slices.Concat(f.Response, set)
	r.Forward = &f
	p.accounted(r)
	return nil
}

// ofSnippets parts what snippets change of answers from the others, of which there are n:
// headers that are set stand before these, and lines that are added behind them.
func ofSnippets(all []intent.HeaderChange, n int) (own, others []intent.HeaderChange) {
	end := len(all)
	for end > 0 && all[end-1].Add {
		end--
	}
	return slices.Concat(all[:end-n], all[end:]), all[end-n : end]
}

// accounted notes for which parts of a route somebody has to account for the snippets.
func (p *spot) accounted(r *intent.Route) {
	was := p.route
	p.asks(r, intent.Header)
	for _, part := range []intent.Dimension{intent.AccessPart, intent.Satisfy, intent.BodySize} {
		if !intent.SameIn(part, r, &was) {
			p.asks(r, part)
		}
	}
}

// asks notes that the snippets in force ask for a part of a route. What they keep out has to
// stay out.
func (p *spot) asks(r *intent.Route, part intent.Dimension) {
	for _, s := range p.snips() {
		v := s.by.values[s.key]
		if a := (intent.Asked{Dimension: part, Key: Prefix + s.key, Security: true, Origin: v.origin}); !slices.Contains(r.Asked, a) {
			r.Asked = append(slices.Clip(r.Asked), a)
		}
		if !slices.Contains(r.Origins, v.origin) {
			r.Origins = append(slices.Clip(r.Origins), v.origin)
		}
	}
}

// snips are the snippets in force on the spot, that of the location first.
func (p *spot) snips() []*snip {
	var all []*snip
	if p.loc != nil && p.a.inLocation != nil {
		all = append(all, p.a.inLocation)
	}
	if p.server != nil {
		all = append(all, p.server)
	}
	return all
}

// turned are branches in which conditions that no target has are turned round: what is behind
// such a branch gets the opposite one, and the branch comes last.
func turned(branches []snippet.Branch) []snippet.Branch {
	if len(branches) < 2 {
		return branches
	}
	first, rest := branches[0], turned(branches[1:])
	if len(first.When) != 1 {
		return append([]snippet.Branch{first}, rest...)
	}
	c := first.When[0]
	opposite := c
	opposite.Not = !c.Not
	if sayable(c) || !sayable(opposite) {
		return append([]snippet.Branch{first}, rest...)
	}
	var out []snippet.Branch
	for _, b := range rest {
		b.When = append(slices.Clip(b.When), opposite)
		out = append(out, b)
	}
	first.When = nil
	return append(out, first)
}

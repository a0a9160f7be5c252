package equivalence

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// comparison is one case in two sides.
type comparison struct {
	*walk
	pair          pair
	request       table.Request
	before, after table.Decision
	found         []Difference // empty, with room
}

// differences are those of the case, each with the edit that names it, in the room of found.
func (c *comparison) differences() []Difference {
	if key, part := exposed(c.before, c.after, c.pair.edits); key != "" && !c.pair.exact {
		d := c.difference(part)
		d.Exposes = key
		return append(c.found, d)
	}
	if c.end.Escaped && !c.pair.exact {
		return c.found // path-matching
	}
	dims := c.followed(c.compared())
	if !c.pair.exact && c.byEscapes(dims) {
		return c.found
	}
	for _, dim := range dims {
		d := c.difference(dim)
		if !c.pair.exact {
			d.Edit = explain(c.request, c.before, c.after, dim, c.pair.edits)
		}
		c.found = append(c.found, d)
	}
	return c.found
}

// compared are the dimensions in which the two decisions on the request differ.
func (c *comparison) compared() []intent.Dimension {
	if c.pair.exact {
		return unlike(c.before, c.after)
	}
	return differing(c.request, c.before, c.after)
}

func (c *comparison) difference(d intent.Dimension) Difference {
	return Difference{Request: c.request, Dimension: d, Before: c.before, After: c.after}
}

// followed makes sure that two routes that agree on this request do so on all others of the
// case. If they are not known to, further requests of the case may show a difference; else
// the host is not proved.
func (c *comparison) followed(dims []intent.Dimension) []intent.Dimension {
	why := c.unknown(dims)
	if why == "" {
		return dims
	}
	first := *c
	for _, more := range []string{"/", "x", "/x", "x/y"} {
		path, query, _ := strings.Cut(first.request.URI, "?")
		if strings.HasSuffix(path, "/") && more[0] == '/' {
			continue // no clean path
		}
		c.request.URI = path + more
		if query != "" {
			c.request.URI += "?" + query
		}
		if c.again() {
			if other := c.compared(); len(other) > len(dims) {
				return other
			}
		}
	}
	c.request, c.before, c.after = first.request, first.before, first.after
	c.unsure = cmp.Or(c.unsure, why)
	return dims
}

// again asks both sides about another request; false if other routes answer it.
func (c *comparison) again() bool {
	p := table.Prepare(c.request)
	c.before = c.sides[c.pair.before].table.Match(p)
	c.after = c.sides[c.pair.after].table.Match(p)
	return c.before.RouteIndex == c.picked[c.pair.before].at() && c.after.RouteIndex == c.picked[c.pair.after].at()
}

// unknown is why equal answers of two routes may differ for other requests of the case.
func (c *comparison) unknown(dims []intent.Dimension) string {
	b, a := c.picked[c.pair.before], c.picked[c.pair.after]
	differs := func(d intent.Dimension) bool {
		return slices.Contains(dims, intent.WholeAnswer) || slices.Contains(dims, d)
	}
	refused := a != nil && a.Respond != nil && a.Respond.Status == 503 // whatever the rewrite makes
	for _, r := range []*sideRoute{b, a} {
		if r != nil && r.Forward != nil && mayVanish(r) && !refused {
			return "rewrite sampled: " + r.Match.Path.String() + " is answered 500 where its rewrite comes out empty, and it has " + unfollowed
		}
	}
	switch {
	case redirects(c.before) && redirects(c.after):
		if !differs(intent.Location) && !c.sameLocation(b, a) {
			return "redirect sampled: the Location of " + b.Match.Path.String() + " is another function of the request"
		}
	case c.before.Status == 0 && c.after.Status == 0 && !differs(intent.RewritePath) && !alike(b.Forward.Rewrite, a.Forward.Rewrite):
		f, ok := b.rewrite.of(c.end)
		g, okAfter := a.rewrite.of(c.end)
		fixed, whole := c.fixed(c.end)
		if !ok || !okAfter || !agree(f, g, c.end, fixed, whole) {
			return "rewrite sampled: " + b.Match.Path.String() + " has " + unfollowed
		}
	}
	if c.before.Status == 0 && c.after.Status == 0 && !differs(intent.Header) && !sameTemplates(c, b.Forward, a.Forward) {
		return "header sampled: " + b.Match.Path.String() + " sets headers to parts of the request, by another text"
	}
	return ""
}

// sameLocation says whether the Locations of two routes are one function of the request. Most
// are those of two redirects to https that say the same.
func (c *comparison) sameLocation(b, a *sideRoute) bool {
	if !c.secure() && b.HTTPS != nil && a.HTTPS != nil && *b.HTTPS == *a.HTTPS {
		return true
	}
	return c.location(b.Route) == c.location(a.Route) || c.location(c.settled(b)) == c.location(c.settled(a))
}

// location is the Location of a route as a function of the request.
func (c *comparison) location(r *intent.Route) string {
	return locationOf(r, c.secure(), c.queried(), c.pair.exact)
}

// mayVanish says whether a rewrite that is not followed may come out empty, which is
// answered at once.
func mayVanish(r *sideRoute) bool {
	return r.rewrite != nil && r.rewrite.why != "" && captures.ReplaceAllString(r.Forward.Rewrite.To, "") == ""
}

var captures = regexp.MustCompile(`\$[1-9]`)

// sameTemplates says whether what depends on the request in the headers of two routes has
// the same texts. Between two data planes a Host is the request's within the domain, however
// it is written there.
func sameTemplates(c *comparison, f, g *intent.Forward) bool {
	variable := func(hs []intent.HeaderChange) []intent.HeaderChange {
		return slices.DeleteFunc(slices.Clone(hs), func(h intent.HeaderChange) bool { _, constant := h.Value.Constant(); return constant })
	}
	own := func(t intent.Template) intent.Template {
		if !c.pair.exact && (t == "{host}" || t == "{lower-host}" || t == intent.Literal(c.request.Host)) {
			return ""
		}
		return asSent(t)
	}
	return slices.Equal(variable(f.Request), variable(g.Request)) && slices.Equal(variable(f.Response), variable(g.Response)) && own(f.Host) == own(g.Host)
}

// byEscapes says whether a difference is only there because patterns see an escape as one
// character before and as three after (platform profile: path-matching).
func (c *comparison) byEscapes(dims []intent.Dimension) bool {
	if len(dims) == 0 || !strings.Contains(c.end.Text, "%") || !c.patterned() {
		return false
	}
	p := table.Prepare(c.request)
	before := c.sides[c.pair.before].table.MatchDecoded(p)
	after := c.sides[c.pair.after].table.MatchDecoded(p)
	key, _ := exposed(before, after, c.pair.edits)
	return key == "" && !slices.ContainsFunc(differing(c.request, before, after), func(d intent.Dimension) bool {
		return explain(c.request, before, after, d, c.pair.edits) == nil
	})
}

// patterned says whether a side matches paths by patterns.
func (c *comparison) patterned() bool {
	for _, i := range []int{c.pair.before, c.pair.after} {
		if slices.ContainsFunc(c.sides[i].routes, func(r sideRoute) bool { return r.Match.Path.Kind == intent.RegexPath }) {
			return true
		}
	}
	return false
}

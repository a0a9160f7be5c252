package nginx

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

var (
	errOrder = errors.New("not carried over with a condition on the path behind others, which targets ask after it: put it first")
	errTaken = errors.New("not carried over with a path that lies below another one of the host: give it a rule of its own in the Ingress")
)

// unasked is why no target asks for a path where an if does, or "".
func (p *spot) unasked(c snippet.Cond) string {
	m := intent.Match{Path: p.route.Match.Path}
	possible, err := narrow(&m, c)
	switch {
	case err != nil:
		return err.Error()
	case !possible, m.Path == p.route.Match.Path:
		return ""
	case p.loc == nil, p.route.Match.Path.Kind == intent.RegexPath, m.Path.Kind == intent.RegexPath:
		return fmt.Sprintf("not carried over with a condition on $%s: give the path a rule of its own in the Ingress", c.Var)
	case !p.elsewhere(m.Path) && p.below(m.Path):
		return errTaken.Error()
	}
	return ""
}

// elsewhere says whether all requests of a path come to other locations of the host.
func (p *spot) elsewhere(path intent.Path) bool {
	return slices.ContainsFunc(p.host.Routes, func(r intent.Route) bool {
		own := r.Match.Path
		if own.Kind == intent.RegexPath || len(own.Value) <= len(p.route.Match.Path.Value) || !r.Match.Equal(intent.Match{Path: own}) {
			return false
		}
		below := strings.HasPrefix(path.Value, blockOf(own))
		switch own.Kind {
		case intent.ExactPath:
			return path == own
		case intent.SegmentPrefix:
			return below || path.Kind == intent.ExactPath && path.Value == own.Value
		}
		return below
	})
}

// below says whether a path lies below one of the host that is longer than that of the
// location: targets would ask for the longer of both first.
func (p *spot) below(path intent.Path) bool {
	shadows := func(start string) bool {
		return len(start) > len(p.route.Match.Path.Value) && strings.HasPrefix(path.Value, start)
	}
	for _, r := range p.host.Routes {
		if r.Match.Path.Kind != intent.ExactPath && shadows(r.Match.Path.Value) {
			return true
		}
	}
	if p.server == nil {
		return false
	}
	for _, l := range snippet.Locations(p.server.steps) {
		if strings.HasPrefix(l.Modifier, "~") || l.Modifier != "=" && shadows(l.Path) {
			return true
		}
	}
	return false
}

// orderly says whether the last of some routes of a location may stand behind the others in
// targets, which ask for exact paths first and then for the longest.
func (p *spot) orderly(rs []intent.Route) bool {
	last := rs[len(rs)-1].Match.Path
	for _, r := range rs[:len(rs)-1] {
		path := r.Match.Path
		if path != last && last != p.route.Match.Path && (path == p.route.Match.Path || path.Kind != intent.ExactPath && strings.HasPrefix(last.Value, path.Value)) {
			return false
		}
	}
	return true
}

// swap makes a rewrite that replaces the text at the start of the path one that says so, and
// a match of it.
func (p *spot) swap(m *intent.Match, rw *intent.Rewrite, s patternShape) error {
	to, rest := strings.CutSuffix(rw.To, "$"+strconv.Itoa(s.rest))
	path := p.route.Match.Path
	switch {
	case !s.open || s.rest == 0 || !rest || strings.Contains(to, "$") || !strings.HasPrefix(to, "/") || m.Path != path || path.Kind == intent.RegexPath:
		return errors.New("not carried over: HTTPProxy replaces the start of paths only; write it as ^/old/(.*)$ /new/$1, or rewrite in the application")
	case strings.HasPrefix(path.Value, s.literal):
		*rw = intent.Rewrite{Kind: intent.SwapPrefix, From: path.Value, To: to + path.Value[len(s.literal):]}
		return nil
	case !beginsIn(path, s.literal):
		return errors.New("not carried over, since it depends on the path whether it is done")
	}
	m.Path = intent.Path{Kind: intent.StringPrefix, Value: s.literal}
	if p.elsewhere(m.Path) { // no such path comes here
		m.Path, *rw = path, intent.Rewrite{}
		return nil
	}
	*rw = intent.Rewrite{Kind: intent.SwapPrefix, From: s.literal, To: to}
	if p.below(m.Path) {
		return errTaken
	}
	return nil
}

// swaps says whether a route is one of swap.
func swaps(r intent.Route) bool {
	return r.Forward != nil && r.Forward.Rewrite != nil && r.Forward.Rewrite.Kind == intent.SwapPrefix
}

// unswapped is the rest of a location, in which swap changes nothing; none if that is all.
func (p *spot) unswapped(r intent.Route) []intent.Route {
	if r.Match.Path == p.route.Match.Path {
		return nil
	}
	f := *r.Forward
	f.Rewrite = nil
	r.Forward, r.Match.Path = &f, p.route.Match.Path
	return []intent.Route{r}
}

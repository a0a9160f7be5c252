package nginx

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

// withServer puts before and between the routes of a host what the snippet of its server
// answers by itself. Where that is not read, all routes are guarded.
func (x *explicit) withServer(h *intent.Host, srv *server, routes []intent.Route) []intent.Route {
	s := x.serverSnippet(srv)
	if s == nil || len(s.unread) > 0 {
		return routes
	}
	p := &serverSpot{spot: spot{x: x, a: s.by, host: h, server: s}, srv: srv, routes: routes}
	if unread := p.locations(); unread != nil {
		return x.close(routes, s, s.opaque([]snippet.Unread{*unread}))
	}
	front, unread := p.front()
	if unread != nil {
		return x.close(routes, s, s.opaque([]snippet.Unread{*unread}))
	}
	if x.converting {
		return p.everywhere(front)
	}
	return append(front, p.routes...)
}

// serverSpot is a server in which a snippet stands.
type serverSpot struct {
	spot
	srv    *server
	routes []intent.Route
}

// bare is a route of the server itself.
func (p *serverSpot) bare(path intent.Path) intent.Route {
	s := p.server
	return intent.Route{Match: intent.Match{Path: path}, Bare: true, Origins: []ledger.Origin{s.by.values[s.key].origin, s.by.Origin}}
}

// front are the answers that come before any location is looked for.
func (p *serverSpot) front() ([]intent.Route, *snippet.Unread) {
	branches, unread := snippet.Branches(p.server.steps, p.constants())
	if unread != nil {
		return nil, unread
	}
	var rs []intent.Route
	passed := false
	for _, b := range branches {
		if _, breaks := b.Ends().(snippet.Break); b.End == nil || breaks {
			passed = true
			continue
		}
		b.Steps = p.headersOf(b.Steps)
		p.route = p.bare(intent.Path{Kind: intent.SegmentPrefix, Value: "/"})
		r, possible, unread := p.way(b)
		switch {
		case unread != nil:
			return nil, unread
		case r.Redirect == nil && r.Respond == nil:
			return nil, stuck(b, "not read in a server, since the location is chosen by the new path")
		case passed && possible:
			return nil, stuck(b, "not read behind a condition under which the locations are asked")
		case possible:
			rs = append(rs, r)
		}
	}
	return rs, nil
}

func stuck(b snippet.Branch, why string) *snippet.Unread {
	return &snippet.Unread{Line: b.End.Line, Name: b.End.Name, Why: why}
}

// locations puts the locations of the snippet between the others.
func (p *serverSpot) locations() *snippet.Unread {
	found := snippet.Locations(p.server.steps)
	kinds := map[string]bool{}
	for _, l := range found {
		kinds[l.Modifier] = true
	}
	_, regex := p.srv.blocks()
	for _, l := range found {
		var rs []intent.Route
		err := p.refused(l, found)
		if kinds["^~"] && (kinds[""] && regex || !regex && (kinds["~"] || kinds["~*"])) {
			err = errors.New("not read, since which location is chosen depends on others")
		}
		if err == nil && p.x.converting {
			err = p.unplaceable(l)
		}
		if err == nil {
			rs, err = p.location(l)
		}
		if err != nil {
			return &snippet.Unread{Line: l.Line, Name: "location", Why: err.Error()}
		}
		if regex && l.Modifier == "" {
			continue // on this host a regular expression of the controller fits every path
		}
		p.insert(l, rs, regex)
	}
	return nil
}

// refused is why nginx takes no location of this path, or nil.
func (p *serverSpot) refused(l snippet.Location, found []snippet.Location) error {
	if strings.HasPrefix(l.Modifier, "~") {
		_, err := shapeOf(l.Path)
		return err
	}
	exact := l.Modifier == "="
	blocks, regex := p.srv.blocks()
	twice := slices.ContainsFunc(blocks, func(b block) bool { return !regex && b.path == l.Path && (b.kind == exactPath) == exact }) ||
		slices.ContainsFunc(found, func(o snippet.Location) bool {
			return o.Line != l.Line && o.Path == l.Path && !strings.HasPrefix(o.Modifier, "~") && (o.Modifier == "=") == exact
		})
	if twice {
		return fmt.Errorf("nginx refuses its configuration, since the location %s is there twice", l.Path)
	}
	return nil
}

// location are the routes of a location that answers whatever comes to it by itself.
func (p *serverSpot) location(l snippet.Location) ([]intent.Route, error) {
	path := intent.Path{Kind: intent.StringPrefix, Value: l.Path}
	switch l.Modifier {
	case "=":
		path.Kind = intent.ExactPath
	case "~", "~*":
		path.Kind, path.Fold = intent.RegexPath, l.Modifier == "~*"
		if p.x.converting {
			path, _ = targetPattern(l) // unplaceable has told why there is none
		}
	}
	outer := snippet.Outer(p.server.steps, l.Steps)
	steps := append(outer, l.Steps...)
	branches, unread := p.branches(steps)
	if unread != nil {
		return nil, errors.New(unread.String())
	}
	var rs []intent.Route
	for _, b := range branches {
		p.route = p.bare(path)
		p.route.Policies = &intent.Policies{Limits: &intent.Limits{Body: nginxBody}, Errors: p.x.global.errorPages()}
		p.limit(steps)
		if b.End == nil && keepsAllOut(steps) {
			b.End = &snippet.Step{Do: snippet.Return{Status: 403}}
		}
		if _, answers := b.Ends().(snippet.Return); !answers {
			return nil, errors.New("not read, since it serves files or an application of its own")
		}
		b.Steps = p.headersOf(b.Steps)
		r, possible, unread := p.way(b)
		if unread != nil {
			return nil, errors.New(unread.String())
		}
		if possible {
			rs = append(rs, r)
		}
	}
	return rs, nil
}

// limit is the largest body that the location takes.
func (p *serverSpot) limit(steps []snippet.Step) {
	for _, s := range steps {
		if a, ok := s.Do.(snippet.Setting); ok && a.Name == "client_max_body_size" {
			if n, ok := byteSize(a.Args[0], true); ok {
				p.route.Policies.Limits.Body = n
			}
		}
	}
}

// keepsAllOut says whether the first rule keeps everybody out.
func keepsAllOut(steps []snippet.Step) bool {
	for _, s := range steps {
		if a, ok := s.Do.(snippet.Access); ok {
			return !a.Allow && a.Network == "all"
		}
	}
	return false
}

// insert puts the routes of a location where nginx would look for it: exact ones first, then
// regular expressions in their order, then the longest prefix.
func (p *serverSpot) insert(l snippet.Location, rs []intent.Route, regex bool) {
	at := 0
	for at < len(p.routes) && p.before(l, p.routes[at], regex) {
		at++
	}
	if strings.HasPrefix(l.Modifier, "~") && !regex {
		rs = append(p.exactHalves(rs[0].Match.Path), rs...)
	}
	p.routes = slices.Concat(p.routes[:at:at], rs, p.routes[at:])
}

// before says whether a route is looked at before a location of the snippet.
func (p *serverSpot) before(l snippet.Location, r intent.Route, regex bool) bool {
	own := len(r.Origins) > 0 && r.Origins[0] == p.server.by.values[p.server.key].origin
	path := r.Match.Path
	switch {
	case r.Bare && !own: // what the server answers before it looks for a location
		return true
	case l.Modifier == "=":
		return own && path.Kind == intent.ExactPath
	case path.Kind == intent.ExactPath && (own || !regex):
		return true
	case strings.HasPrefix(l.Modifier, "~"):
		return own && (path.Kind == intent.RegexPath || regex)
	case path.Kind == intent.RegexPath:
		return own && !regex
	}
	return len(blockOf(path)) >= len(l.Path)
}

// blockOf is the path of the block that a route of a prefix comes from.
func blockOf(p intent.Path) string {
	if p.Kind == intent.SegmentPrefix {
		return strings.TrimSuffix(p.Value, "/") + "/"
	}
	return p.Value
}

// exactHalves are the routes of Prefix locations for their own path, which nginx compares
// before it looks at regular expressions.
func (p *serverSpot) exactHalves(path intent.Path) []intent.Route {
	var out []intent.Route
	for _, r := range p.routes {
		own := cmp.Or(r.Match.Path.Value, "/")
		if fit, err := fits(path, own); err != nil || !fit || r.Match.Path.Kind != intent.SegmentPrefix || own == "/" {
			continue
		}
		r.Match.Path = intent.Path{Kind: intent.ExactPath, Value: own}
		out = append(out, r)
	}
	return out
}

package equivalence

import (
	"slices"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// explain finds the edit that names a difference: one of the route that answered before,
// or one that widens another route of its host.
func explain(r table.Request, before, after table.Decision, dim intent.Dimension, edits []intent.Edit) *intent.Edit {
	leadsOn := dim == intent.WholeAnswer && guardedWay(after) // to https, which is asked for itself
	for i, e := range edits {
		if (e.Dimension != dim && e.Dimension != intent.WholeAnswer) || (e.To == "503" && !blocked(after) && !leadsOn) {
			continue
		}
		if e.Dimension == dim && (e.Route == before.RouteIndex && !names(e, before.Route, after.Route) || !namesTLS(e, before, after)) {
			continue
		}
		if dim == intent.StatusCode && e.Dimension == dim && e.To != strconv.Itoa(after.Status) {
			continue
		}
		if e.Guard == intent.Widened {
			if before.Host != nil && e.Route >= 0 && e.Route < len(before.Host.Routes) && holds(intent.OpenEnd, r, &before.Host.Routes[e.Route]) &&
				answersAs(e.Route, &before.Host.Routes[e.Route], after, edits) {
				return &edits[i]
			}
			continue
		}
		if e.Route < 0 && e.Dimension == dim && holds(e.Guard, r, &intent.Route{}) {
			return &edits[i]
		}
		if e.Route == before.RouteIndex && before.Route != nil && holds(e.Guard, r, before.Route) {
			return &edits[i]
		}
	}
	return nil
}

// answersAs says whether a decision is what the route at index i would answer, or a part of
// its backends, where an edit says of it that others were left out.
func answersAs(i int, r *intent.Route, d table.Decision, edits []intent.Edit) bool {
	if r.Forward == nil || d.Status != 0 {
		return d.Status != 404
	}
	if !slices.ContainsFunc(edits, func(e intent.Edit) bool { return e.Route == i && e.Dimension == intent.Backends }) {
		return sameBackends(r.Forward.Backends, d.Backends)
	}
	return !slices.ContainsFunc(d.Backends, func(b intent.Backend) bool {
		return !slices.ContainsFunc(r.Forward.Backends, func(o intent.Backend) bool {
			return o.Namespace == b.Namespace && o.Service == b.Service && o.Port == b.Port
		})
	})
}

// blocked says whether a decision comes from a route that answers 503, even where plain
// http is sent to https first.
func blocked(d table.Decision) bool {
	return d.Status == 503 || (d.Route != nil && d.Route.Respond != nil && d.Route.Respond.Status == 503)
}

// holds says whether a guard holds for a request to a route.
func holds(g intent.Guard, r table.Request, route *intent.Route) bool {
	path, _, query := strings.Cut(r.URI, "?")
	lit := literal(route.Match.Path)
	rest, plain := strings.CutPrefix(path, lit)
	switch g {
	case intent.Always:
		return true
	case intent.CaseOnly:
		return !plain && len(path) >= len(lit) && strings.EqualFold(path[:len(lit)], lit)
	case intent.OpenEnd:
		return plain && rest != "" && rest[0] != '/' && !strings.HasSuffix(lit, "/")
	case intent.BelowPath:
		return path != lit
	case intent.EmptyRest:
		return rest == "" && plain
	case intent.HasQuery:
		return query
	case intent.HTTPSOnly:
		return r.Scheme == "https"
	case intent.HTTPOnly:
		return r.Scheme == "http"
	}
	return false
}

// literal is the text that a path begins with in any case.
func literal(p intent.Path) string {
	if p.Kind != intent.RegexPath {
		return p.Value
	}
	text := strings.TrimPrefix(p.Value, "^")
	if i := strings.IndexAny(text, `\.+*?()|[]{}^$`); i >= 0 {
		text = text[:i]
		if strings.HasSuffix(p.Value, "/?(.*)") || strings.HasSuffix(p.Value, "/?(.*)$") {
			text = strings.TrimSuffix(text, "/")
		}
	}
	return text
}

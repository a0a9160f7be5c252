package server

import (
	"fmt"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/serve"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// Routes shows all routes, or those of one host.
func (p *pipeline) Routes(host string) []serve.Route {
	site := "*"
	if host != "" {
		site = host
	}
	shown := p.Shown(site)
	all := make([]serve.Route, len(shown))
	for i := range shown {
		s := &shown[i]
		all[i] = serve.Route{
			Host: s.Site, ID: s.ID, Match: matchText(s.Route.Match), Action: actionText(s.Route),
			Team: s.Team, Plane: planeName(s.Plane), Broken: s.Closed,
		}
		if len(s.Route.Origins) > 0 {
			all[i].Origin = s.Route.Origins[0].String()
		}
	}
	return all
}

// Resolve says what the tables answer to a request.
func (p *pipeline) Resolve(r table.Request) serve.Resolution {
	found := p.Proxy.Resolve(r)
	out := serve.Resolution{Request: r, Decision: found.Decision, Note: found.Note}
	if s := found.Shown; s != nil {
		out.Route, out.Team, out.Plane = s.ID, s.Team, planeName(s.Plane)
	}
	return out
}

func (p *pipeline) counts() serve.Counts {
	sites, routes, endpoints := p.Count()
	return serve.Counts{Hosts: sites, Routes: routes, Endpoints: endpoints}
}

func planeName(f intent.PathForm) string {
	if f == intent.Decoded {
		return "nginx"
	}
	return "envoy"
}

// matchText is a match in one line.
func matchText(m intent.Match) string {
	parts := []string{m.Path.String()}
	if len(m.Methods) > 0 {
		parts = append(parts, "method "+strings.Join(m.Methods, ","))
	}
	for _, of := range []struct {
		kind  string
		conds []intent.Cond
	}{{"header", m.Headers}, {"query", m.Query}, {"cookie", m.Cookies}} {
		for _, c := range of.conds {
			parts = append(parts, of.kind+" "+c.String())
		}
	}
	return strings.Join(parts, ", ")
}

// actionText says in one line where a route leads.
func actionText(r *intent.Route) string {
	switch {
	case r.Redirect != nil:
		return fmt.Sprintf("redirect %d %s", r.Redirect.Status, r.Redirect.Path)
	case r.Respond != nil:
		return strings.TrimSpace(fmt.Sprintf("respond %d %s", r.Respond.Status, r.Respond.Blocked))
	}
	var all []string
	for _, b := range r.Forward.Backends {
		text := fmt.Sprintf("%s/%s:%s", b.Namespace, b.Service, b.Port)
		if len(r.Forward.Backends) > 1 {
			text += fmt.Sprintf(" (%d)", b.Weight)
		}
		all = append(all, text)
	}
	return "forward " + strings.Join(all, ", ")
}

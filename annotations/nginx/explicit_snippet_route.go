package nginx

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

// routes are the ways through steps that stand in a location, in nginx's order: what the
// rewrite module does comes before access and the way to https, and behind preflights.
func (p *spot) routes(steps []snippet.Step) ([]intent.Route, *snippet.Unread) {
	if p.route.Redirect != nil && !p.x.own(p.loc, p.route) { // nginx's own, before the location is asked
		r := p.route
		unread := p.declare(&r, snippet.Branch{Steps: p.headersOf(steps)})
		if p.x.converting {
			p.asks(&r, intent.Header)
		}
		return []intent.Route{r}, unread
	}
	if unread := p.clash(steps); unread != nil {
		return nil, unread
	}
	branches, unread := p.branches(steps)
	if unread != nil {
		return nil, unread
	}
	var rs []intent.Route
	for _, b := range branches {
		r, possible, unread := p.way(b)
		if unread != nil {
			return nil, unread
		}
		if possible {
			rs = append(rs, r)
		}
		if possible && p.x.converting && !p.orderly(rs) {
			return nil, p.unread(b, append(slices.Clip(b.When), snippet.Cond{})[0], errOrder)
		}
		if possible && p.x.converting && swaps(r) {
			rs = append(rs, p.unswapped(r)...)
		}
	}
	for len(rs) > 1 && rs[len(rs)-2].SameAnswer(rs[len(rs)-1]) && len(branches[len(branches)-1].When) == 0 {
		rs = slices.Delete(rs, len(rs)-2, len(rs)-1) // what is left over does the same
	}
	return rs, nil
}

// clash is what of the steps can not be said beside what else holds in the location.
func (p *spot) clash(steps []snippet.Step) *snippet.Unread {
	for _, s := range steps {
		if a, ok := s.Do.(snippet.If); ok && p.a.policies.CORS != nil && snippet.Declares([]snippet.Step{s}) {
			return &snippet.Unread{Line: s.Line, Name: s.Name, Why: fmt.Sprintf("not read beside %senable-cors, whose headers are lost where $%s is so", Prefix, a.Cond.Var)}
		}
	}
	if p.server == nil {
		return nil
	}
	for _, s := range snippet.Sets(steps) {
		for _, o := range snippet.Sets(p.server.steps) {
			if o.Do.(snippet.Set).Name == s.Do.(snippet.Set).Name {
				return &snippet.Unread{Line: s.Line, Name: s.Name, Why: "not read for a variable that the server-snippet sets, too"}
			}
		}
	}
	return nil
}

// constants are variables that have one value on the host.
func (p *spot) constants() map[string]string {
	exact := func(name string) bool { return name != "" && name[0] != '~' && name[0] != '*' }
	known := map[string]string{}
	if exact(p.host.Name) {
		known["host"] = p.host.Name
	}
	if name := cmp.Or(p.host.AliasOf, p.host.Name); exact(name) {
		known["server_name"] = name
	}
	return known
}

// way is the route for one way through the steps, of a model for a target in a form that
// targets have.
func (p *spot) way(b snippet.Branch) (r intent.Route, possible bool, unread *snippet.Unread) {
	r, possible, unread = p.branch(b)
	if unread == nil && possible && p.x.converting {
		unread = p.carry(&r, b)
		possible = r.Match.Path == p.route.Match.Path || !p.elsewhere(r.Match.Path)
	}
	return r, possible, unread
}

// branch is the route for one way through the steps; it is not possible where its
// conditions exclude each other.
func (p *spot) branch(b snippet.Branch) (r intent.Route, possible bool, unread *snippet.Unread) {
	r = p.route
	for _, c := range b.When {
		possible, err := narrow(&r.Match, c)
		if err != nil {
			return r, false, p.unread(b, c, err)
		}
		if !possible {
			return r, false, nil
		}
	}
	if b.End != nil {
		if err := p.end(&r, b); err != nil {
			return r, false, &snippet.Unread{Line: b.End.Line, Name: b.End.Name, Why: err.Error()}
		}
	}
	return r, true, p.declare(&r, b)
}

// branches are the ways through steps; for a target in a form without conditions that it has
// only turned round.
func (p *spot) branches(steps []snippet.Step) ([]snippet.Branch, *snippet.Unread) {
	branches, unread := snippet.Branches(steps, p.constants())
	if p.x.converting {
		branches = turned(branches)
	}
	return branches, unread
}

// unread tells of a condition; it is named by what it leads to.
func (p *spot) unread(b snippet.Branch, c snippet.Cond, err error) *snippet.Unread {
	if b.End != nil {
		return &snippet.Unread{Line: b.End.Line, Name: b.End.Name, Why: err.Error()}
	}
	return &snippet.Unread{Line: c.Line, Name: "if", Why: err.Error()}
}

// end does what a branch comes to.
func (p *spot) end(r *intent.Route, b snippet.Branch) error {
	switch a := b.End.Do.(type) {
	case snippet.Return:
		return p.answer(r, a, b)
	case snippet.Rewrite:
		return p.rewrite(r, a, b)
	}
	if r.Redirect != nil || r.Forward != nil && r.Forward.Rewrite != nil {
		return errors.New("not read, since the controller's own redirect or rewrite is left out behind it")
	}
	return nil
}

// answer has the route answer by itself, before access, limits and the way to https.
func (p *spot) answer(r *intent.Route, a snippet.Return, b snippet.Branch) error {
	before := r.Policies
	r.Forward, r.Redirect, r.Respond, r.HTTPS, r.Policies = nil, nil, nil, nil, nil
	if before != nil {
		r.Policies = beforeRedirect(*before)
	}
	if a.Redirects() {
		to, err := p.redirect(a.Status, a.Text, b.Vars, "")
		r.Redirect = to
		return err
	}
	body, err := p.template(a.Text, b.Vars)
	text, constant := body.Constant()
	switch {
	case err != nil:
		return err
	case !constant:
		return errors.New("not read with variables in the body")
	case before != nil && before.External != nil && before.External.SignIn != "" && a.Status == 401 && text == "":
		return errors.New("not read beside " + Prefix + "auth-signin, which every 401 leads to")
	}
	r.Respond = &intent.Respond{Status: a.Status, Body: text}
	if text != "" {
		r.Respond.Type = p.mediaType(b.Steps)
	} else if before != nil && a.Status >= 400 {
		r.Policies.Errors = before.Errors
	}
	return nil
}

// mediaType is that of what nginx answers itself.
func (p *spot) mediaType(steps []snippet.Step) string {
	for _, s := range steps {
		if t, ok := s.Do.(snippet.DefaultType); ok {
			return t.Type
		}
	}
	return p.x.global.text("default-type", "text/html")
}

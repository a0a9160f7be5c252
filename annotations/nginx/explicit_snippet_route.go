package nginx

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

// routes are the ways through steps that stand in a location, in nginx's order: what the
// rewrite module does comes before access and the way to https, and behind preflights.
func (p *spot) routes(steps []snippet.Step) ([]intent.Route, *snippet.Unread) {
	if p.route.Redirect != nil && !p.x.own(p.loc, p.route) { // nginx's own, before the location is asked
		r := p.route
		return []intent.Route{r}, p.declare(&r, snippet.Branch{Steps: p.headersOf(steps)})
	}
	if unread := p.clash(steps); unread != nil {
		return nil, unread
	}
	branches, unread := snippet.Branches(steps, p.constants())
	if unread != nil {
		return nil, unread
	}
	var rs []intent.Route
	for _, b := range branches {
		r, possible, unread := p.branch(b)
		if unread != nil {
			return nil, unread
		}
		if possible {
			rs = append(rs, r)
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

// branch is the route for one way through the steps; it is not possible where its
// conditions exclude each other.
func (p *spot) branch(b snippet.Branch) (r intent.Route, possible bool, unread *snippet.Unread) {
	r = p.route
	for _, c := range b.When {
		possible, err := narrow(&r.Match, c)
		if err != nil {
			return r, false, p.unread(b, err)
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

// unread tells of a condition; it is named by what it leads to.
func (p *spot) unread(b snippet.Branch, err error) *snippet.Unread {
	if b.End != nil {
		return &snippet.Unread{Line: b.End.Line, Name: b.End.Name, Why: err.Error()}
	}
	s := b.Steps[len(b.Steps)-1]
	return &snippet.Unread{Line: s.Line, Name: s.Name, Why: err.Error()}
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

// rewrite redirects, or changes the path that the upstream sees.
func (p *spot) rewrite(r *intent.Route, a snippet.Rewrite, b snippet.Branch) error {
	shape, err := shapeOf(a.Pattern)
	switch {
	case err != nil:
		return err
	case a.Last:
		return errors.New("not read without break, redirect or permanent, since the location is chosen again by the new path")
	case a.Status != 0:
		to, err := p.rewritten(a, b, shape)
		before := r.Policies
		r.Forward, r.Redirect, r.Respond, r.HTTPS, r.Policies = nil, to, nil, nil, nil
		if before != nil {
			r.Policies = beforeRedirect(*before)
		}
		return err
	case r.Forward == nil && r.Redirect == nil:
		return nil // nobody sees the path
	case r.Redirect != nil || r.Forward.Rewrite != nil:
		return errors.New("not read, since the controller's own redirect or rewrite is left out behind it")
	case strings.Contains(a.To, "?") || variablesBut(a.To):
		return errors.New("not read with a query or variables in the new path")
	}
	f := *r.Forward
	f.Rewrite = &intent.Rewrite{Kind: intent.RegexRewrite, From: a.Pattern, To: a.To}
	r.Forward = &f
	return nil
}

var capture = regexp.MustCompile(`\$[1-9]`)

// variablesBut says whether a text holds variables other than captures.
func variablesBut(text string) bool { return strings.Contains(capture.ReplaceAllString(text, ""), "$") }

// rewritten is the redirect of a rewrite: the query goes along unless the new address ends
// in "?".
func (p *spot) rewritten(a snippet.Rewrite, b snippet.Branch, s patternShape) (*intent.Redirect, error) {
	to, bare := strings.CutSuffix(a.To, "?")
	query := intent.Template("{?query}")
	switch {
	case bare:
		query = ""
	case strings.Contains(to, "?"):
		return nil, errors.New("not read with a query in the new address, unless it ends in \"?\"")
	}
	for i, text := range s.groups {
		if (s.exact || s.open) && !strings.Contains(text, "$") {
			to = strings.ReplaceAll(to, "$"+strconv.Itoa(i), text)
		}
	}
	r, err := p.redirect(a.Status, to, b.Vars, query)
	if err != nil {
		return nil, err
	}
	for _, t := range []*intent.Template{&r.Host, &r.Path} {
		for i := 1; i <= 9; i++ {
			name := fmt.Sprintf("{$%d}", i)
			value, known := s.capture(i)
			if strings.Contains(string(*t), name) && !known {
				return nil, fmt.Errorf("not read with $%d, which %q does not tell", i, a.Pattern)
			}
			*t = intent.Template(strings.ReplaceAll(string(*t), name, string(value)))
		}
	}
	return r, nil
}

// pathBegins is where the host of a URL ends.
var pathBegins = regexp.MustCompile(`[/?#]|\$\{?(request_uri|uri|document_uri|is_args|args)\b`)

// redirect is the Location that nginx makes of a text: one that begins with a slash gets the
// request's scheme and host, unless redirects are relative. Behind it comes the query.
func (p *spot) redirect(status int, text string, vars map[string]string, query intent.Template) (*intent.Redirect, error) {
	text = snippet.Fill(text, vars)
	r := &intent.Redirect{Status: status}
	relative := p.x.st.relative || p.a.object != nil && p.a.redir.relative
	host, path, found := "", text, false
	for _, scheme := range []string{"http", "https", "$scheme", "${scheme}"} {
		var rest string
		if rest, found = strings.CutPrefix(text, scheme+"://"); found {
			if r.Scheme = scheme; scheme[0] == '$' {
				r.Scheme = ""
			}
			host, path = rest, ""
			if at := pathBegins.FindStringIndex(rest); at != nil {
				host, path = rest[:at[0]], rest[at[0]:]
			}
			break
		}
	}
	var err error
	if r.Path, err = p.variables(path, vars); err != nil {
		return nil, err
	}
	if r.Host, err = p.variables(host, vars); err != nil {
		return nil, err
	}
	begins := pathBegins.FindStringIndex(path)
	switch {
	case found && host == "":
		return nil, fmt.Errorf("not read with the address %q", text)
	case found:
	case begins != nil && begins[0] == 0 && path[0] != '?' && path[0] != '#' && !relative:
		r.Host = "{lower-host}"
	default:
		r.Relative = true
	}
	r.Path += query
	return r, nil
}

// template is a text as a template, without captures.
func (p *spot) template(text string, vars map[string]string) (intent.Template, error) {
	t, err := p.variables(text, vars)
	if err == nil && strings.Contains(strings.ReplaceAll(string(t), "{{", ""), "{$") {
		return "", fmt.Errorf("not read with a capture in %q", text)
	}
	return t, err
}

// variables is a text as a template.
func (p *spot) variables(text string, vars map[string]string) (intent.Template, error) {
	text = snippet.Fill(text, vars)
	o, own := p.a.object, true
	if o == nil {
		o, own = p.server.by.object, false
	}
	if name, known := p.constants()["server_name"]; known {
		text = snippet.Fill(text, map[string]string{"server_name": name})
	}
	t, known, err := o.template(text)
	switch {
	case err != nil && !known:
		return "", fmt.Errorf("nginx refuses its configuration, since it does not know %s", strings.TrimPrefix(err.Error(), errVariable.Error()+" "))
	case err != nil:
		return "", fmt.Errorf("%w, which no template says", err)
	case p.loc == nil || !own:
		if slices.ContainsFunc(append(locationNames, "namespace", "ingress_name"), func(n string) bool { return strings.Contains(text, "$"+n) }) {
			return "", fmt.Errorf("not read with a variable of the location in %q", text)
		}
		return t, nil
	}
	return p.x.located(p.loc, t), nil
}

package nginx

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

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
	if p.x.converting {
		if err = p.swap(&r.Match, f.Rewrite, shape); *f.Rewrite == (intent.Rewrite{}) {
			f.Rewrite = nil
		}
	}
	r.Forward = &f
	return err
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

// redirect is the Location that nginx makes of a text: one that begins with a slash gets the
// request's scheme and host, unless redirects are relative. Behind it comes the query.
func (p *spot) redirect(status int, text string, vars map[string]string, query intent.Template) (*intent.Redirect, error) {
	text = snippet.Fill(text, vars)
	relative := p.x.st.relative || p.a.object != nil && p.a.redir.relative
	scheme, host, path, found := splitURL(text)
	r := &intent.Redirect{Status: status, Scheme: scheme}
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
	constants := p.constants()
	if !p.x.converting {
		delete(constants, "host")
	}
	text = snippet.Fill(text, constants)
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

package nginx

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

// declaration is what the steps that hold wherever they stand add up to on one route.
type declaration struct {
	*spot
	vars        map[string]string
	more, added []intent.HeaderChange // of responses: headers-more comes before add_header
	upstream    []intent.HeaderChange
	inputs      []intent.HeaderChange
	hidden      []intent.HeaderChange
	hides       bool            // proxy_hide_header stands in the location
	changed     map[string]bool // headers, by "request " or "response " and name, for a target
	rules       []rule
	satisfy     *bool
	settings    []snippet.Setting
}

// declare puts on a route what the steps of a branch ask for. Upstreams and policies that
// its answer never comes to are left as they are.
func (p *spot) declare(r *intent.Route, b snippet.Branch) *snippet.Unread {
	d := &declaration{spot: p, vars: b.Vars}
	for _, s := range b.Steps {
		err := d.step(s)
		if err == nil && p.x.converting && r.Forward != nil {
			err = d.carries(s)
		}
		if err != nil {
			return &snippet.Unread{Line: s.Line, Name: s.Name, Why: err.Error()}
		}
	}
	r.Response = slices.Concat(d.more, r.Response, d.added)
	if r.Forward != nil {
		d.forward(r)
	}
	if r.Policies == nil {
		return nil
	}
	policies := *r.Policies
	limits := *policies.Limits
	policies.Limits = &limits
	if size, ok := d.bodySize(); ok {
		limits.Body = size
	}
	if r.Redirect == nil && (b.End == nil || r.Forward != nil) {
		if err := d.guard(&policies); err != nil {
			return &snippet.Unread{Line: d.rules[0].line, Name: "allow", Why: err.Error()}
		}
	}
	r.Policies = &policies
	return nil
}

// step takes one of the steps up.
func (d *declaration) step(s snippet.Step) error {
	switch a := s.Do.(type) {
	case snippet.Headers:
		return d.headers(a)
	case snippet.Inputs:
		return d.input(a)
	case snippet.Expires:
		d.expires(a)
	case snippet.Upstream:
		return d.toUpstream(s.Line, a)
	case snippet.Hide:
		d.hides = true
		d.hidden = append(d.hidden, intent.HeaderChange{Name: a.Name, Remove: true})
	case snippet.Access:
		d.rules = append(d.rules, rule{a, s.Line})
	case snippet.Satisfy:
		if d.a.object != nil && d.a.values.str("satisfy") != "" {
			return errTwice
		}
		d.satisfy = &a.Any
	case snippet.Setting:
		d.settings = append(d.settings, a)
		return d.setting(a)
	}
	return nil
}

// errTwice is what nginx says of a setting that the controller has already written.
var errTwice = errors.New("nginx refuses its configuration, since the controller writes this into the location, too")

// headers changes headers of responses.
func (d *declaration) headers(all snippet.Headers) error {
	for _, h := range all {
		if d.a.policies.CORS != nil && strings.HasPrefix(strings.ToLower(h.Name), "access-control-") {
			return fmt.Errorf("not read for %s beside %senable-cors", h.Name, Prefix)
		}
		value, err := d.template(h.Value, d.vars)
		if err != nil {
			return err
		}
		c := intent.HeaderChange{Name: h.Name, Value: value, On: intent.Statuses(strings.Join(h.Statuses, " "))}
		switch h.Op {
		case snippet.Add:
			if c.Add = true; !h.Always {
				c.On = intent.Success
			}
			if value != "" {
				d.added = append(d.added, c)
			}
			continue
		case snippet.Clear:
			c.Remove = true
		}
		d.more = append(d.more, c)
	}
	return nil
}

// expires comes before add_header, and takes the place of what the upstream says.
func (d *declaration) expires(e snippet.Expires) {
	if e.Off {
		return
	}
	date := intent.Literal(e.Date)
	if date == "" {
		date = intent.Template(fmt.Sprintf("{date:%d}", e.Seconds))
	}
	d.added = append([]intent.HeaderChange{
		{Name: "Expires", Value: date, On: intent.Success},
		{Name: "Cache-Control", Value: intent.Literal(e.CacheControl), On: intent.Success},
	}, d.added...)
}

// controllerHeaders are those that the controller itself sets towards upstreams: of a second
// one nginx sends both.
var controllerHeaders = []string{"proxy", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto",
	"x-forwarded-scheme", "x-original-forwarded-for", "x-original-forwarded-host", "x-real-ip", "x-request-id", "x-scheme"}

// sets says whether the controller sets a header of this name in the location.
func (d *declaration) sets(name string) bool {
	set := func(changes []intent.HeaderChange) bool {
		return slices.ContainsFunc(changes, func(c intent.HeaderChange) bool { return strings.EqualFold(c.Name, name) })
	}
	p, low := *d.a.policies, strings.ToLower(name)
	switch {
	case slices.Contains(controllerHeaders, low), set(d.upstream), d.route.Forward != nil && set(d.route.Forward.Request):
		return true
	case p.Basic != nil && low == "authorization":
		return true
	case low == "x-original-uri":
		return d.x.global.flag("proxy-add-original-uri-header")
	case strings.HasPrefix(low, "ssl-client-"):
		return d.host.TLS != nil && d.host.TLS.Client != nil
	}
	return p.External != nil && slices.ContainsFunc(p.External.Headers, func(h string) bool { return strings.EqualFold(h, name) })
}

// toUpstream sets a header towards the upstream, for which gRPC has directives of its own.
func (d *declaration) toUpstream(line int, u snippet.Upstream) error {
	if d.grpc() {
		return nil
	}
	switch low := strings.ToLower(u.Name); low {
	case "host":
		return errors.New("not read for Host, which the controller sets, too: nginx sends both, which servers refuse; use " + Prefix + "upstream-vhost")
	case "upgrade", "connection":
		d.x.tell("not-honoured", ledger.Warning, d.origin(), fmt.Sprintf("line %d: proxy_set_header %s: the data plane says itself how a connection goes on", line, u.Name),
			"take it away: upgrades are passed on without it")
		return nil
	case "content-length", "transfer-encoding", "te", "trailer", "keep-alive":
		return fmt.Errorf("not read for %s, which says where a message ends", u.Name)
	}
	value, err := d.template(u.Value, d.vars)
	if err != nil {
		return err
	}
	c := intent.HeaderChange{Name: u.Name, Value: value, Add: d.sets(u.Name), Remove: value == ""}
	if c.Add && c.Remove { // nginx leaves an empty one out, and the controller's stays
		return nil
	}
	d.upstream = append(d.upstream, c)
	return nil
}

func (d *declaration) grpc() bool { return d.a.protocol == intent.H2C || d.a.protocol == intent.H2 }

// origin is where the snippet stands.
func (p *spot) origin() ledger.Origin {
	if p.a.inLocation != nil {
		return p.a.values[locationSnippet].origin
	}
	return p.server.by.values[serverSnippet].origin
}

// input changes headers as they came in. What the controller makes of them has happened
// then, and what asks for them later must not be there.
func (d *declaration) input(all snippet.Inputs) error {
	p, f := *d.a.policies, d.a.forward
	if p.Basic != nil || p.External != nil || f.Mirror != nil {
		return errors.New("not read beside authentication or a mirror, which see it, too")
	}
	if up := d.x.upstreams[d.loc.upstream]; up != nil && (d.x.alternative(up) != nil || strings.Contains(d.x.balance(up).HashBy, "{")) {
		return errors.New("not read beside a canary or upstream-hash-by, which may see it, too")
	}
	for _, h := range all {
		low := strings.ToLower(h.Name)
		if slices.Contains(controllerHeaders, low) || slices.Contains(seenHeaders, low) {
			return fmt.Errorf("not read for %s, which the controller or nginx goes by", h.Name)
		}
		value, err := d.template(h.Value, d.vars)
		if err != nil {
			return err
		}
		d.inputs = append(d.inputs, intent.HeaderChange{Name: h.Name, Value: value, Remove: h.Op == snippet.Clear})
	}
	return nil
}

// seenHeaders are those of requests that nginx or the controller's Lua go by themselves.
var seenHeaders = []string{"accept-encoding", "authorization", "cookie", "expect", "host", "if-match", "if-modified-since",
	"if-none-match", "if-range", "if-unmodified-since", "range", "te", "user-agent"}

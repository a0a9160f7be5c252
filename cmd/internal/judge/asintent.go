package judge

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// reader turns Envoy's routes into those of our model, as far as Decode reads them.
type reader struct {
	clusters map[string]cluster
	fqdn     string
}

// route reads one route. Its conditions are read as those of a lone route of a root are, so
// that merging, quoting, order and expansion are Contour's own.
func (x reader) route(r rdsRoute) (intent.Route, error) {
	match, err := x.match(r.Match)
	if err != nil {
		return intent.Route{}, err
	}
	out := intent.Route{Match: match}
	switch {
	case r.Direct != nil:
		out.Respond = &intent.Respond{Status: r.Direct.Status, Body: r.Direct.Body.Text}
	case r.Redirect != nil && r.Redirect.HTTPS:
		out.HTTPS = &intent.HTTPSRedirect{Status: redirectCodes[r.Redirect.Code]}
	case r.Redirect != nil:
		out.Redirect = readRedirect(*r.Redirect, r.Match.Prefix)
	case r.Route != nil:
		out.Forward, err = x.forward(r)
	default:
		err = fmt.Errorf("a route without an action")
	}
	return out, err
}

func (x reader) match(m routeMatch) (intent.Match, error) {
	var conds []contour.MatchCondition
	for _, h := range m.Headers {
		if h.Name == ":authority" && h.Text != nil && h.Text.Regex != nil && strings.HasPrefix(x.fqdn, "*.") {
			continue // exactly one label, which the host's name says
		}
		c := contour.HeaderMatchCondition{Name: h.Name, TreatMissingAsEmpty: h.MissingEmpty}
		s := h.Text
		switch {
		case h.Present:
			c.Present, c.NotPresent = !h.Invert, h.Invert
		case s == nil:
			return intent.Match{}, fmt.Errorf("the condition on the header %s is of a kind that is not read", h.Name)
		case s.Regex != nil:
			c.Regex = s.Regex.Regex
		case h.Invert:
			c.NotExact, c.NotContains = s.Exact, s.Contains
		default:
			c.Exact, c.Contains = s.Exact, s.Contains
		}
		if s != nil {
			c.IgnoreCase = s.IgnoreCase
		}
		conds = append(conds, contour.MatchCondition{Header: &c})
	}
	for _, q := range m.Query {
		c := contour.QueryParameterMatchCondition{Name: q.Name, Present: q.Present}
		if s := q.Text; s != nil {
			c.Exact, c.Prefix, c.Suffix, c.Contains, c.IgnoreCase = s.Exact, s.Prefix, s.Suffix, s.Contains, s.IgnoreCase
			if s.Regex != nil {
				c.Regex = s.Regex.Regex
			}
		}
		conds = append(conds, contour.MatchCondition{QueryParameter: &c})
	}
	switch {
	case m.Regex != nil:
		conds = append(conds, contour.MatchCondition{Regex: strings.TrimPrefix(m.Regex.Regex, "^")})
	case m.Path != nil:
		conds = append(conds, contour.MatchCondition{Exact: *m.Path})
	case m.Prefix != nil:
		conds = append(conds, contour.MatchCondition{Prefix: *m.Prefix})
	}
	return lone(conds)
}

// lone is what Decode makes of the conditions of the only route of a host.
func lone(conds []contour.MatchCondition) (intent.Match, error) {
	p := &contour.HTTPProxy{}
	p.Name, p.Namespace = "judge", "judge"
	p.Spec.VirtualHost = &contour.VirtualHost{Fqdn: "judge"}
	p.Spec.Routes = []contour.Route{{Conditions: conds, DirectResponsePolicy: &contour.HTTPDirectResponsePolicy{StatusCode: 200}}}
	m, problems := httpproxy.Decode([]*contour.HTTPProxy{p})
	if len(problems) > 0 || len(m.Hosts) != 1 || len(m.Hosts[0].Routes) != 1 {
		return intent.Match{}, fmt.Errorf("the conditions are not read: %v", problems)
	}
	return m.Hosts[0].Routes[0].Match, nil
}

var redirectCodes = map[string]int{
	"": 301, "MOVED_PERMANENTLY": 301, "FOUND": 302, "SEE_OTHER": 303, "TEMPORARY_REDIRECT": 307, "PERMANENT_REDIRECT": 308,
}

func readRedirect(a redirectAction, prefix *string) *intent.Redirect {
	r := &intent.Redirect{Status: redirectCodes[a.Code], Scheme: a.Scheme, Host: intent.Literal(a.Host), Path: "{uri}"}
	if a.Port != 0 {
		r.Port = intent.Template(strconv.Itoa(a.Port))
	}
	switch {
	case a.Path != nil && strings.Contains(*a.Path, "?"):
		r.Path = intent.Literal(*a.Path)
	case a.Path != nil:
		r.Path = intent.Literal(*a.Path) + "{?query}"
	case a.Prefix != nil && prefix != nil:
		r.Path = intent.Literal(*a.Prefix) + intent.Template(fmt.Sprintf("{rest:%d}{?query}", len(*prefix)))
	}
	return r
}

func (x reader) forward(r rdsRoute) (*intent.Forward, error) {
	a := r.Route
	f := &intent.Forward{Host: intent.Literal(a.HostRewrite)}
	if a.HostHeader != "" {
		f.Host = intent.Literal("%REQ(" + a.HostHeader + ")%")
	}
	add := func(name string, weight int) error {
		b, err := x.backend(name)
		b.Weight = weight
		f.Backends = append(f.Backends, b)
		return err
	}
	if a.Weighted == nil {
		if err := add(a.Cluster, 1); err != nil {
			return nil, err
		}
	} else {
		for _, c := range a.Weighted.Clusters {
			if err := add(c.Name, c.Weight); err != nil {
				return nil, err
			}
		}
	}
	if m := r.Match.Prefix; m != nil && a.PrefixRewrite != "" && a.PrefixRewrite != *m {
		f.Rewrite = &intent.Rewrite{Kind: intent.SwapPrefix, From: *m, To: a.PrefixRewrite}
	}
	var err error
	if f.Timeouts.Response, err = readDuration(a.Timeout); err != nil {
		return nil, err
	}
	if f.Timeouts.Idle, err = readDuration(a.IdleTimeout); err != nil {
		return nil, err
	}
	for _, u := range a.Upgrades {
		f.Websocket = f.Websocket || u.Type == "websocket"
	}
	for _, m := range a.Mirrors {
		b, err := x.backend(m.Cluster)
		if err != nil {
			return nil, err
		}
		f.Mirror = &intent.Mirror{Target: b.Namespace + "/" + b.Service + ":" + b.Port, Body: true}
	}
	f.Request = readHeaders(r.RequestAdd, r.RequestRemove)
	f.Response = readHeaders(r.ResponseAdd, r.ResponseRemove)
	return f, nil
}

func (x reader) backend(name string) (intent.Backend, error) {
	c, known := x.clusters[name]
	parts := strings.Split(c.Label, "_")
	if !known || len(parts) != 3 {
		return intent.Backend{}, fmt.Errorf("the cluster %s is not in the CDS, or is no Service's (%q)", name, c.Label)
	}
	protocol := map[string]intent.Protocol{"tls": intent.HTTPS, "h2": intent.H2, "h2c": intent.H2C}[c.protocol()]
	return intent.Backend{Namespace: parts[0], Service: parts[1], Port: parts[2], Protocol: protocol}, nil
}

// readDuration is in milliseconds: -1 for none at all, 0 for the default.
func readDuration(s string) (int, error) {
	switch s {
	case "":
		return 0, nil
	case "0s":
		return -1, nil
	}
	d, err := time.ParseDuration(s)
	return int(d.Milliseconds()), err
}

func readHeaders(add []headerOption, remove []string) []intent.HeaderChange {
	set := map[string]string{}
	for _, h := range add {
		set[h.Header.Key] = h.Header.Value
	}
	var out []intent.HeaderChange
	for _, key := range slices.Sorted(maps.Keys(set)) {
		out = append(out, intent.HeaderChange{Name: key, Value: intent.Literal(strings.ReplaceAll(set[key], "%%", "%"))})
	}
	for _, key := range remove {
		out = append(out, intent.HeaderChange{Name: key, Remove: true})
	}
	return out
}

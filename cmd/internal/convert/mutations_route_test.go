package convert

import (
	"fmt"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
)

func ofConditions(r contour.Route, add func(string, func(*contour.Route))) {
	for i, c := range r.Conditions {
		add("condition dropped", func(r *contour.Route) { r.Conditions = append(r.Conditions[:i:i], r.Conditions[i+1:]...) })
		add(kindOf(c)+" condition", func(r *contour.Route) { alter(&r.Conditions[i]) })
		if h := c.Header; h != nil && h.TreatMissingAsEmpty {
			add("missing header", func(r *contour.Route) { r.Conditions[i].Header.TreatMissingAsEmpty = false })
		}
		if c.QueryParameter != nil {
			add("argument", func(r *contour.Route) { r.Conditions[i].QueryParameter.Name += "x" })
		}
	}
	add("header condition added", func(r *contour.Route) {
		h := contour.MatchCondition{Header: &contour.HeaderMatchCondition{Name: "x-mutant", Exact: "1"}}
		r.Conditions = append([]contour.MatchCondition{h}, r.Conditions...)
	})
}

func kindOf(c contour.MatchCondition) string {
	switch {
	case c.Header != nil && c.Header.Name == ":path":
		return ":path"
	case c.Header != nil && c.Header.Name == ":method":
		return ":method"
	case c.Header != nil:
		return "header"
	case c.QueryParameter != nil:
		return "query"
	}
	return "path"
}

// alter changes what a condition asks for.
func alter(c *contour.MatchCondition) {
	switch {
	case c.Prefix != "":
		c.Prefix = strings.TrimSuffix(c.Prefix, "/") + "/mutant"
	case c.Exact != "":
		c.Exact += "x"
	case c.Regex != "":
		c.Regex += "x"
	case c.Header != nil && c.Header.Exact != "":
		c.Header.Exact += "x"
	case c.Header != nil && c.Header.Regex != "":
		c.Header.Regex = "/mutant" + c.Header.Regex
	case c.Header != nil && c.Header.NotExact != "":
		c.Header.NotExact += "x"
	case c.Header != nil && c.Header.Contains != "":
		c.Header.Contains += "x"
	case c.Header != nil && c.Header.NotContains != "":
		c.Header.NotContains += "x"
	case c.QueryParameter != nil && c.QueryParameter.Exact != "":
		c.QueryParameter.Exact += "x"
	case c.QueryParameter != nil && c.QueryParameter.Regex != "":
		c.QueryParameter.Regex = "mutant" + c.QueryParameter.Regex
	case c.Header != nil && c.Header.Present:
		c.Header.Present, c.Header.NotPresent = false, true
	}
}

func ofAction(r contour.Route, add func(string, func(*contour.Route))) {
	add("permitInsecure", func(r *contour.Route) { r.PermitInsecure = !r.PermitInsecure })
	for i := range r.Services {
		service := func(name string, apply func(s *contour.Service)) {
			add(name, func(r *contour.Route) { apply(&r.Services[i]) })
		}
		service("service", func(s *contour.Service) { s.Name += "-x" })
		service("port", func(s *contour.Service) { s.Port = s.Port%65535 + 1 })
		service("protocol", func(s *contour.Service) { s.Protocol = new("h2c") })
		if len(r.Services) > 1 && !slices.ContainsFunc(r.Services, func(s contour.Service) bool { return s.Mirror }) {
			service("weight", func(s *contour.Service) { s.Weight += 7 })
			add("service dropped", func(r *contour.Route) { r.Services = append(r.Services[:i:i], r.Services[i+1:]...) })
		}
	}
	if r.PathRewritePolicy != nil {
		add("rewrite dropped", func(r *contour.Route) { r.PathRewritePolicy = nil })
		add("rewrite", func(r *contour.Route) { r.PathRewritePolicy.ReplacePrefix[0].Replacement += "x" })
	} else if len(r.Services) > 0 {
		add("rewrite added", func(r *contour.Route) {
			r.PathRewritePolicy = &contour.PathRewritePolicy{ReplacePrefix: []contour.ReplacePrefix{{Replacement: "/mutant"}}}
		})
	}
	if p := r.RequestRedirectPolicy; p != nil {
		for _, status := range []contour.RedirectResponseCode{301, 302, 307, 308} {
			if p.StatusCode == nil || *p.StatusCode != status {
				add(fmt.Sprint("redirect status ", status), func(r *contour.Route) { r.RequestRedirectPolicy.StatusCode = &status })
			}
		}
		add("redirect host", func(r *contour.Route) { r.RequestRedirectPolicy.Hostname = new("mutant.example") })
		add("redirect path", func(r *contour.Route) { r.RequestRedirectPolicy.Path = new("/mutant") })
		if p.Prefix != nil {
			add("redirect prefix", func(r *contour.Route) { r.RequestRedirectPolicy.Prefix = new("/mutant") })
			add("redirect prefix dropped", func(r *contour.Route) { r.RequestRedirectPolicy.Prefix = nil })
		}
		add("redirect port", func(r *contour.Route) { r.RequestRedirectPolicy.Port = new(int32(8443)) })
	}
	if r.DirectResponsePolicy != nil {
		add("answer", func(r *contour.Route) { r.DirectResponsePolicy.StatusCode = 200 })
		add("another refusal", func(r *contour.Route) { r.DirectResponsePolicy.StatusCode = 403 })
		add("body", func(r *contour.Route) { r.DirectResponsePolicy.Body = "mutant" })
	}
}

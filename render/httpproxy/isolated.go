package httpproxy

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

const unreadable = ": what it matches is not known, so that the object answers 503 wherever it is included"

// consequence is what becomes of a route with a fault; read says whether its match is known.
func (d *decoder) consequence(read bool) string {
	switch {
	case !d.opts.Isolated:
		return ": all routes and includes of the object are dropped"
	case read:
		return ": it answers 503"
	}
	return unreadable
}

// oldest is the root that serves a fqdn; the others are told of it.
func (d *decoder) oldest(fqdn string, ps []*contour.HTTPProxy) []*contour.HTTPProxy {
	slices.SortFunc(ps, func(a, b *contour.HTTPProxy) int {
		if a.CreationTimestamp.IsZero() != b.CreationTimestamp.IsZero() {
			if a.CreationTimestamp.IsZero() {
				return 1
			}
			return -1
		}
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
	for _, p := range ps[1:] {
		d.problem(p, "DuplicateVhost", "the fqdn "+fqdn+" is that of "+objectName(ps[0].Namespace, ps[0].Name)+", which is older: this root is not served")
	}
	return ps[:1]
}

// badCertificate is why a root's Secret can not be used. Without isolation that is looked at
// only where delegations are known.
func (d *decoder) badCertificate(secret, namespace string) (reason, message string) {
	if !d.opts.Isolated && d.opts.Delegations == nil {
		return "", ""
	}
	if _, err := checkSecret(secret, namespace, d.opts.Secrets, d.opts.Delegations, "tls.crt", "tls.key"); err != nil {
		return reasonOf(err), err.Error() + ": there is no https for the host"
	}
	return "", ""
}

// down is what an object answers of which not everything can be read: 503 on all conditions
// that lead to it.
func (d *decoder) down(p *contour.HTTPProxy, chain []contour.MatchCondition, why string) *flat {
	f, _ := d.refuse(chain, why)
	f.origin = ledger.New(ledger.Place{Object: objectName(p.Namespace, p.Name), Key: "spec"})
	return f
}

// brokenRoute is what a route with a fault answers, if faults are isolated and one knows what
// it matches.
func (d *decoder) brokenRoute(r contour.Route, chain []contour.MatchCondition, at ledger.Origin, why string) ([]*flat, bool) {
	if !d.opts.Isolated {
		return nil, false
	}
	return d.broken(r.Conditions, chain, at, why)
}

// brokenInclude is what an include with bad conditions answers. An exact path is read as a
// prefix, and a regular expression as one, since more may follow below.
func (d *decoder) brokenInclude(p *contour.HTTPProxy, in contour.Include, chain []contour.MatchCondition, why string) ([]*flat, bool) {
	var open []contour.MatchCondition
	for _, c := range in.Conditions {
		if c.Exact != "" && c.Prefix == "" {
			c.Prefix, c.Exact = c.Exact, ""
		}
		if c.Regex != "" && validRegex(c.Regex) == nil {
			c.Regex = "/" + strings.TrimPrefix(c.Regex, "/")
			c.Regex = "(?:" + c.Regex + ").*"
		}
		open = append(open, c)
	}
	return d.broken(open, chain, includeOrigin(p, in), why)
}

// broken is 503 on the conditions of one block, below those that lead to it; of two paths on
// either. It is false if a path is no regular expression.
func (d *decoder) broken(conditions, chain []contour.MatchCondition, at ledger.Origin, why string) ([]*flat, bool) {
	var out []*flat
	for _, meant := range meanings(conditions) {
		f, ok := d.refuse(slices.Concat(chain, meant), why)
		if !ok {
			return nil, false
		}
		f.origin = at
		out = append(out, f)
	}
	return out, true
}

// meanings are what the conditions of one block may mean: themselves, unless they have two
// paths, of which either may be meant. A path begins with a slash.
func meanings(conditions []contour.MatchCondition) [][]contour.MatchCondition {
	if badPath(conditions) == "" {
		return [][]contour.MatchCondition{conditions}
	}
	var paths, others []contour.MatchCondition
	slash := func(path string) string {
		if path == "" || path[0] == '/' || strings.HasPrefix(path, "(?:/") {
			return path
		}
		return "/" + path
	}
	for _, c := range conditions {
		for _, p := range []contour.MatchCondition{{Prefix: slash(c.Prefix)}, {Exact: slash(c.Exact)}, {Regex: slash(c.Regex)}} {
			if p != (contour.MatchCondition{}) {
				paths = append(paths, p)
			}
		}
		if c.Prefix, c.Exact, c.Regex = "", "", ""; c != (contour.MatchCondition{}) {
			others = append(others, c)
		}
	}
	var out [][]contour.MatchCondition
	for _, p := range paths {
		out = append(out, append(slices.Clip(others), p))
	}
	return out
}

// refuse is 503 on merged conditions. Those on headers and arguments that can not be read
// are met by everything that has the header or argument.
func (d *decoder) refuse(conditions []contour.MatchCondition, why string) (*flat, bool) {
	f, _ := d.merge(conditions)
	f.badStatus, f.why = 503, why
	if f.path.Kind == intent.RegexPath {
		if _, err := regexp.Compile(f.path.Value); err != nil {
			return f, false
		}
	}
	for i, h := range f.headers {
		if d.validRegex(h.Regex) != nil {
			f.headers[i] = contour.HeaderMatchCondition{Name: h.Name, Present: true}
		}
	}
	for i, q := range f.queries {
		if badQueries([]contour.QueryParameterMatchCondition{q}) != "" {
			f.queries[i] = contour.QueryParameterMatchCondition{Name: q.Name, Present: true}
		}
	}
	slices.SortStableFunc(f.headers, compareHeaders)
	slices.SortStableFunc(f.queries, compareQueries)
	return f, true
}

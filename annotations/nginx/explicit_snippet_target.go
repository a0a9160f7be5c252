package nginx

import (
	"reflect"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// notOfTarget is why a snippet stays opaque for a target that could be served.
const notOfTarget = "all of it is read, but it adds conditions, answers or lines of headers, which are served and not carried over; say them with fields of HTTPProxy, or in the application"

// carried says whether targets can say what a snippet comes to: lists of addresses, and
// headers that become constants on every answer. Those of answers stand with the upstream's
// then, and what the host answers by itself is left as it is.
func (p *spot) carried(rs []intent.Route) bool {
	was := p.route
	if len(rs) != 1 || !rs[0].Match.Equal(was.Match) || (rs[0].Forward == nil) != (was.Forward == nil) {
		return false
	}
	r := &rs[0]
	own := len(r.Response) - len(was.Response)
	if r.Forward == nil {
		answers := r.Respond != nil
		*r = was
		return answers || own == 0
	}
	f := *r.Forward
	if f.Rewrite != was.Forward.Rewrite || r.Policies.SatisfyAny != was.Policies.SatisfyAny || !reflect.DeepEqual(f.Backends, was.Forward.Backends) ||
		slices.ContainsFunc(slices.Concat(f.Request, r.Response), func(c intent.HeaderChange) bool {
			return unlike(c) && !slices.Contains(was.Forward.Request, c)
		}) {
		return false
	}
	f.Response = slices.Concat(f.Response, r.Response[:own])
	if repeats(f.Request) || repeats(append(slices.Clip(f.Response), intent.HeaderChange{Name: "Strict-Transport-Security"})) {
		return false
	}
	r.Forward, r.Response = &f, r.Response[own:]
	if at := p.origin(); !reflect.DeepEqual(r.Policies.Access, was.Policies.Access) {
		r.Asked = append(slices.Clip(r.Asked), intent.Asked{Dimension: intent.AccessPart, Key: at.Key, Security: true, Origin: at})
	}
	return true
}

// repeats says whether a header is changed twice, of which targets have no order.
func repeats(all []intent.HeaderChange) bool {
	seen := map[string]bool{}
	for _, c := range all {
		name := strings.ToLower(c.Name)
		if seen[name] {
			return true
		}
		seen[name] = true
	}
	return false
}

// unlike says whether a change of a header is more than to set it to a constant.
func unlike(c intent.HeaderChange) bool {
	_, constant := c.Value.Constant()
	return c.Add || c.On != "" || !constant
}

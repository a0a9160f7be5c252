package httpproxy

import (
	"cmp"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// verdict is what became of a part; the zero value is Exact. What is not exact has a reason,
// with the difference in numbers where it has any.
type verdict struct {
	outcome ledger.Outcome
	reason  string
	why     func() string  // the reason of what is seldom told: it is made when it is
	asked   []intent.Asked // what it stands on, if that is not what of the route asks for the part
}

// partRule lowers one part of a route.
type partRule struct {
	part intent.Dimension
	// lower makes of the part in r, whose policies and handling are copies, what HTTPProxy can
	// say. It may be asked again about the same route, and must say the same. What is Blocked
	// must not be left in r.
	lower func(l *lowering, o *owned, r *intent.Route) verdict
}

// parts is the route with all its parts as HTTPProxy can say them. What is not, or not
// exactly, gets an edit; keys are those of what refuses requests, cannot be said and has not
// been let go.
func (l *lowering) parts(o *owned) (said intent.Route, keys []string) {
	r := copied(o.Route)
	keys = l.opaque(o)
	r.Opaque, r.Asked = nil, nil
	if r.Respond != nil && r.Respond.Status >= 400 { // nobody is let in
		l.refused(o)
		r.Policies = nil
		return r, keys
	}
	keys = append(keys, l.clientCertificates(o)...)
	l.ciphers(o)
	for _, rule := range partRules {
		keys = append(keys, l.part(o, rule, &r)...)
		if r.Policies == nil {
			r.Policies = &intent.Policies{}
		}
	}
	if l := r.Policies.Limits; l != nil && reflect.DeepEqual(*l, intent.Limits{}) {
		r.Policies.Limits = nil
	}
	if *r.Policies == (intent.Policies{}) {
		r.Policies = nil
	}
	return r, keys
}

// refused says that no error page stands for a refusal any more, and that it is the answer to
// preflights and to requests with long bodies, too, if that was otherwise.
func (l *lowering) refused(o *owned) {
	r := o.Respond
	if !r.Implicit && o.Has(intent.CORSPart) {
		l.edit(o, intent.CORSPart, intent.Always, ledger.Approximated, o.Text(intent.CORSPart), "",
			fmt.Sprintf("Envoy has no CORS where it answers itself: preflights get this %d, too (nginx 204), and pages of other origins cannot read it", r.Status),
			origins(askedFor(o.Route, intent.CORSPart))...)
	}
	if asked := askedFor(o.Route, intent.BodySize); !r.Implicit && o.Has(intent.BodySize) && len(asked) > 0 {
		l.edit(o, intent.BodySize, intent.Always, ledger.Approximated, o.Text(intent.BodySize), "",
			fmt.Sprintf("bodies over %s got %d, and get this %d like all others", size(o.Policies.Limits.Body), http.StatusRequestEntityTooLarge, r.Status), origins(asked)...)
	}
	if e := o.Policies; r.Implicit || e == nil || e.Errors == nil || !slices.Contains(e.Errors.Codes, r.Status) {
		return
	}
	l.edit(o, intent.ErrorPart, intent.Always, ledger.Approximated, o.Text(intent.ErrorPart), "",
		fmt.Sprintf("an error page stood for this %d, and gave the status: HTTPProxy has none, and the %d goes out as it is", r.Status, r.Status),
		origins(askedFor(o.Route, intent.ErrorPart))...)
}

// copied is a route with policies and handling of its own.
func copied(r intent.Route) intent.Route {
	p := intent.Policies{}
	if r.Policies != nil {
		p = *r.Policies
	}
	r.Policies = &p
	if r.Forward != nil {
		f := *r.Forward
		f.Backends = slices.Clone(f.Backends)
		r.Forward = &f
	}
	return r
}

// part lowers one part of r.
func (l *lowering) part(o *owned, rule partRule, r *intent.Route) (keys []string) {
	v := rule.lower(l, o, r)
	v.outcome = max(v.outcome, ledger.Exact)
	if v.outcome == ledger.Exact && intent.SameIn(rule.part, &o.Route, r) {
		return nil
	}
	asked := v.asked
	if asked == nil {
		asked = askedOf(o.Route, rule.part)
	}
	if len(asked) == 0 && v.outcome != ledger.Blocked && ByPlatform(rule.part, &o.Route, r) {
		return nil
	}
	if v.why != nil {
		v.reason = v.why()
	}
	from := o.Text(rule.part)
	if v.outcome == ledger.Blocked {
		let := ""
		for _, a := range guarding(asked) {
			if allow, allowed := l.allows(o.Index, a.Key); !allowed {
				keys = append(keys, a.Key)
			} else {
				let = "left out, as --allow says: " + cmp.Or(allow.Reason, "no reason given")
			}
		}
		if len(keys) == 0 {
			v.reason = cmp.Or(let, v.reason)
		}
		if len(asked) == 0 {
			keys = []string{string(rule.part)}
		}
		r.Drop(rule.part)
		if v.outcome = ledger.Untranslated; len(keys) > 0 {
			l.edit(o, intent.WholeAnswer, intent.Always, ledger.Blocked, from, "503", v.reason, origins(asked)...)
			return keys
		}
	}
	v.reason += shared(asked)
	l.edit(o, rule.part, intent.Always, v.outcome, from, r.Text(rule.part), v.reason, origins(asked)...)
	return nil
}

// guarding are the entries that keep requests out; if there are none, all of them.
func guarding(asked []intent.Asked) []intent.Asked {
	var out []intent.Asked
	for _, a := range asked {
		if a.Security {
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		return asked
	}
	return out
}

// askedOf is what of the input asks for a part; where nothing does, what brings it about.
func askedOf(r intent.Route, part intent.Dimension) []intent.Asked {
	asked := askedFor(r, part)
	switch {
	case len(asked) > 0:
		return asked
	case part == intent.UntoldPart: // by the letter case of backend-protocol
		return askedFor(r, intent.Backends)
	case part == intent.UpstreamTLSPart: // by the Host that is sent
		return askedFor(r, intent.Header)
	}
	return nil
}

// askedFor is what of the input asks for a part.
func askedFor(r intent.Route, part intent.Dimension) []intent.Asked {
	var out []intent.Asked
	for _, a := range r.Asked {
		if a.Dimension == part {
			out = append(out, a)
		}
	}
	return out
}

// shared says why settings of other objects hold on a route, if some do.
func shared(asked []intent.Asked) string {
	var said []string
	for _, a := range asked {
		if a.Shared != "" && !slices.Contains(said, a.Shared) {
			said = append(said, a.Shared)
		}
	}
	if len(said) == 0 {
		return ""
	}
	return " (" + strings.Join(said, "; ") + ")"
}

func origins(asked []intent.Asked) []ledger.Origin {
	var out []ledger.Origin
	for _, a := range asked {
		out = append(out, a.Origin)
	}
	return out
}

// opaque notes what the model does not say: what does not refuse requests is untranslated,
// and what does is blocked unless it has been let go. The latter's keys are given back.
func (l *lowering) opaque(o *owned) (keys []string) {
	for _, q := range o.Opaque {
		if !q.Security {
			l.edit(o, intent.Feature, intent.Always, ledger.Untranslated, q.Key, "", q.Reason, q.Origin)
		} else if allow, allowed := l.allows(o.Index, q.Key); allowed {
			l.edit(o, intent.Feature, intent.Always, ledger.Untranslated, q.Key, "", "left out, as --allow says: "+cmp.Or(allow.Reason, "no reason given"), q.Origin)
		} else {
			keys = append(keys, q.Key)
			l.edit(o, intent.WholeAnswer, intent.Always, ledger.Blocked, q.Key, "503", q.Reason, q.Origin)
		}
	}
	return keys
}

// shut says whether a route is blocked by what the model does not say.
func (l *lowering) shut(o *owned) bool {
	return slices.ContainsFunc(o.Opaque, func(q intent.Opaque) bool {
		_, allowed := l.opts.allows(q.Key, l.host)
		return q.Security && !allowed
	})
}

// guards are the parts that keep requests out.
var guards = slices.DeleteFunc(intent.Parts(), func(d intent.Dimension) bool { return !d.Guards() })

// keepsOut says whether something of a route refuses requests.
func keepsOut(r *intent.Route) bool {
	return slices.ContainsFunc(guards, r.Has)
}

// answersFirst says whether a route answers by itself what would else come to an application.
func (o *owned) answersFirst() bool {
	return o.Forward == nil && len(askedFor(o.Route, intent.WholeAnswer)) > 0
}

// weaker says whether a lowered route answers requests that a guarded route would refuse. One
// of the same path is asked after it.
func weaker(p delegation.Placed, guarded *owned) bool {
	switch {
	case p.Forward == nil:
		return false
	case guarded.answersFirst():
		return p.Match.Path != guarded.Match.Path
	}
	return len(guarded.blocks) > 0 || slices.ContainsFunc(guards, func(d intent.Dimension) bool {
		return guarded.said.Has(d) && !intent.SameIn(d, &p.Route, &guarded.said)
	})
}

package ownership

import (
	"cmp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// Check says whether a canonical plan fits a model. The error has one line a problem, each
// with a line of the plan's file, or the origin of a route: a host that the plan does not
// have (then also those that only the plan has: one may be the other, misspelt), a path that leads to a Service and that nobody owns, a Service that lives in another
// namespace than the claim says (a team's object reaches Services of its own namespace
// only), and a claim that no request can come under. Of variants of one path the primary
// counts (see Infer); paths without a Service may be left to nobody.
func (p *Plan) Check(m intent.Model, file string) error {
	c := &checker{problems{file: cmp.Or(file, "plan")}}
	missing := slices.ContainsFunc(m.Hosts, func(h intent.Host) bool { return p.hostRule(h.Name) == nil && len(sharesOf(&h)) > 0 })
	for _, h := range p.absent(m) {
		if missing {
			c.at(h.Line, "host %q is not in the input%s", h.Host, c.suggest(h.Host, hostNames(m)))
		}
	}
	for i := range m.Hosts {
		h := &m.Hosts[i]
		shares := sharesOf(h)
		switch rule := p.hostRule(h.Name); {
		case rule != nil:
			c.host(rule, shares)
		case len(shares) > 0:
			c.elsewhere("%s: host %q is missing in %s; add it under spec.hosts, or let the plan command write it", shares[0].origin(), h.Name, c.file)
		}
	}
	return c.err()
}

// absent are the hosts of a plan that a model does not have.
func (p *Plan) absent(m intent.Model) []*HostRule {
	var out []*HostRule
	for i := range p.Hosts {
		if m.Host(p.Hosts[i].Host) == nil {
			out = append(out, &p.Hosts[i])
		}
	}
	return out
}

// RuleHostElsewhere is the rule of a finding about a host that only the plan has.
const RuleHostElsewhere = "host-elsewhere"

// Elsewhere tells of the hosts of a canonical plan that fits a model, and that the model does
// not have: they have moved already, or never had an Ingress.
func (p *Plan) Elsewhere(m intent.Model, file string) []ledger.Finding {
	var out []ledger.Finding
	for _, h := range p.absent(m) {
		out = append(out, ledger.Finding{
			Rule: RuleHostElsewhere, Severity: ledger.Info, Host: h.Host, Origin: ledger.New(ledger.Place{File: cmp.Or(file, "plan"), Line: h.Line}),
			Message: "no Ingress of the input serves host " + h.Host + " of the plan: nothing is written for it anew, what stands in the output directory stays, and the borders hold for it",
			Action:  "leave it in the plan if it has moved already, or never had an Ingress; else take it out",
		})
	}
	return out
}

type checker struct{ problems }

func (c *checker) host(rule *HostRule, shares []share) {
	for i := range shares {
		s := &shares[i]
		if !forwards(s.primary) {
			continue
		}
		at := owner(rule.Claims, s.match())
		if at < 0 {
			c.at(rule.Line, "host %q: nobody owns %s, which %s leads to Service %s; add a claim for it", rule.Host, s.text(), s.origin(), s.owner)
			continue
		}
		if claim := rule.Claims[at]; claim.Namespace != s.owner.Namespace {
			c.at(claim.Line, "host %q: %s gives %s to namespace %s, but %s leads it to Service %s, and a team's object reaches Services of its own namespace only; claim it for that namespace",
				rule.Host, claimText(claim), s.text(), claim.Namespace, s.origin(), s.owner)
		}
	}
	for _, claim := range rule.Claims {
		_, same := find(shares, key{claim.Kind, claim.Path})
		switch {
		case same:
		case claim.Kind == Regex:
			c.at(claim.Line, "host %q: a regex claim repeats a path of the input, and none is %s%s", rule.Host, claim.Path, c.suggest(claim.Path, regexes(shares)))
		case !strings.HasPrefix(claim.Path, "/"):
			c.at(claim.Line, "host %q: no request has a path like %q; begin it with /", rule.Host, claim.Path)
		}
	}
}

func claimText(c Claim) string { return c.Kind.String() + " " + c.Path }

func hostNames(m intent.Model) []string {
	all := make([]string, len(m.Hosts))
	for i := range m.Hosts {
		all[i] = m.Hosts[i].Name
	}
	return all
}

func regexes(shares []share) []string {
	var all []string
	for i := range shares {
		if shares[i].kind == Regex {
			all = append(all, shares[i].path)
		}
	}
	return all
}

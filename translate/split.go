// Package translate splits a model among the roles that own its parts: the root admin's
// host, the site admin's fanout, the teams' routes.
package translate

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/delegation"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// Split puts every route of the model into the object of its owner. Routes that nobody
// owns go to the fanout, with a problem each if they lead to a Service; Plan.Check finds
// those before. The result's Flatten is the model.
func Split(m intent.Model, plan *ownership.Plan) (delegation.Forest, []ledger.Finding) {
	f := delegation.Forest{Paths: m.Paths}
	var problems []ledger.Finding
	fanouts := map[string]*delegation.Fanout{}
	for _, h := range byAlias(m.Hosts) {
		root := &delegation.Root{
			Host: h.Name, AliasOf: h.AliasOf, TLS: h.TLS, Trust: h.Trust, Carried: h.Carried, Origins: h.Origins,
			Namespace: plan.RootNamespace, Name: delegation.Name(h.Name, "root"), Auth: authorization(h, plan),
		}
		if plan.RootIP(h.Name) || h.AliasOf != "" && plan.RootIP(h.AliasOf) {
			root.Addresses = &delegation.Addresses{}
		}
		if main := m.Host(h.AliasOf); h.AliasOf != "" && main != nil && sameRoutes(h.Routes, main.Routes) && certified(h) == certified(*main) && !relayed(h) && !relayed(*main) &&
			service(root.Auth) == plan.AuthService(main.Name) && (root.Addresses != nil) == plan.RootIP(main.Name) {
			root.Routes, root.Fanout = hostRoutes(h), fanouts[h.AliasOf]
		} else {
			problems = append(problems, plant(root, h, plan)...)
			fanouts[h.Name] = root.Fanout
		}
		if root.Auth != nil && h.AliasOf == "" && !asksWho(h) {
			problems = append(problems, ledger.Finding{
				Rule: "auth-service-unused", Severity: ledger.Warning, Host: h.Name,
				Message: "the plan names ExtensionService " + root.Auth.Service + " for " + h.Name + ", where nothing asks who comes: it is not written",
				Action:  "take authService from the host, or set authorization on the root by hand",
			})
		}
		f.Roots = append(f.Roots, root)
	}
	slices.SortFunc(f.Roots, func(a, b *delegation.Root) int { return strings.Compare(a.Host, b.Host) })
	return f, problems
}

// authorization is the service that the plan names for a host, or for the host that it is
// another name of; nil if there is none.
func authorization(h intent.Host, plan *ownership.Plan) *delegation.Authorization {
	name := plan.AuthService(h.Name)
	if name == "" && h.AliasOf != "" {
		name = plan.AuthService(h.AliasOf)
	}
	if name != "" {
		return &delegation.Authorization{Service: name}
	}
	return nil
}

// asksWho says whether a route of a host asks for a password, or another service.
func asksWho(h intent.Host) bool {
	return slices.ContainsFunc(h.Routes, func(r intent.Route) bool { return r.Has(intent.ExternalPart) || r.Has(intent.BasicPart) })
}

func service(a *delegation.Authorization) string {
	if a == nil {
		return ""
	}
	return a.Service
}

// byAlias puts hosts before their aliases.
func byAlias(hs []intent.Host) []intent.Host {
	sorted := slices.Clone(hs)
	slices.SortStableFunc(sorted, func(a, b intent.Host) int { return cmp.Compare(len(a.AliasOf), len(b.AliasOf)) })
	return sorted
}

func hostRoutes(h intent.Host) []delegation.Placed {
	var ps []delegation.Placed
	for i, r := range h.Routes {
		if r.HostOnly() {
			ps = append(ps, delegation.Placed{Index: i, Route: r})
		}
	}
	return ps
}

// certified says whether a host has a certificate of its own. One that has none may need
// other routes: a target may know no redirect to https there.
func certified(h intent.Host) bool { return h.TLS != nil && h.TLS.Secret != "" }

// relayed says whether TLS of a host goes to an application undecrypted. Of its other names it
// may not.
func relayed(h intent.Host) bool { return h.TLS != nil && h.TLS.Passthrough != nil }

// relay is the claim below which TLS of a host is relayed: that of all of the host, if its
// namespace has the Service.
func relay(h intent.Host, plan *ownership.Plan) (ownership.Claim, bool) {
	if !relayed(h) {
		return ownership.Claim{}, false
	}
	d, ok := plan.Decide(h.Name, intent.Route{
		Match:   intent.Match{Path: intent.Path{Kind: intent.SegmentPrefix, Value: "/"}},
		Forward: &intent.Forward{Backends: []intent.Backend{*h.TLS.Passthrough}},
	})
	whole := d.Claim.Path == "/" && (d.Claim.Kind == ownership.Prefix || d.Claim.Kind == ownership.StringPrefix)
	return d.Claim, ok && whole && d.Claim.Namespace == h.TLS.Passthrough.Namespace
}

// sameRoutes says whether two hosts can share their fanout. What of a route is opaque may differ
// by their certificates: a client's can only be passed on where it is asked for.
func sameRoutes(a, b []intent.Route) bool {
	return slices.EqualFunc(a, b, func(x, y intent.Route) bool {
		return x.SameAnswer(y) && x.Match.Equal(y.Match) && reflect.DeepEqual(x.Opaque, y.Opaque) && reflect.DeepEqual(x.Asked, y.Asked)
	})
}

// plant grows the fanout and the teams of one root.
func plant(root *delegation.Root, h intent.Host, plan *ownership.Plan) []ledger.Finding {
	root.Routes = hostRoutes(h)
	fanout := &delegation.Fanout{Namespace: plan.FanoutNamespace, Name: delegation.Name(h.Name, "fanout")}
	teams := map[string]*delegation.Team{}
	team := func(c ownership.Claim) *delegation.Team {
		name := delegation.ClaimName(h.Name, c)
		t := teams[name]
		if t == nil {
			t = &delegation.Team{Team: c.Team, Namespace: c.Namespace, Name: name}
			teams[name] = t
			fanout.Teams = append(fanout.Teams, t)
		}
		if !slices.ContainsFunc(t.Claims, func(o ownership.Claim) bool { return o.Path == c.Path && o.Kind == c.Kind }) {
			t.Claims = append(t.Claims, c)
		}
		return t
	}
	var problems []ledger.Finding
	for i, r := range h.Routes {
		if r.HostOnly() {
			continue
		}
		placed := delegation.Placed{Index: i, Route: r}
		d, ok := plan.Decide(h.Name, r)
		if !ok { // without a Service, the path can stay with the site
			if r.Forward != nil {
				problems = append(problems, unowned(h.Name, r))
			}
			fanout.Routes = append(fanout.Routes, placed)
			continue
		}
		t := team(d.Claim)
		t.Routes = append(t.Routes, placed)
	}
	if c, ok := relay(h, plan); ok {
		team(c).Relays = true
	}
	for _, t := range fanout.Teams { // all of a team's regexes, in the order of the plan
		slices.SortStableFunc(t.Claims, func(a, b ownership.Claim) int { return strings.Compare(a.Path, b.Path) })
	}
	slices.SortStableFunc(fanout.Teams, func(a, b *delegation.Team) int { return strings.Compare(a.Claims[0].Path, b.Claims[0].Path) })
	if len(fanout.Teams)+len(fanout.Routes) > 0 {
		root.Fanout = fanout
	}
	return problems
}

func unowned(host string, r intent.Route) ledger.Finding {
	f := ledger.Finding{
		Rule: "unowned-path", Severity: ledger.Error, Host: host,
		Message: "nobody owns " + r.Match.Path.String() + " of " + host,
		Action:  "give the path to a team in the ownership plan",
	}
	if len(r.Origins) > 0 {
		f.Origin = r.Origins[0]
	}
	return f
}

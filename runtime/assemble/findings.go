package assemble

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/source"
)

// Findings are everything that is wrong or not honoured now, the worst first. No message
// holds anything of a Secret but its name. The list must not be changed; it is the same one as
// long as nothing of it changes.
func (s *State) Findings() []ledger.Finding {
	if s.asBefore() {
		return s.all
	}
	var fs []ledger.Finding
	for _, p := range s.problems {
		fs = append(fs, ledger.Finding{Rule: "unreadable-source", Severity: ledger.Error, Origin: p.Origin, Message: p.Message + keptText(p.Kept), Action: "mend the document"})
	}
	for _, found := range s.findings {
		fs = append(fs, found...)
	}
	s.all, s.told = s.sorted(fs), true
	return s.all
}

func keptText(kept []source.Ref) string {
	if len(kept) == 0 {
		return ""
	}
	var names []string
	for _, ref := range kept {
		names = append(names, ref.Kind+" "+nameOf(ref).String())
	}
	return "; served as before: " + strings.Join(names, ", ")
}

// asBefore says whether the findings are those that were told last: whoever has spoken since
// has said, all together, what was said before.
func (s *State) asBefore() bool {
	defer clear(s.retold)
	if !s.told {
		return false
	}
	var was, now []ledger.Finding
	for from, before := range s.retold {
		was, now = append(was, before...), append(now, s.findings[from]...)
	}
	return slices.EqualFunc(ledger.SortFindings(was), ledger.SortFindings(now), alikeFindings)
}

// sorted sorts findings and drops those that are equal.
func (s *State) sorted(fs []ledger.Finding) []ledger.Finding {
	return slices.CompactFunc(ledger.SortFindings(fs), alikeFindings)
}

func alikeFindings(a, b ledger.Finding) bool {
	alike := a.Origin.Compare(b.Origin) == 0
	a.Origin = b.Origin
	return alike && a == b
}

// placed is an origin with the document of its object, where only that is known.
func (s *State) placed(o ledger.Origin) ledger.Origin {
	if !o.Known() || o.File != "" {
		return o
	}
	ref, ok := refOfOrigin(o)
	at := s.objects[ref].Origin
	if !ok || !at.Known() {
		return o
	}
	return at.At(o.Key, at.Line)
}

// refOfOrigin reads the object of an origin.
func refOfOrigin(o ledger.Origin) (source.Ref, bool) {
	if !o.Known() {
		return source.Ref{}, false
	}
	kind, rest, _ := strings.Cut(o.Object, " ")
	name, ok := parseName(rest)
	return refOf(kind, name), ok
}

// faultFinding is a fault of an object as a finding.
func faultFinding(p httpproxy.Problem) ledger.Finding {
	return ledger.Finding{Rule: "object-fault", Severity: ledger.Error, Origin: ledger.New(ledger.Place{Object: p.Object}),
		Message: p.Reason + ": " + p.Message, Action: "mend the object"}
}

// teller is whoever findings come from: a *unit, a host's site by its name, a set of endpoints
// by its key, an Ingress by its manifest.Name, an HTTPProxy by its source.Ref, or a host that
// both sides have.
type teller any

type bothSides string

// tell puts findings in place of those that came from there before.
func (s *State) tell(from teller, found []ledger.Finding) {
	before := s.findings[from]
	if len(before)+len(found) == 0 {
		return
	}
	for i := range found {
		found[i].Origin = s.placed(found[i].Origin)
	}
	if _, again := s.retold[from]; !again {
		s.retold[from] = before
	}
	if len(found) == 0 {
		delete(s.findings, from)
	} else {
		s.findings[from] = found
	}
}

// review looks again at HTTPProxies that may be served now or no longer, and at hosts that
// both sides may have.
func (s *State) review(st *step) {
	for name := range st.proxies {
		s.tell(refOf(kindProxy, name), s.unserved(name))
	}
	for host := range st.names {
		s.tell(bothSides(host), s.twice(host))
	}
}

// unserved tells of an HTTPProxy that nothing serves.
func (s *State) unserved(name manifest.Name) []ledger.Finding {
	ref := refOf(kindProxy, name)
	o, there := s.objects[ref]
	p := s.proxies[name]
	switch {
	case !there:
	case p == nil:
		return []ledger.Finding{{Rule: "class-unserved", Severity: ledger.Info, Origin: o.Origin,
			Message: "the class of the HTTPProxy is none of those that are served", Action: "name its class in the options, if it shall be served"}}
	case p.Spec.VirtualHost == nil && len(s.users[ref]) == 0:
		return []ledger.Finding{{Rule: "orphaned", Severity: ledger.Warning, Origin: o.Origin,
			Message: "no root includes the HTTPProxy: nothing of it is served", Action: "include it, or remove it"}}
	}
	return nil
}

// twice tells of a host that both sides have.
func (s *State) twice(host string) []ledger.Finding {
	p := s.parts[host]
	if p == nil || p.contour == nil || p.nginx == nil {
		return nil
	}
	f := ledger.Finding{Rule: "host-in-both", Severity: ledger.Error, Host: host,
		Message: "the host is served by Contour's rules, and nothing of what ingress-nginx's Ingresses say of it", Action: "remove one of both"}
	if len(p.nginx.host.Origins) > 0 {
		f.Origin = p.nginx.host.Origins[0]
	}
	return []ledger.Finding{f}
}

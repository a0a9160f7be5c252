package assemble

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/source"
)

// Findings are everything that is wrong or not honoured now, the worst first. No message
// holds anything of a Secret but its name.
func (s *State) Findings() []ledger.Finding {
	var fs []ledger.Finding
	for _, p := range s.problems {
		fs = append(fs, ledger.Finding{Rule: "unreadable-source", Severity: ledger.Error, Origin: p.Origin, Message: p.Message + keptText(p.Kept), Action: "mend the document"})
	}
	for _, found := range s.unread {
		fs = append(fs, found...)
	}
	for _, r := range s.ingresses {
		fs = append(fs, r.findings...)
		if !r.nginx && !r.contour {
			fs = append(fs, ledger.Finding{Rule: "class-unserved", Severity: ledger.Info, Origin: r.Origin,
				Message: "the class of the Ingress is none of those that are served", Action: "name its class in the options, if it shall be served"})
		}
	}
	fs = append(fs, s.proxyFindings()...)
	for _, u := range s.hosts {
		fs = append(fs, u.findings...)
	}
	for u := range s.groupsNow {
		fs = append(fs, u.findings...)
	}
	for _, site := range s.sites {
		fs = append(fs, site.findings...)
	}
	for _, set := range s.endpoints.sets {
		fs = append(fs, set.findings...)
	}
	fs = append(fs, s.twice()...)
	return s.sorted(fs)
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

// sorted gives findings the places of their objects, sorts them and drops those that are
// equal.
func (s *State) sorted(fs []ledger.Finding) []ledger.Finding {
	for i := range fs {
		fs[i].Origin = s.placed(fs[i].Origin)
	}
	return slices.CompactFunc(ledger.SortFindings(fs), func(a, b ledger.Finding) bool {
		alike := a.Origin.Compare(b.Origin) == 0
		a.Origin = b.Origin
		return alike && a == b
	})
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

// proxyFindings tell of HTTPProxies that nothing serves.
func (s *State) proxyFindings() []ledger.Finding {
	var fs []ledger.Finding
	for ref, o := range s.objects {
		if ref.Kind != kindProxy {
			continue
		}
		switch p := s.proxies[nameOf(ref)]; {
		case p == nil:
			fs = append(fs, ledger.Finding{Rule: "class-unserved", Severity: ledger.Info, Origin: o.Origin,
				Message: "the class of the HTTPProxy is none of those that are served", Action: "name its class in the options, if it shall be served"})
		case p.Spec.VirtualHost == nil && len(s.users[ref]) == 0:
			fs = append(fs, ledger.Finding{Rule: "orphaned", Severity: ledger.Warning, Origin: o.Origin,
				Message: "no root includes the HTTPProxy: nothing of it is served", Action: "include it, or remove it"})
		}
	}
	return fs
}

// twice tells of hosts that both sides have.
func (s *State) twice() []ledger.Finding {
	var fs []ledger.Finding
	for name, p := range s.parts {
		if p.contour == nil || p.nginx == nil {
			continue
		}
		f := ledger.Finding{Rule: "host-in-both", Severity: ledger.Error, Host: name,
			Message: "the host is served by Contour's rules, and nothing of what ingress-nginx's Ingresses say of it", Action: "remove one of both"}
		if len(p.nginx.host.Origins) > 0 {
			f.Origin = p.nginx.host.Origins[0]
		}
		fs = append(fs, f)
	}
	return fs
}

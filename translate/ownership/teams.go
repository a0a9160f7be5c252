package ownership

import (
	"cmp"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// DefaultTeamLabels are the labels and annotations that name a team, the first that is
// there counts.
func DefaultTeamLabels() []string { return []string{"app.kubernetes.io/part-of", "team", "owner"} }

// teams names the team of a share. A label on the Service counts before one on the
// Ingress, and that before one on the Namespace; without any the namespace's name is the
// team's.
type teams struct {
	in         Input
	services   map[manifest.Name]naming
	ingresses  map[manifest.Name]naming
	namespaces map[string]naming
}

// naming is a team's name and the label that gave it; empty if there is none.
type naming struct{ team, label string }

// newTeams makes room for as many Services and Ingresses as there are hosts.
func newTeams(in Input) *teams {
	if len(in.TeamLabels) == 0 {
		in.TeamLabels = DefaultTeamLabels()
	}
	n := len(in.Model.Hosts)
	return &teams{
		in: in, namespaces: map[string]naming{},
		services: make(map[manifest.Name]naming, n), ingresses: make(map[manifest.Name]naming, n),
	}
}

// nameAll names the teams of all shares: first of those that a Service decides, then of
// the others, which go with the Services of their Ingress or, without a label that says
// otherwise, with the only team in the namespace.
func (t *teams) nameAll(hosts [][]share) {
	var others []*share
	for _, shares := range hosts {
		for i := range shares {
			if s := &shares[i]; s.owner.Name == "" {
				others = append(others, s)
			} else {
				s.name(t.ofService(s))
			}
		}
	}
	if len(others) == 0 {
		return
	}
	byIngress, byNamespace := learn(hosts)
	for _, s := range others {
		n, ok := byIngress[s.ingress]
		if !ok {
			n = t.ofIngress(s.ingress)
		}
		if n.team == "" {
			n = t.ofNamespace(s.owner.Namespace)
		}
		if only := byNamespace[s.owner.Namespace]; n.label == "" && only != "" && only != several {
			n.team = only
		}
		s.name(n)
	}
}

func (s *share) name(n naming) { s.team, s.label = n.team, n.label }

// several stands for more than one team; no team has this name.
const several = "-"

// learn gathers what the shares with Services say: the team of the first Service that an
// Ingress leads to, and of each namespace the only team, or several.
func learn(hosts [][]share) (byIngress map[manifest.Name]naming, byNamespace map[string]string) {
	byIngress, byNamespace = map[manifest.Name]naming{}, map[string]string{}
	for _, shares := range hosts {
		for i := range shares {
			s := &shares[i]
			if s.team == "" {
				continue
			}
			if _, ok := byIngress[s.ingress]; !ok {
				byIngress[s.ingress] = naming{s.team, s.label}
			}
			if only, ok := byNamespace[s.owner.Namespace]; !ok {
				byNamespace[s.owner.Namespace] = s.team
			} else if only != s.team {
				byNamespace[s.owner.Namespace] = several
			}
		}
	}
	return byIngress, byNamespace
}

func (t *teams) ofService(s *share) naming {
	if t.in.ServiceLabels != nil && s.owner.Namespace != manifest.Unassigned {
		n, ok := t.services[s.owner]
		if !ok {
			labels, annotations := t.in.ServiceLabels(s.owner.Namespace, s.owner.Name)
			n = t.labelled("Service", labels, annotations)
			t.services[s.owner] = n
		}
		if n.team != "" {
			return n
		}
	}
	if n := t.ofIngress(s.ingress); n.team != "" {
		return n
	}
	return t.ofNamespace(s.owner.Namespace)
}

// ofIngress is what the labels of an Ingress say.
func (t *teams) ofIngress(ingress manifest.Name) naming {
	if t.in.IngressLabels == nil || ingress.Name == "" || ingress.Namespace == manifest.Unassigned {
		return naming{}
	}
	n, ok := t.ingresses[ingress]
	if !ok {
		labels, annotations := t.in.IngressLabels(ingress.Namespace, ingress.Name)
		n = t.labelled("Ingress", labels, annotations)
		t.ingresses[ingress] = n
	}
	return n
}

// ofNamespace is what the labels of a Namespace say, or else its name. What has no
// namespace is in a team of its own.
func (t *teams) ofNamespace(name string) naming {
	n, ok := t.namespaces[name]
	if ok {
		return n
	}
	if t.in.NamespaceLabels != nil && name != manifest.Unassigned {
		n = t.labelled("Namespace", t.in.NamespaceLabels(name), nil)
	}
	n.team = cmp.Or(n.team, teamName(name))
	t.namespaces[name] = n
	return n
}

func (t *teams) labelled(kind string, labels, annotations map[string]string) naming {
	for _, name := range t.in.TeamLabels {
		if team := sanitise(labels[name]); team != "" {
			return naming{team, "label " + name + " of the " + kind}
		}
		if team := sanitise(annotations[name]); team != "" {
			return naming{team, "annotation " + name + " of the " + kind}
		}
	}
	return naming{}
}

// teamName is the name of the team that a namespace makes.
func teamName(namespace string) string { return cmp.Or(sanitise(namespace), "unnamed") }

// sanitise makes a DNS-1123 label: lower case, what may not stand there as one dash, at
// most 63 characters. Empty if nothing is left.
func sanitise(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == maxLabel {
			break
		}
	}
	return strings.TrimRight(b.String(), "-")
}

// maxLabel is the longest DNS-1123 label, in characters.
const maxLabel = 63

package ownership

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// subjects are those under a key.
func (r *reader) subjects(f fields, key string) []Subject {
	var all []Subject
	for _, n := range r.list(f, key) {
		all = append(all, r.subject(n))
	}
	return all
}

func (r *reader) subject(n *yaml.Node) Subject {
	f, ok := r.mapping(n, "subject", []string{"kind", "name"}, []string{"namespace"})
	if !ok {
		return Subject{}
	}
	s := Subject{Line: n.Line}
	var line int
	s.Name, _ = r.filled(f, "name")
	s.Namespace, _ = r.filled(f, "namespace")
	s.Kind, line = r.filled(f, "kind")
	kinds := []string{"User", "Group", "ServiceAccount"}
	switch {
	case s.Kind == "":
	case !slices.Contains(kinds, s.Kind):
		r.at(line, "subject kind %q is none of %s%s", s.Kind, fmt.Sprint(kinds), r.suggest(s.Kind, kinds))
	case s.Kind == "ServiceAccount" && f.values["namespace"] == nil:
		r.at(line, "a ServiceAccount needs a namespace")
	case s.Kind != "ServiceAccount" && f.values["namespace"] != nil:
		r.at(f.values["namespace"].Line, "a %s has no namespace; drop the key", s.Kind)
	}
	return s
}

// solvers are accounts: a request comes from one, not from a group.
func (r *reader) solvers(spec fields) []Subject {
	all := r.subjects(spec, "acmeSolvers")
	for i, s := range all {
		if s.Kind == "Group" {
			r.at(spec.values["acmeSolvers"].Content[i].Line, "acmeSolvers: Group %s: name accounts, a User or a ServiceAccount", s.Name)
		}
	}
	return all
}

// domains are names in lower case, in which hosts end.
func (r *reader) domains(spec fields) []string {
	all := r.texts(spec, "domains")
	for i, d := range all {
		if !objectName.MatchString(d) {
			r.at(spec.values["domains"].Content[i].Line, "domains: %q: want a domain in lower case, as example.com, which stands for all names that end in it", d)
		}
	}
	return all
}

// guarded reads what a host's root is held to.
func (r *reader) guarded(f fields, h *HostRule) {
	h.MinTLS = r.oneOf(f, "tls", "1.2", "1.3")
	h.RootIP = r.oneOf(f, "ipPolicy", "root") != ""
	h.RootLimits = r.oneOf(f, "rateLimits", "root") != ""
	h.Legacy = r.oneOf(f, "ingresses", "kept") != ""
}

// oneOf is a text that must be one of some words; empty without the key.
func (r *reader) oneOf(f fields, key string, words ...string) string {
	if f.values[key] == nil {
		return ""
	}
	word, line := r.filled(f, key)
	if word != "" && !slices.Contains(words, word) {
		r.at(line, "%s %q is none of %s%s", key, word, strings.Join(words, ", "), r.suggest(word, words))
		return ""
	}
	return word
}

// parted notes namespaces of two roles, in which the borders between them could not hold.
func (r *reader) parted(p *Plan) {
	root, fanout := cmp.Or(p.RootNamespace, DefaultRoot), cmp.Or(p.FanoutNamespace, DefaultFanout)
	if root == fanout {
		r.at(0, "namespace %s is that of roots and of fanouts: nothing would part the two; give each its own", root)
	}
	for _, t := range p.Teams {
		for _, ns := range t.Namespaces {
			if ns == root || ns == fanout {
				r.at(0, "namespace %s of team %s is also that of roots or fanouts: the team would write them; give it another one, or change rootNamespace or fanoutNamespace", ns, t.Name)
			}
		}
	}
}

// within notes hosts that end in none of the plan's domains.
func (r *reader) within(p *Plan) {
	for _, h := range p.Hosts {
		if !p.InDomains(h.Host) {
			r.at(h.Line, "host %q is within none of the domains (%s); add its domain there", h.Host, strings.Join(p.Domains, ", "))
		}
	}
}

// InDomains says whether a host ends in one of the plan's domains; without domains each does,
// and so does the host of all other names, which is "".
func (p *Plan) InDomains(host string) bool {
	return len(p.Domains) == 0 || host == "" || slices.ContainsFunc(p.Domains, func(d string) bool { return host == d || strings.HasSuffix(host, "."+d) })
}

package assemble

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/runtime/source"
)

// interpret interprets the groups of Ingresses that are out of date. Groups are found anew
// among all that hang together with what has changed, now or before.
func (s *State) interpret(st *step) {
	reached := s.reached(st)
	before := st.units
	for _, r := range reached {
		if r.unit != nil {
			before.add(r.unit)
		}
	}
	groups := s.groups(reached)
	kept := set[*unit]{}
	var changed [][]*ingress
	for _, members := range groups {
		if u := members[0].unit; u != nil && !u.stale && slices.Equal(u.members, members) {
			kept.add(u)
		} else {
			changed = append(changed, members)
		}
	}
	for u := range before { // all that goes, before what comes takes its place
		if !kept.has(u) {
			s.replace(u, nil, st)
			s.reuse(u, nil, st)
			s.tell(u, nil)
			u.members = nil
			delete(s.groupsNow, u)
		}
	}
	for _, members := range changed {
		u := &unit{plane: planeNginx, members: members}
		s.groupsNow.add(u)
		for _, r := range members {
			r.unit = u
		}
		s.interpretGroup(u, st)
	}
}

// interpretGroup interprets a group, with the Ingresses whose wildcard certificates may
// count for it.
func (s *State) interpretGroup(u *unit, st *step) {
	s.work.Interpreted++
	in, uses := s.setOf(u)
	model, findings := s.interpretAll(in)
	own, objects := set[string]{}, set[string]{}
	for _, r := range u.members {
		objects.add(r.Origin.Object)
		for _, name := range r.ties.Servers {
			own.add(name)
		}
	}
	if slices.ContainsFunc(u.members, func(r *ingress) bool { return s.lonely(r) }) {
		own.add("")
	}
	model.Hosts = slices.DeleteFunc(model.Hosts, func(h intent.Host) bool { return !own.has(h.Name) })
	var told []ledger.Finding
	for _, f := range findings {
		if !f.Origin.Known() || objects.has(f.Origin.Object) || f.Origin.Object == s.settingsObject() {
			told = append(told, f)
		}
	}
	s.tell(u, told)
	s.reuse(u, uses, st)
	s.replace(u, model.Hosts, st)
}

// setOf is the input of a group's interpretation, and the objects that bear on it.
func (s *State) setOf(u *unit) (*manifest.Set, []source.Ref) {
	in := &manifest.Set{Services: s.services, Secrets: s.secrets, ConfigMaps: s.configMaps, Classes: s.classes, Ledger: &ledger.Ledger{}}
	var uses []source.Ref
	all := slices.Clone(u.members)
	certified := set[string]{}
	for _, r := range u.members {
		uses = append(uses, namedByIngress(r.Ingress)...)
		if !r.ties.Canary && len(r.TLS) > 0 {
			for _, host := range r.ties.Hosts {
				certified.add(host)
			}
		}
	}
	for _, wild := range wildcardsOf(u.members, certified) {
		uses = append(uses, source.Ref{Kind: aWildcard, Name: wild})
		for r := range s.nodes[hostNode(wild)] {
			if !r.ties.Canary && r.unit != u && slices.Contains(r.ties.Hosts, wild) {
				all = append(all, r.certificateOf(wild))
				uses = append(uses, namedByIngress(all[len(all)-1].Ingress)...)
			}
		}
	}
	slices.SortFunc(all, byAge)
	for _, r := range all {
		in.Ingresses = append(in.Ingresses, r.Ingress)
	}
	return in, uses
}

// wildcardsOf are the hosts whose certificates count for hosts of a group that have none.
func wildcardsOf(members []*ingress, certified set[string]) []string {
	found := set[string]{}
	for _, r := range members {
		for _, host := range r.ties.Servers {
			if wild := nginx.CertificateOf(host); wild != "" && !certified.has(host) {
				found.add(wild)
			}
		}
	}
	return sortedKeys(found)
}

// certificateOf is the Ingress with nothing but what it says of one host's certificate.
func (r *ingress) certificateOf(host string) *ingress {
	ing := *r.Ingress
	ing.Rules, ing.DefaultBackend = nil, nil
	for _, rule := range r.Rules {
		if rule.Host.Value == host {
			rule.Paths = nil
			ing.Rules = append(ing.Rules, rule)
		}
	}
	return &ingress{Ingress: &ing}
}

// nginxOptions are those of the interpreter. What is not seen is not missing to it, but for
// the Secrets of annotations: the endpoints and certificates that are not there are told
// apart.
func (s *State) nginxOptions() nginx.Options {
	o := nginx.Options{Classes: s.opts.IngressClasses, Classless: s.opts.Classless, Catalog: s.opts.Catalog, SecretsComplete: true}
	if s.opts.Controller == (manifest.Name{}) {
		return o
	}
	if obj, ok := s.objects[refOf(kindConfigMap, s.opts.Controller)]; ok {
		if cm, ok := obj.Value.(*corev1.ConfigMap); ok {
			o.Settings, o.SettingsOrigin = cm.Data, obj.Origin
		}
	}
	return o
}

func (s *State) settingsObject() string {
	if obj, ok := s.objects[refOf(kindConfigMap, s.opts.Controller)]; ok && obj.Origin.Known() {
		return obj.Origin.Object
	}
	return ""
}

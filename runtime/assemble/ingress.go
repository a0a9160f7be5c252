package assemble

import (
	"cmp"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/source"
)

// ingress is an Ingress as it was read.
type ingress struct {
	*manifest.Ingress
	name manifest.Name    // as the source has it
	read []ledger.Finding // what was found while reading it

	nginx bool       // ingress-nginx serves it
	ties  nginx.Ties // if it does
	unit  *unit      // that it is interpreted with

	contour bool     // Contour reads it
	hosts   []string // those that it claims by Contour's rules
}

// putIngress takes an Ingress for the controllers that read it.
func (s *State) putIngress(name manifest.Name, now *source.Object, st *step) {
	if old := s.ingresses[name]; old != nil {
		s.dismissFromContour(old, st)
		s.dismissFromNginx(old, st)
		delete(s.ingresses, name)
	}
	var ing *source.Ingress
	if now != nil {
		ing, _ = now.Value.(*source.Ingress)
	}
	if ing == nil {
		s.tell(name, nil)
		return
	}
	r := &ingress{Ingress: ing.Ingress, name: name, read: ing.Findings}
	s.ingresses[name] = r
	s.classify(r, st)
}

// classify gives an Ingress to the controllers that read it.
func (s *State) classify(r *ingress, st *step) {
	r.nginx = s.nginxOptions().Serves(r.Ingress, &manifest.Set{Classes: s.classes})
	r.contour = httpproxy.ReadsIngress(r.Ingress, s.opts.ContourClasses) && !(r.nginx && httpproxy.IngressClass(r.Ingress) == "")
	if r.nginx {
		s.admitToNginx(r, st)
	}
	if r.contour {
		s.admitToContour(r, st)
	}
	told := r.read
	if !r.nginx && !r.contour {
		told = append(slices.Clip(told), ledger.Finding{Rule: "class-unserved", Severity: ledger.Info, Origin: r.Origin,
			Message: "the class of the Ingress is none of those that are served", Action: "name its class in the options, if it shall be served"})
	}
	s.tell(r.name, told)
}

// reclass asks again which controllers read each Ingress.
func (s *State) reclass(st *step) {
	for _, r := range s.sortedIngresses() {
		if served := s.nginxOptions().Serves(r.Ingress, &manifest.Set{Classes: s.classes}); served != r.nginx {
			s.dismissFromContour(r, st)
			s.dismissFromNginx(r, st)
			s.classify(r, st)
		}
	}
}

// sortedIngresses are all of them in the controller's order.
func (s *State) sortedIngresses() []*ingress {
	all := make([]*ingress, 0, len(s.ingresses))
	for _, r := range s.ingresses {
		all = append(all, r)
	}
	slices.SortFunc(all, byAge)
	return all
}

// byAge is ingress-nginx's order: the oldest first, in the same second the name
// "namespace/name" descending. Those without a time, as in files, come after all that have
// one, in the order of their documents.
func byAge(a, b *ingress) int {
	switch at, bt := a.Created.IsZero(), b.Created.IsZero(); {
	case at != bt && at:
		return 1
	case at != bt:
		return -1
	case at:
		return cmp.Or(cmp.Compare(a.Origin.File, b.Origin.File), cmp.Compare(a.Origin.Doc, b.Origin.Doc), cmp.Compare(a.Origin.Line, b.Origin.Line),
			cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	}
	return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(b.Namespace+"/"+b.Name, a.Namespace+"/"+a.Name))
}

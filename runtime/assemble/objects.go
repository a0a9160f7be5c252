package assemble

import (
	"reflect"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	contourv1alpha1 "github.com/projectcontour/contour/apis/projectcontour/v1alpha1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/source"
)

// put takes one object in place of that of its name, or with nil takes it away, and marks
// what is out of date by that.
func (s *State) put(ref source.Ref, now *source.Object, st *step) {
	before := s.objects[ref]
	var value any
	if now == nil {
		delete(s.objects, ref)
	} else {
		s.objects[ref] = *now
		value = now.Value
	}
	name := nameOf(ref)
	switch ref.Kind {
	case kindProxy:
		old, _ := before.Value.(*contour.HTTPProxy)
		p, _ := value.(*contour.HTTPProxy)
		s.putProxy(name, old, p, st)
		s.staleUnits(ref, st)
	case kindIngress:
		s.putIngress(name, now, st)
	case kindClass:
		s.putClass(ref.Name, now, st)
	case kindService:
		s.seeService(name, st)
	case kindSlice:
		s.putSlice(before.Value, value, st)
	case kindEndpoints:
		st.services.add(name)
	case kindSecret:
		s.seeSecret(name, st)
	case kindDelegation:
		s.putDelegation(ref.Namespace, before.Value, value, st)
	case kindConfigMap:
		s.putConfigMap(name, now, st)
	case kindExtension:
		delete(s.extensions, name)
		if e, ok := value.(*contourv1alpha1.ExtensionService); ok {
			s.extensions[name] = e
		}
		s.staleUnits(ref, st)
	}
}

// putProxy takes an HTTPProxy of our class, and marks the hosts that it claims.
func (s *State) putProxy(name manifest.Name, before, now *contour.HTTPProxy, st *step) {
	if fqdn, ok := fqdnOf(before); ok && s.proxies[name] != nil {
		leave(s.roots, fqdn, name)
		s.claimed(fqdn, st)
	}
	delete(s.proxies, name)
	st.proxies.add(name)
	if now == nil || !httpproxy.ReadsProxy(now, s.opts.ContourClasses) {
		return
	}
	s.proxies[name] = now
	if fqdn, ok := fqdnOf(now); ok {
		enter(s.roots, fqdn, name)
		s.claimed(fqdn, st)
	}
}

// fqdnOf is the host of a root in lower case, and whether it is one.
func fqdnOf(p *contour.HTTPProxy) (string, bool) {
	if p == nil || p.Spec.VirtualHost == nil {
		return "", false
	}
	return strings.ToLower(p.Spec.VirtualHost.Fqdn), true
}

// claimed marks a host as claimed by others than before.
func (s *State) claimed(host string, st *step) {
	st.hosts.add(host)
	s.staleUnits(source.Ref{Kind: aHost, Name: host}, st)
}

// putClass takes an IngressClass. It may give each Ingress to another controller.
func (s *State) putClass(name string, now *source.Object, st *step) {
	delete(s.classes, name)
	if now != nil {
		if c, ok := now.Value.(*networkingv1.IngressClass); ok {
			s.classes[name] = &manifest.IngressClass{Origin: now.Origin, Name: name, Controller: c.Spec.Controller}
		}
	}
	s.reclass(st)
}

// same says whether two values are deeply equal.
func same[T any](a, b T) bool { return reflect.DeepEqual(a, b) }

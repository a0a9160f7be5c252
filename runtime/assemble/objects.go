package assemble

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
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
	case kindIngress:
		s.putIngress(name, now, st)
	case kindClass:
		s.putClass(ref.Name, now, st)
	case kindService:
		if svc, ok := value.(*corev1.Service); ok {
			s.services[name] = serviceOf(svc, now.Origin)
		} else {
			delete(s.services, name)
		}
		st.services.add(name)
	case kindSlice:
		s.putSlice(before.Value, value, st)
	case kindEndpoints:
		st.services.add(name)
	case kindSecret:
		delete(s.parsed, name)
		if secret, ok := value.(*corev1.Secret); ok {
			s.secrets[name] = secretOf(secret, now.Origin)
		} else {
			delete(s.secrets, name)
		}
	case kindDelegation:
		s.putDelegation(ref.Namespace, before.Value, value, st)
	case kindConfigMap:
		if name == s.opts.Controller {
			s.allIngresses(st)
		}
	}
	s.stale(ref, st)
}

// putProxy takes an HTTPProxy of our class, and marks the hosts that it claims.
func (s *State) putProxy(name manifest.Name, before, now *contour.HTTPProxy, st *step) {
	if fqdn, ok := fqdnOf(before); ok && s.proxies[name] != nil {
		leave(s.roots, fqdn, name)
		s.claimed(fqdn, st)
	}
	delete(s.proxies, name)
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
	s.stale(source.Ref{Kind: aHost, Name: host}, st)
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

// putSlice marks the Services that an EndpointSlice belongs to and belonged to.
func (s *State) putSlice(before, now any, st *step) {
	for i, v := range []any{before, now} {
		slice, ok := v.(*discoveryv1.EndpointSlice)
		if !ok || slice.Labels[discoveryv1.LabelServiceName] == "" {
			continue
		}
		svc := manifest.Name{Namespace: slice.Namespace, Name: slice.Labels[discoveryv1.LabelServiceName]}
		if i == 0 {
			leave(s.slices, svc, slice)
		} else {
			enter(s.slices, svc, slice)
		}
		st.services.add(svc)
	}
}

// putDelegation marks the Secrets that a delegation speaks of and spoke of.
func (s *State) putDelegation(namespace string, before, now any, st *step) {
	for i, v := range []any{before, now} {
		d, ok := v.(*contour.TLSCertificateDelegation)
		if !ok {
			continue
		}
		for _, to := range d.Spec.Delegations {
			secret := manifest.Name{Namespace: namespace, Name: to.SecretName}
			if i == 0 {
				leave(s.delegations, secret, d)
			} else {
				enter(s.delegations, secret, d)
			}
			s.stale(refOf(aDelegated, secret), st)
		}
	}
}

// delegated says whether objects of a namespace may use a Secret: one of their own, or one
// that a TLSCertificateDelegation beside it gives them. Of a list of namespaces only a sole
// "*" means all.
func (s *State) delegated(secret manifest.Name, to string) bool {
	if secret.Namespace == to {
		return true
	}
	for d := range s.delegations[secret] {
		for _, entry := range d.Spec.Delegations {
			all := len(entry.TargetNamespaces) == 1 && entry.TargetNamespaces[0] == "*"
			if entry.SecretName == secret.Name && (all || slices.Contains(entry.TargetNamespaces, to)) {
				return true
			}
		}
	}
	return false
}

// secret is the data of a Secret, and whether it is there.
func (s *State) secret(n manifest.Name) (map[string][]byte, bool) {
	v, ok := s.objects[refOf(kindSecret, n)].Value.(*corev1.Secret)
	if !ok || v == nil {
		return nil, false
	}
	return dataOf(v), true
}

// dataOf is what a Secret keeps; stringData wins over data.
func dataOf(v *corev1.Secret) map[string][]byte {
	if len(v.StringData) == 0 {
		return v.Data
	}
	data := maps.Clone(v.Data)
	if data == nil {
		data = map[string][]byte{}
	}
	for key, text := range v.StringData {
		data[key] = []byte(text)
	}
	return data
}

// same says whether two values are deeply equal.
func same[T any](a, b T) bool { return reflect.DeepEqual(a, b) }

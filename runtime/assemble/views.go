package assemble

import (
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/source"
)

// seeService looks at a Service again, and at its EndpointSlices. What is decoded or
// interpreted is out of date only if its ports, type or annotations are others.
func (s *State) seeService(name manifest.Name, st *step) {
	st.services.add(name)
	before, now := s.services[name], s.viewOfService(name)
	view(s.services, name, now)
	if now != nil && now.Type == string(corev1.ServiceTypeExternalName) && s.opts.ExternalNames {
		allowed := *now
		allowed.Type = ""
		now = &allowed
	}
	view(s.contourServices, name, now)
	if !alike(before, s.services[name], func(v *manifest.Service) { v.Origin = ledger.Origin{} }) {
		s.staleUnits(refOf(kindService, name), st)
	}
}

// viewOfService is a Service as the interpreters see it. EndpointSlices of one that is not
// there stand for it with the ports of their endpoints.
func (s *State) viewOfService(name manifest.Name) *manifest.Service {
	if o, ok := s.objects[refOf(kindService, name)]; ok {
		if svc, ok := o.Value.(*corev1.Service); ok {
			return serviceOf(svc, o.Origin)
		}
	}
	if len(s.slices[name]) == 0 {
		return nil
	}
	svc := &manifest.Service{Namespace: name.Namespace, Name: name.Name}
	for slice := range s.slices[name] {
		for _, p := range slice.Ports {
			if p.Port == nil {
				continue
			}
			port := manifest.ServicePort{Port: int(*p.Port)}
			if p.Name != nil {
				port.Name = *p.Name
			}
			if p.Protocol != nil {
				port.Protocol = string(*p.Protocol)
			}
			svc.Ports = append(svc.Ports, port)
		}
	}
	slices.SortFunc(svc.Ports, comparePorts)
	svc.Ports = slices.Compact(svc.Ports)
	return svc
}

func comparePorts(a, b manifest.ServicePort) int {
	if a.Port != b.Port {
		return a.Port - b.Port
	}
	return strings.Compare(a.Name+" "+a.Protocol, b.Name+" "+b.Protocol)
}

// seeSecret looks at a Secret again. Sites that use it are out of date whatever has changed;
// what is decoded or interpreted only if its type, its keys or the names in its certificate
// are others.
func (s *State) seeSecret(name manifest.Name, st *step) {
	delete(s.parsed, name)
	before := s.secrets[name]
	var now *manifest.Secret
	ref := refOf(kindSecret, name)
	if o, ok := s.objects[ref]; ok {
		if secret, ok := o.Value.(*corev1.Secret); ok {
			now = secretOf(secret, o.Origin)
		}
	}
	view(s.secrets, name, now)
	s.staleSites(ref, st)
	if !alike(before, now, func(v *manifest.Secret) { v.Origin = ledger.Origin{} }) {
		s.staleUnits(ref, st)
	}
}

// seeDelegations looks again at what is said of a Secret.
func (s *State) seeDelegations(secret manifest.Name, st *step) {
	var all []*contour.TLSCertificateDelegation
	for d := range s.delegations[secret] {
		all = append(all, d)
	}
	if to := httpproxy.ReadDelegations(all)[secret]; len(to) > 0 {
		s.permits[secret] = to
	} else {
		delete(s.permits, secret)
	}
	ref := refOf(aDelegated, secret)
	s.staleUnits(ref, st)
	s.staleSites(ref, st)
}

// putConfigMap takes a ConfigMap. That of the controller bears on all Ingresses.
func (s *State) putConfigMap(name manifest.Name, now *source.Object, st *step) {
	delete(s.configMaps, name)
	if now != nil {
		if cm, ok := now.Value.(*corev1.ConfigMap); ok {
			s.configMaps[name] = &manifest.ConfigMap{Origin: now.Origin, Namespace: name.Namespace, Name: name.Name, Data: cm.Data}
		}
	}
	s.staleUnits(refOf(kindConfigMap, name), st)
	if name == s.opts.Controller {
		s.allIngresses(st)
	}
}

// view puts what an object looks like into a map, or takes it away.
func view[V any](all map[manifest.Name]*V, name manifest.Name, now *V) {
	if now == nil {
		delete(all, name)
	} else {
		all[name] = now
	}
}

// alike compares two views without what blank takes away.
func alike[V any](a, b *V, blank func(*V)) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := *a, *b
	blank(&x)
	blank(&y)
	return same(x, y)
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
		s.seeService(svc, st)
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
			s.seeDelegations(secret, st)
		}
	}
}

// secret is the data of a Secret, and whether it is there.
func (s *State) secret(n manifest.Name) (map[string][]byte, bool) {
	v, ok := s.objects[refOf(kindSecret, n)].Value.(*corev1.Secret)
	if !ok || v == nil {
		return nil, false
	}
	return v.Data, true
}

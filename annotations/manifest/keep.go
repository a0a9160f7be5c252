package manifest

import "github.com/split-ingress/split-ingress/annotations/ledger"

// nextIndex is where a new thing goes.
func (r *reader) nextIndex(thing any) int {
	switch thing.(type) {
	case *Ingress:
		return len(r.set.Ingresses)
	case *Raw:
		return len(r.set.Proxies)
	}
	return 0
}

// keep puts what was read of an object into the set.
func (r *reader) keep(o *object, thing any, index int) {
	name := Name{o.id.namespace, o.id.name}
	switch t := thing.(type) {
	case *Ingress:
		t.Namespace = name.Namespace
		r.set.Ingresses = put(r.set.Ingresses, index, t)
		r.homes(o)
	case *Raw:
		t.Namespace = name.Namespace
		r.set.Proxies = put(r.set.Proxies, index, t)
	case *Service:
		t.Namespace = name.Namespace
		r.set.Services[name] = t
	case *Secret:
		t.Namespace = name.Namespace
		r.set.Secrets[name] = t
	case *ConfigMap:
		t.Namespace = name.Namespace
		r.set.ConfigMaps[name] = t
	case *IngressClass:
		r.set.Classes[t.Name] = t
	case *Namespace:
		r.set.Namespaces[t.Name] = t
	}
}

func put[T any](list []T, index int, thing T) []T {
	if index < len(list) {
		list[index] = thing
		return list
	}
	return append(list, thing)
}

// home is where the Ingresses of one name stand, for the finding that one is there with
// and without a namespace.
type home struct {
	named, homeless ledger.Origin
	told            bool
}

// homes tells of an Ingress that is there with and without a namespace. Both are kept.
func (r *reader) homes(o *object) {
	h := r.names[o.id.name]
	if o.homeless && !h.homeless.Known() {
		h.homeless = o.origin
	} else if !o.homeless && !h.named.Known() {
		h.named = o.origin
	}
	if !h.told && h.named.Known() && h.homeless.Known() {
		h.told = true
		other := h.named
		if o.origin == h.named {
			other = h.homeless
		}
		o.path = o.path[:0]
		r.set.Findings = append(r.set.Findings, o.finding(RuleDuplicateObject, ledger.Warning, o.origin.Line,
			"an Ingress of this name is also in "+at(other)+", one of them without a namespace; both are kept",
			"give -n NAMESPACE, or remove one of them"))
	}
	r.names[o.id.name] = h
}

package live

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// resource is a kind as the API serves it.
type resource struct {
	kind            string
	group, version  string
	name            string // in paths and rules
	withoutItsRight string // what becomes of a reading
}

func (r resource) gvr() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: r.group, Version: r.version, Resource: r.name}
}

const gateway = "gateway.networking.k8s.io"

var (
	ingresses   = resource{"Ingress", "networking.k8s.io", "v1", "ingresses", ""}
	classes     = resource{"IngressClass", "networking.k8s.io", "v1", "ingressclasses", "classes are told apart by --ingress-class"}
	services    = resource{"Service", "", "v1", "services", "they are taken to exist, with ports as the Ingresses write them"}
	namespaces  = resource{"Namespace", "", "v1", "namespaces", "their labels are not seen"}
	secrets     = resource{"Secret", "", "v1", "secrets", "they are taken to exist and to be valid"}
	configMaps  = resource{"ConfigMap", "", "v1", "configmaps", "what annotations take from them is not carried over"}
	httpProxies = resource{"HTTPProxy", "projectcontour.io", "v1", "httpproxies", "HTTPProxies are left out"}
	httpRoutes  = resource{"HTTPRoute", gateway, "v1", "httproutes", "HTTPRoutes are left out"}
	grpcRoutes  = resource{"GRPCRoute", gateway, "v1", "grpcroutes", "GRPCRoutes are left out"}
	tlsRoutes   = resource{"TLSRoute", gateway, "v1alpha2", "tlsroutes", "TLSRoutes are left out"} // the version that Contour reads
	delegations = resource{"TLSCertificateDelegation", "projectcontour.io", "v1", "tlscertificatedelegations", "delegations are left out"}
)

func (r *reading) ingresses() error {
	docs, err := r.list(ingresses, r.opts.Namespace, r.opts.Selector)
	switch {
	case apierrors.IsForbidden(err):
		hint := ""
		if r.opts.Namespace == "" {
			hint = "; or name a namespace with -n"
		}
		return fmt.Errorf("%s: the Ingresses may not be read: %w; %s%s", r.cluster.Name, err, right{"list", ingresses, r.opts.Namespace}.grant(nil), hint)
	case apierrors.IsNotFound(err):
		return fmt.Errorf("%s: the server has no %s/%s: Kubernetes 1.19 or later is read: %w", r.cluster.Name, ingresses.group, ingresses.version, err)
	case err != nil:
		return r.cluster.failed(err)
	}
	r.docs = append(r.docs, docs...)
	return nil
}

func (r *reading) classes() error {
	docs, err := r.list(classes, "", "")
	if apierrors.IsForbidden(err) {
		r.deny(right{"list", classes, ""}, "", err)
		return nil
	}
	if err != nil {
		return r.cluster.failed(err)
	}
	r.docs = append(r.docs, docs...)
	r.whole[manifest.Ref{Kind: classes.kind}] = true
	return nil
}

// settings reads the controller's ConfigMap, without which the options mean nothing.
func (r *reading) settings() error {
	of := r.opts.Settings
	if of == (manifest.Name{}) {
		return nil
	}
	d, err := r.get(configMaps, of.Namespace, of.Name)
	switch {
	case apierrors.IsForbidden(err):
		return fmt.Errorf("--controller-config %s: %w; %s", of, err, right{"get", configMaps, of.Namespace}.grant([]string{of.Name}))
	case apierrors.IsNotFound(err):
		return fmt.Errorf("--controller-config %s: there is no such ConfigMap in %s", of, r.cluster.Name)
	case err != nil:
		return r.cluster.failed(err)
	}
	r.docs = append(r.docs, d)
	return nil
}

// proxies reads Contour's objects, where Contour is installed, and for borders the Gateway
// API's routes, likewise.
func (r *reading) proxies() error {
	kinds := []resource{httpProxies, delegations}
	if r.opts.Borders {
		kinds = append(kinds, httpRoutes, grpcRoutes, tlsRoutes)
	}
	for _, res := range kinds {
		selector := ""
		if res == httpProxies {
			selector = r.opts.Selector
		}
		docs, err := r.list(res, r.opts.Namespace, selector)
		switch {
		case apierrors.IsNotFound(err): // it is not defined
		case apierrors.IsForbidden(err):
			if r.cluster.serves(res) {
				r.deny(right{"list", res, r.opts.Namespace}, "", err)
			}
		case err != nil:
			return r.cluster.failed(err)
		}
		r.docs = append(r.docs, docs...)
	}
	return nil
}

// services reads the Services of namespaces.
func (r *reading) services(of []string) error {
	return r.within(services, "list", of, func(namespace string) ([]document, error) {
		docs, err := r.list(services, namespace, "")
		return slices.DeleteFunc(docs, func(d document) bool { return !slices.Contains(of, d.namespace) }), err
	})
}

// namespaces reads the Namespaces themselves. Who may read one by its name need not be
// allowed to list them.
func (r *reading) namespaces(of []string) error {
	return r.within(namespaces, "get", of, func(namespace string) ([]document, error) {
		if namespace == "" {
			docs, err := r.list(namespaces, "", "")
			return slices.DeleteFunc(docs, func(d document) bool { return !slices.Contains(of, d.name) }), err
		}
		d, err := r.get(namespaces, "", namespace)
		if apierrors.IsNotFound(err) { // deleted just now
			return nil, nil
		}
		return []document{d}, err
	})
}

// allNamespaces reads the Namespaces, whatever is in them.
func (r *reading) allNamespaces() error {
	docs, err := r.list(namespaces, "", "")
	if apierrors.IsForbidden(err) {
		r.deny(right{"list", namespaces, ""}, "", err)
	} else if err != nil {
		return r.cluster.failed(err)
	}
	r.docs = append(r.docs, docs...)
	return nil
}

// within reads a kind for namespaces: at once where all namespaces are read, and else, or
// where that is not permitted, one by one with the verb that this takes.
func (r *reading) within(res resource, verb string, of []string, read func(namespace string) ([]document, error)) error {
	var refused error
	if r.opts.Namespace == "" && len(of) > 1 {
		docs, err := read("")
		if err == nil {
			r.docs = append(r.docs, docs...)
			r.whole[manifest.Ref{Kind: res.kind}] = true
			return nil
		}
		if refused = err; !apierrors.IsForbidden(err) {
			return r.cluster.failed(err)
		}
	}
	var denied []denial
	for i, got := range parallel(of, read) {
		ref := manifest.Ref{Kind: res.kind, Namespace: of[i]}
		name := ""
		if res == namespaces {
			ref, name = manifest.Ref{Kind: res.kind, Name: of[i]}, of[i]
		}
		switch {
		case got.err == nil:
			r.docs = append(r.docs, got.value...)
			r.whole[ref] = true
		case apierrors.IsForbidden(got.err):
			denied = append(denied, denial{right{verb, res, of[i]}, name, got.err})
		default:
			return r.cluster.failed(got.err)
		}
	}
	if refused != nil && len(denied) == len(of) {
		denied = []denial{{right{"list", res, ""}, "", refused}}
	}
	r.denied = append(r.denied, denied...)
	return nil
}

// named reads Secrets and ConfigMaps by their names: nobody need be allowed to list them.
func (r *reading) named(refs []manifest.Ref) error {
	slices.SortFunc(refs, func(a, b manifest.Ref) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
	refs = slices.Compact(refs)
	res := map[string]resource{secrets.kind: secrets, configMaps.kind: configMaps}
	for i, got := range parallel(refs, func(ref manifest.Ref) (document, error) { return r.get(res[ref.Kind], ref.Namespace, ref.Name) }) {
		ref := refs[i]
		switch {
		case got.err == nil:
			r.docs = append(r.docs, got.value)
		case apierrors.IsNotFound(got.err):
			r.whole[ref] = true
		case apierrors.IsForbidden(got.err):
			r.deny(right{"get", res[ref.Kind], ref.Namespace}, ref.Name, got.err)
		default:
			return r.cluster.failed(got.err)
		}
	}
	return nil
}

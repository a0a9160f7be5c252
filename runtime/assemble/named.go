package assemble

import (
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/runtime/source"
)

// names collects the objects that an object of one namespace names.
type names struct {
	namespace string
	refs      []source.Ref
}

func (n *names) add(kind, namespace, name string) {
	if name == "" {
		return
	}
	if namespace == "" {
		namespace = n.namespace
	}
	n.refs = append(n.refs, source.Ref{Kind: kind, Namespace: namespace, Name: name})
}

// secret is "name" or "namespace/name", with to whom it is delegated.
func (n *names) secret(text string) {
	namespace, name, ok := strings.Cut(text, "/")
	if !ok {
		namespace, name = "", text
	}
	n.add(kindSecret, namespace, name)
	n.add(aDelegated, namespace, name)
}

// namedBy are the Services, Secrets and ExtensionServices that bear on what an HTTPProxy
// means.
func (s *State) namedBy(p *contour.HTTPProxy) []source.Ref {
	n := names{namespace: p.Namespace}
	if vh := p.Spec.VirtualHost; vh != nil {
		if t := vh.TLS; t != nil {
			n.secret(t.SecretName)
			if c := t.ClientValidation; c != nil {
				n.secret(c.CACertificate)
				n.secret(c.CertificateRevocationList)
			}
		}
		if a := vh.Authorization; a != nil {
			n.add(kindExtension, a.ExtensionServiceRef.Namespace, a.ExtensionServiceRef.Name)
			n.refs = append(n.refs, s.namedByExtension(a.ExtensionServiceRef, p.Namespace)...)
		}
	}
	for i := range p.Spec.Routes {
		for _, svc := range p.Spec.Routes[i].Services {
			n.add(kindService, "", svc.Name)
			if v := svc.UpstreamValidation; v != nil {
				n.secret(v.CACertificate)
			}
		}
	}
	return n.refs
}

// namedByExtension are the Services and the Secret of an ExtensionService.
func (s *State) namedByExtension(ref contour.ExtensionServiceReference, namespace string) []source.Ref {
	if ref.Namespace != "" {
		namespace = ref.Namespace
	}
	ext := s.extensions[manifest.Name{Namespace: namespace, Name: ref.Name}]
	if ext == nil {
		return nil
	}
	n := names{namespace: namespace}
	for _, svc := range ext.Spec.Services {
		n.add(kindService, "", svc.Name)
	}
	if v := ext.Spec.UpstreamValidation; v != nil {
		n.secret(v.CACertificate)
	}
	return n.refs
}

// secretsOfTLS are the Secrets that an Ingress may mean under Contour, which lets an
// annotation name their namespace.
func secretsOfTLS(ing *manifest.Ingress) []source.Ref {
	namespaces := []string{ing.Namespace}
	for _, a := range ing.Annotations {
		if a.Key == "projectcontour.io/tls-cert-namespace" {
			namespaces = append(namespaces, a.Value)
		}
	}
	var n names
	for _, t := range ing.TLS {
		_, name, ok := strings.Cut(t.Secret, "/")
		if ok {
			n.secret(t.Secret)
		} else {
			name = t.Secret
		}
		for _, namespace := range namespaces {
			n.secret(namespace + "/" + name)
		}
	}
	return n.refs
}

// annotated are the keys of ingress-nginx whose values name an object, with its kind.
var annotated = []struct{ key, kind string }{
	{"auth-secret", kindSecret}, {"auth-tls-secret", kindSecret}, {"proxy-ssl-secret", kindSecret},
	{"custom-headers", kindConfigMap}, {"auth-proxy-set-headers", kindConfigMap},
	{"fastcgi-params-configmap", kindConfigMap}, {"default-backend", kindService},
}

// namedByIngress are the Services, Secrets and ConfigMaps that bear on what an Ingress of
// ingress-nginx means.
func namedByIngress(ing *manifest.Ingress) []source.Ref {
	n := names{namespace: ing.Namespace}
	if ing.DefaultBackend != nil {
		n.add(kindService, "", ing.DefaultBackend.Service)
	}
	for _, rule := range ing.Rules {
		for _, p := range rule.Paths {
			n.add(kindService, "", p.Backend.Service)
		}
	}
	for _, t := range ing.TLS {
		n.add(kindSecret, "", t.Secret)
	}
	for _, a := range ing.Annotations {
		short, ours := strings.CutPrefix(a.Key, nginx.Prefix)
		for _, known := range annotated {
			if !ours || short != known.key {
				continue
			}
			namespace, name, ok := strings.Cut(strings.TrimSpace(a.Value), "/")
			if !ok {
				namespace, name = "", namespace
			}
			n.add(known.kind, namespace, name)
		}
	}
	return n.refs
}

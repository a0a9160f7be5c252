package nginx

import (
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// missing says whether an object that was not read is known not to exist.
func (c *controller) missing(kind, namespace, name string) bool {
	return c.opts.Complete || c.set.Missing(kind, namespace, name)
}

// referring are the annotations that name an object by "namespace/name": of which kind, and
// whether the name alone will do.
var referring = []struct {
	key, kind string
	short     bool
}{
	{"auth-proxy-set-headers", "ConfigMap", false},
	{"auth-secret", "Secret", true},
	{"auth-tls-secret", "Secret", false},
	{"custom-headers", "ConfigMap", false},
	{"fastcgi-params-configmap", "ConfigMap", true},
	{"proxy-ssl-secret", "Secret", false},
}

// Refers are the Secrets and ConfigMaps that an Ingress names and that the controller would
// look up, for whoever has to fetch them: those of its tls entries, and those of annotations.
// What stands in another namespace counts only where the controller's ConfigMap allows it;
// settings are its data, or nil.
func Refers(ing *manifest.Ingress, settings map[string]string) []manifest.Ref {
	var refs []manifest.Ref
	for _, t := range ing.TLS {
		if t.Secret != "" {
			refs = append(refs, manifest.Ref{Kind: "Secret", Namespace: ing.Namespace, Name: t.Secret})
		}
	}
	across, _ := strconv.ParseBool(strings.TrimSpace(settings["allow-cross-namespace-resources"]))
	for _, a := range ing.Annotations {
		for _, r := range referring {
			if a.Key != Prefix+r.key {
				continue
			}
			namespace, name, ok := splitName(a.Value)
			if r.short && !strings.Contains(a.Value, "/") {
				namespace, name, ok = ing.Namespace, a.Value, a.Value != ""
			}
			if ok && (namespace == ing.Namespace || across) {
				refs = append(refs, manifest.Ref{Kind: r.kind, Namespace: namespace, Name: name})
			}
		}
	}
	return refs
}

package httpproxy

import (
	"cmp"
	"maps"
	"slices"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// IngressClass is the class of an Ingress as Contour v1.33 sees it; "" is none. The
// annotation projectcontour.io/ingress.class counts, where it is not there
// kubernetes.io/ingress.class, and where that gives nothing spec.ingressClassName.
func IngressClass(ing *manifest.Ingress) string {
	class, ok := annotation(ing, "projectcontour.io/ingress.class")
	if !ok {
		class, _ = annotation(ing, "kubernetes.io/ingress.class")
	}
	if class == "" && ing.Class != nil {
		class = ing.Class.Value
	}
	return class
}

// ReadsIngress says whether Contour v1.33 serves an Ingress. classes are the names given by
// --ingress-class-name; without any it reads the class "contour" and Ingresses that have
// none. IngressClass objects, default ones too, do not matter.
func ReadsIngress(ing *manifest.Ingress, classes []string) bool {
	class := IngressClass(ing)
	if len(classes) == 0 {
		return class == "" || class == "contour"
	}
	return slices.Contains(classes, class)
}

// ReadsProxy says whether Contour v1.33 serves an HTTPProxy: by the class that an annotation
// gives it, else by spec.ingressClassName. classes are as for ReadsIngress.
func ReadsProxy(p *contour.HTTPProxy, classes []string) bool {
	class := ProxyClass(p)
	if len(classes) == 0 {
		return class == "" || class == "contour"
	}
	return slices.Contains(classes, class)
}

// ProxyClass is the class of an HTTPProxy as Contour v1.33 sees it; "" is none.
func ProxyClass(p *contour.HTTPProxy) string {
	class, ok := p.Annotations["projectcontour.io/ingress.class"]
	if !ok {
		class = p.Annotations["kubernetes.io/ingress.class"]
	}
	return cmp.Or(class, p.Spec.IngressClassName)
}

// readable are the Ingresses that Contour reads, by namespace and name; of those with one
// name the last.
func readable(all []*manifest.Ingress, classes []string) []*manifest.Ingress {
	byName := map[manifest.Name]*manifest.Ingress{}
	for _, ing := range all {
		if ReadsIngress(ing, classes) {
			byName[manifest.Name{Namespace: ing.Namespace, Name: ing.Name}] = ing
		}
	}
	return slices.SortedFunc(maps.Values(byName), func(a, b *manifest.Ingress) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
}

// annotation is the value of an annotation, and whether it is there.
func annotation(ing *manifest.Ingress, key string) (string, bool) {
	i := slices.IndexFunc(ing.Annotations, func(a manifest.KeyValue) bool { return a.Key == key })
	if i < 0 {
		return "", false
	}
	return ing.Annotations[i].Value, true
}

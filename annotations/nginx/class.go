package nginx

import (
	"fmt"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// classKey is the deprecated annotation that names a class.
const classKey = "kubernetes.io/ingress.class"

// Serves says whether the controller serves an Ingress, with the IngressClass objects of the
// set.
func (o Options) Serves(ing *manifest.Ingress, set *manifest.Set) bool {
	served, _ := o.owned(ing, set)
	return served
}

// owned says whether the controller serves the Ingress, and why not otherwise. The field
// comes first, then the annotation (the controller's order); an IngressClass object that
// was read decides over the configured names.
func (o Options) owned(ing *manifest.Ingress, set *manifest.Set) (bool, string) {
	if ing.Class != nil {
		if c, ok := set.Classes[ing.Class.Value]; ok {
			return c.Controller == Controller, fmt.Sprintf("IngressClass %s is of controller %s", c.Name, c.Controller)
		}
		if o.Complete || set.Missing("IngressClass", "", ing.Class.Value) {
			return false, fmt.Sprintf("there is no IngressClass %s", ing.Class.Value)
		}
		return slices.Contains(o.classes(), ing.Class.Value),
			fmt.Sprintf("class %s is not taken as ingress-nginx's (see --ingress-class)", ing.Class.Value)
	}
	for _, a := range ing.Annotations {
		if a.Key == classKey {
			return slices.Contains(o.classes(), a.Value),
				fmt.Sprintf("class %q is not taken as ingress-nginx's (see --ingress-class)", a.Value)
		}
	}
	return o.Classless, "it has no class and the controller does not watch classless Ingresses (see --watch-ingress-without-class)"
}

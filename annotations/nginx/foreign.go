package nginx

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/catalog"
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// readForeign reads the annotations for other programs: some go along with the host, and
// some must not be lost, so that they stop the conversion of the Ingress's routes.
func (c *controller) readForeign(o *object) {
	for _, a := range o.Annotations {
		if strings.HasPrefix(a.Key, Prefix) {
			continue
		}
		rule, ok := c.opts.Catalog.CrossCutting(a.Key)
		at := a.Origin
		switch {
		case !ok:
		case rule.Disposition == catalog.Stop:
			o.opaque = append(o.opaque, intent.Opaque{Key: a.Key, Security: true, Value: a.Value, Reason: rule.Reason, Origin: at})
		case rule.NeedsCarryDNS && c.opts.CarryDNS:
			o.carried = append(o.carried, intent.Carried{Key: a.Key, Value: a.Value})
			o.foreign = append(o.foreign, at)
		}
	}
}

// RuleNotInInput is the rule of findings about what Ingresses refer to and was not read.
const RuleNotInInput = "not-in-input"

// references names once what the Ingresses refer to and the input does not hold: it is
// assumed to be there and valid.
func (c *controller) references() {
	if c.opts.Complete {
		return
	}
	seen := map[[3]string]bool{}
	action := "add its manifest, or say --complete-input if it does not exist"
	if c.set.Live() {
		action = "let it be read (finding missing-right), or say --complete-input if it does not exist"
	}
	note := func(kind, namespace, name string, at ledger.Origin, assumed string) {
		id := [3]string{kind, namespace, name}
		if seen[id] || name == "" || c.set.Missing(kind, namespace, name) {
			return
		}
		seen[id] = true
		c.find(RuleNotInInput, ledger.Info, at, kind+" "+namespace+"/"+name+" is not in the input: "+assumed, action)
	}
	for _, o := range c.objects {
		backend := func(b manifest.Backend) {
			if b.Service != "" && c.set.Services[manifest.Name{Namespace: o.Namespace, Name: b.Service}] == nil && len(b.Origins) > 0 {
				note("Service", o.Namespace, b.Service, b.Origins[0], "assumed to exist, with the port as it is written here")
			}
		}
		if o.DefaultBackend != nil {
			backend(*o.DefaultBackend)
		}
		for _, rule := range o.Rules {
			for _, p := range rule.Paths {
				backend(p.Backend)
			}
		}
		for _, t := range o.TLS {
			if c.set.Secrets[manifest.Name{Namespace: o.Namespace, Name: t.Secret}] == nil && len(t.Origins) > 0 {
				note("Secret", o.Namespace, t.Secret, t.Origins[0], "assumed to hold a certificate for "+strings.Join(slices.Clone(t.Hosts), ", "))
			}
		}
	}
}

// Package verify compares two sets of manifests over all requests, whoever wrote them:
// Ingresses as ingress-nginx serves them, or HTTPProxies and Ingresses as Contour does.
package verify

import (
	"encoding/json"
	"fmt"
	"slices"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// Controller is what serves a side.
type Controller string

// The controllers.
const (
	Nginx   Controller = "ingress-nginx"
	Contour Controller = "contour"
)

// Side is one set of manifests.
type Side struct {
	Set        *manifest.Set
	Controller Controller // empty: that of its objects
}

// Reading is what a side means to its controller.
type Reading struct {
	Controller Controller
	Ingresses  int // that it reads
	Proxies    int
	Unread     []string            // objects that it does not read, with their class: "Ingress ns/name (class nginx)"
	Places     map[string]string   // of HTTPProxies: as ledger.Origin.Spot has them, by "HTTPProxy ns/name"
	Problems   []httpproxy.Problem // faults that Contour finds
	Findings   []ledger.Finding    // of reading and interpreting
	Model      intent.Model
}

// read interprets a side. An error is a wrong option.
func (s Side) read(opts Options) (Reading, error) {
	proxies, bad := Proxies(s.Set)
	r := Reading{Controller: s.Controller, Places: places(s.Set), Findings: append(slices.Clone(s.Set.Findings), bad...)}
	if r.Controller == "" {
		r.Controller = s.likely(proxies, opts)
	}
	if r.Controller == Contour {
		r.contour(s.Set, proxies, opts)
		return r, nil
	}
	m, err := convert.Interpret(s.Set, opts.Nginx)
	if err != nil {
		return r, err
	}
	r.Model, r.Findings = m.Model, append(m.Findings, bad...)
	for _, ing := range s.Set.Ingresses {
		if opts.Nginx.Controller.Serves(ing, s.Set) {
			r.Ingresses++
		} else {
			r.Unread = append(r.Unread, object(ing))
		}
	}
	for _, p := range proxies {
		r.Unread = append(r.Unread, proxyName(p)+" (Contour's)")
	}
	slices.Sort(r.Unread)
	return r, nil
}

// likely is the controller that a side is meant for: Contour if there are HTTPProxies, or
// Ingresses of its class and none that ingress-nginx serves.
func (s Side) likely(proxies []*contour.HTTPProxy, opts Options) Controller {
	if len(proxies) > 0 {
		return Contour
	}
	named := false
	for _, ing := range s.Set.Ingresses {
		if opts.Nginx.Controller.Serves(ing, s.Set) {
			return Nginx
		}
		named = named || httpproxy.ReadsIngress(ing, opts.Classes) && httpproxy.IngressClass(ing) != ""
	}
	if named {
		return Contour
	}
	return Nginx
}

func (r *Reading) contour(set *manifest.Set, proxies []*contour.HTTPProxy, opts Options) {
	var read []*contour.HTTPProxy
	for _, p := range proxies {
		if httpproxy.ReadsProxy(p, opts.Classes) {
			read = append(read, p)
		} else {
			r.Unread = append(r.Unread, proxyName(p)+classText(httpproxy.ProxyClass(p)))
		}
	}
	r.Proxies = len(read)
	for _, ing := range set.Ingresses {
		if httpproxy.ReadsIngress(ing, opts.Classes) {
			r.Ingresses++
		} else {
			r.Unread = append(r.Unread, object(ing))
		}
	}
	slices.Sort(r.Unread)
	r.Model, r.Problems = httpproxy.DecodeWith(read, set.Ingresses, httpproxy.DecodeOptions{Classes: opts.Classes, Services: set.Services, Secrets: set.Secrets})
	r.Problems = append(r.Problems, httpproxy.Explicit(&r.Model, httpproxy.ExplicitOptions{Unseen: true})...)
}

func object(ing *manifest.Ingress) string {
	return fmt.Sprintf("Ingress %s/%s%s", ing.Namespace, ing.Name, classText(httpproxy.IngressClass(ing)))
}

func proxyName(p *contour.HTTPProxy) string { return "HTTPProxy " + p.Namespace + "/" + p.Name }

func classText(class string) string {
	if class == "" {
		return " (no class)"
	}
	return " (class " + class + ")"
}

// places are where the HTTPProxies of a set stand.
func places(set *manifest.Set) map[string]string {
	out := map[string]string{}
	for _, raw := range set.Proxies {
		out[raw.Kind+" "+raw.Namespace+"/"+raw.Name] = raw.Origin.Spot()
	}
	return out
}

// Proxies are the HTTPProxies of a set as they are. One that does not fit the type is a
// finding, and counts as unreadable.
func Proxies(set *manifest.Set) ([]*contour.HTTPProxy, []ledger.Finding) {
	var proxies []*contour.HTTPProxy
	var bad []ledger.Finding
	for _, raw := range set.Proxies {
		if raw.Kind != "HTTPProxy" {
			continue
		}
		p := &contour.HTTPProxy{}
		if err := json.Unmarshal(raw.JSON, p); err != nil {
			set.Unreadable++
			bad = append(bad, ledger.Finding{
				Rule: manifest.RuleInvalidObject, Severity: ledger.Error, Origin: raw.Origin,
				Message: err.Error(), Action: "correct the field: the API server would refuse it",
			})
			continue
		}
		p.Namespace, p.Name = raw.Namespace, raw.Name
		proxies = append(proxies, p)
	}
	return proxies, bad
}

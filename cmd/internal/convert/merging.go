package convert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// contourClasses are the classes that Contour reads with the target class of a conversion;
// none: the default one, and Ingresses without any.
func (o Options) contourClasses() []string {
	if c := o.Target.Class; c != "" && c != "contour" {
		return []string{c}
	}
	return nil
}

// beside are the Ingresses that Contour reads and ingress-nginx does not serve, by host:
// they stay when a host has moved, and merge into it.
func (res *Result) beside(opts Options) map[string][]*manifest.Ingress {
	out := map[string][]*manifest.Ingress{}
	for _, ing := range res.Set.Ingresses {
		if !httpproxy.ReadsIngress(ing, opts.contourClasses()) || opts.Controller.Serves(ing, res.Set) {
			continue
		}
		for _, r := range ing.Rules {
			if all := out[r.Host.Value]; !slices.Contains(all, ing) {
				out[r.Host.Value] = append(all, ing)
			}
		}
	}
	return out
}

// merge compares what the objects say with what Contour makes of them together with the
// Ingresses beside them. Those differences are named by the Ingress; one that answers what
// was guarded keeps the host from being written.
func (h *Host) merge(read, written, merged *table.Table, bounds equivalence.Bounds) {
	told, guards := equivalence.Prove(written, merged, h.Name, nil, bounds), equivalence.Prove(read, merged, h.Name, h.Edits, bounds)
	if why := cmp.Or(told.Why, guards.Why); why != "" { // samples are all that is left
		s, g := equivalence.Sampled(written, merged, h.Name, nil), equivalence.Sampled(read, merged, h.Name, h.Edits)
		told.Differences, guards.Differences = append(told.Differences, s.Unexplained...), append(guards.Differences, g.Unexplained...)
		h.Proof.Sampled, h.Proof.Unasked = h.Proof.Sampled+s.Requests+g.Requests, h.Proof.Unasked+s.Skipped+g.Skipped
		h.Proof.Verdict, h.Proof.Why = NotProved, cmp.Or(h.Proof.Why, "with the Ingresses that Contour merges in: "+why)
	}
	for _, d := range told.Differences {
		s := shown(d)
		s.Route, s.Reason = -1, "Contour merges "+objectOf(d)+" into the host"
		h.Proof.Differences = append(h.Proof.Differences, s)
	}
	for _, d := range guards.Differences {
		if d.Exposes != "" && h.Withheld == "" {
			h.Withheld = lessStrict + "Contour would merge " + objectOf(d) + ", which answers what " + d.Exposes + " guards: " + RequestLine(d.Request)
		}
	}
}

// objectOf is the object that answers after a difference.
func objectOf(d equivalence.Difference) string {
	if d.After.Route != nil {
		for _, o := range d.After.Route.Origins {
			if o.Object != "" {
				return o.Object
			}
		}
	}
	return "an Ingress"
}

// merging names the Ingresses that Contour would merge into a converted host: those of its
// class and, if that is the default, those without any.
func (res *Result) merging(opts Options) []ledger.Finding {
	converted := map[string]*Host{}
	for i := range res.Hosts {
		if res.Hosts[i].Withheld == "" {
			converted[res.Hosts[i].Name] = &res.Hosts[i]
		}
	}
	var fs []ledger.Finding
	for _, ing := range res.Set.Ingresses {
		if !httpproxy.ReadsIngress(ing, opts.contourClasses()) {
			continue
		}
		for _, r := range ing.Rules {
			host := converted[r.Host.Value]
			if host == nil {
				continue
			}
			fs = append(fs, ledger.Finding{
				Rule: "merging-ingress", Severity: ledger.Warning, Origin: ing.Origin, Host: host.Name,
				Message: fmt.Sprintf("Contour reads this Ingress too (%s) and merges its paths into the host%s", classText(httpproxy.IngressClass(ing)), host.effect(ing, opts.Controller.Serves(ing, res.Set))),
				Action:  "give it the class of the controller that shall serve it, before the cutover",
			})
		}
	}
	return fs
}

// effect is a request that an Ingress beside the objects answers in their place, if there is
// one. An Ingress that is converted itself is not taken to stay.
func (h *Host) effect(ing *manifest.Ingress, converted bool) string {
	switch {
	case converted:
		return ", as long as it is there: it is converted itself"
	case h.Proof == nil:
		return ""
	}
	for _, d := range h.Proof.Differences {
		if strings.Contains(d.Reason, " Ingress "+ing.Namespace+"/"+ing.Name+" ") {
			return ": " + d.Request + " is answered by " + d.After + " instead of " + d.Before
		}
	}
	if h.Proof.Verdict == Equal {
		return "; no request is answered otherwise by that today"
	}
	return ""
}

func classText(class string) string {
	if class == "" {
		return "it has no class"
	}
	return "class " + class
}

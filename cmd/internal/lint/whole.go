package lint

import (
	"maps"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/render/guard"
)

// whole holds the rules that only the objects together show.
func (l *linting) whole() {
	there := map[string]*contour.HTTPProxy{}
	roots := map[string][]thing{} // by host
	for _, o := range l.objects {
		p := o.proxy()
		if p == nil {
			continue
		}
		there[o.id()] = p
		if v := p.Spec.VirtualHost; v != nil {
			host := strings.ToLower(v.Fqdn)
			roots[host] = append(roots[host], o)
		}
	}
	for _, host := range sortedKeys(roots) {
		for _, o := range roots[host] {
			if len(roots[host]) > 1 {
				l.add(o, guard.Offence{Rule: "duplicate-root", Object: "HTTPProxy " + o.id(), What: "virtualhost " + o.proxy().Spec.VirtualHost.Fqdn}, "")
			}
		}
	}
	reached := reach(roots, there)
	for _, o := range l.objects {
		p := o.proxy()
		if p == nil {
			continue
		}
		object := "HTTPProxy " + o.id()
		for _, in := range guard.Includes(p) {
			if there[in.Namespace+"/"+in.Name] == nil {
				l.add(o, guard.Offence{Rule: "dangling-include", Object: object, What: in.String()}, "")
			}
		}
		if len(roots) > 0 && p.Spec.VirtualHost == nil && l.ours(o.Namespace) && !reached[o.id()] {
			l.add(o, guard.Offence{Rule: "orphan", Object: object, What: "no root reaches it"}, "")
		}
	}
}

// reach walks from all roots.
func reach(roots map[string][]thing, there map[string]*contour.HTTPProxy) map[string]bool {
	reached := map[string]bool{}
	var walk func(p *contour.HTTPProxy)
	walk = func(p *contour.HTTPProxy) {
		for _, in := range guard.Includes(p) {
			if name := in.Namespace + "/" + in.Name; there[name] != nil && !reached[name] {
				reached[name] = true
				walk(there[name])
			}
		}
	}
	for _, same := range roots {
		for _, o := range same {
			walk(o.proxy())
		}
	}
	return reached
}

// ours says whether a namespace is one of the plan's.
func (l *linting) ours(ns string) bool {
	return ns == l.borders.Root || ns == l.borders.Fanout || slices.Contains(l.borders.Teams, ns)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

package judge

import (
	"cmp"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// Trees parts an input into what belongs together: proxies that include each other, a
// wildcard host with those below it, and beside them the objects for their hosts.
func (in Input) Trees() []Input {
	parent := map[string]string{}
	var find func(id string) string
	find = func(id string) string {
		if p := parent[id]; p != "" && p != id {
			parent[id] = find(p)
			return parent[id]
		}
		return id
	}
	join := func(a, b string) { parent[find(a)] = find(b) }
	wildcards := in.wildcards()
	for _, o := range in.Objects {
		p, isProxy := o.Value.(*contour.HTTPProxy)
		if !isProxy {
			for _, h := range o.Hosts {
				join(id(o), "host "+h)
			}
			continue
		}
		if vh := p.Spec.VirtualHost; vh != nil {
			join(id(o), "host "+strings.ToLower(vh.Fqdn))
			if below := wildcardOf(vh.Fqdn); slices.Contains(wildcards, below) {
				join(id(o), "host "+below)
			}
		}
		for _, i := range p.Spec.Includes {
			join(id(o), "HTTPProxy "+cmp.Or(i.Namespace, p.Namespace)+"/"+i.Name)
		}
		if tcp := p.Spec.TCPProxy; tcp != nil && tcp.Include != nil {
			join(id(o), "HTTPProxy "+cmp.Or(tcp.Include.Namespace, p.Namespace)+"/"+tcp.Include.Name)
		}
	}
	var out []Input
	at := map[string]int{}
	for _, o := range in.Objects {
		root := find(id(o))
		if _, known := at[root]; !known {
			at[root] = len(out)
			out = append(out, Input{Name: in.Name, Model: in.Model, Services: in.Services, Asked: in.Asked})
		}
		part := &out[at[root]]
		part.Objects = append(part.Objects, o)
	}
	return slices.DeleteFunc(out, func(part Input) bool { return len(part.Proxies()) == 0 })
}

// wildcards are the wildcard hosts of an input.
func (in Input) wildcards() (out []string) {
	for _, p := range in.Proxies() {
		if vh := p.Spec.VirtualHost; vh != nil && strings.HasPrefix(vh.Fqdn, "*.") {
			out = append(out, strings.ToLower(vh.Fqdn))
		}
	}
	return out
}

// wildcardOf is the wildcard host that would answer for a host, or it itself.
func wildcardOf(fqdn string) string {
	_, parent, _ := strings.Cut(strings.ToLower(fqdn), ".")
	return "*." + parent
}

func id(o httpproxy.Object) string { return o.Kind + " " + o.Namespace + "/" + o.Name }

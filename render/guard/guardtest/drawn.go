package guardtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/render/guard"
)

// Drawn are attempts at the borders of a plan by chance: objects of all kinds, new and
// updated, with the names, hosts and paths that the plan has, and with others beside these.
func Drawn(b guard.Borders) *rapid.Generator[Attempt] {
	return rapid.Custom(func(t *rapid.T) Attempt {
		d := drawer{t, b}
		build := pick(d, "kind", d.proxy, d.proxy, d.proxy, d.proxy, d.delegation, d.ingress, d.ingress, d.route, d.namespace)
		meta := d.meta()
		a := Attempt{Now: build(meta), Account: pick(d, "account", append(b.Solvers, "", "eve")...)}
		if d.often("update", 3) {
			a.Before = build(meta)
		}
		return a
	})
}

// drawer draws parts of objects.
type drawer struct {
	t *rapid.T
	b guard.Borders
}

// values are those of a part of an object, by field.
type values = map[string]any

func pick[T any](d drawer, label string, from ...T) T {
	return rapid.SampledFrom(from).Draw(d.t, label)
}

// often is true once in so many times.
func (d drawer) often(label string, times int) bool {
	return rapid.IntRange(1, times).Draw(d.t, label) == 1
}

// some is a list of up to so many values.
func some(d drawer, label string, most int, one func() any) []any {
	out := []any{}
	for range rapid.IntRange(0, most).Draw(d.t, label) {
		out = append(out, one())
	}
	return out
}

// maybe sets a field once in so many times.
func (d drawer) maybe(v values, field string, times int, value func() any) {
	if d.often(field, times) {
		v[field] = value()
	}
}

// document is an object as JSON, which is YAML too.
func (d drawer) document(apiVersion, kind string, meta, spec values) []byte {
	object := values{"apiVersion": apiVersion, "kind": kind, "metadata": meta}
	if spec != nil {
		object["spec"] = spec
	}
	data, err := json.Marshal(object)
	if err != nil {
		d.t.Fatal(err)
	}
	return data
}

// meta is of an object that the plan has, most of the time.
func (d drawer) meta() values {
	name, namespace := d.object()
	if d.often("elsewhere", 4) {
		namespace = d.place()
	}
	return values{"name": name, "namespace": namespace}
}

// object is one that the plan has.
func (d drawer) object() (name, namespace string) {
	h := pick(d, "host", d.b.Hosts...)
	names := [][2]string{{h.Root, d.b.Root}, {"other", d.b.Fanout}}
	for _, m := range d.b.Mounts {
		names = append(names, [2]string{m.Fanout, d.b.Fanout}, [2]string{m.Name, m.Namespace}, [2]string{m.Name, m.Namespace})
	}
	one := pick(d, "object", names...)
	return one[0], one[1]
}

func (d drawer) place() string {
	return pick(d, "namespace", append([]string{d.b.Root, d.b.Fanout, "elsewhere"}, d.b.Teams...)...)
}

func (d drawer) host() string {
	host := pick(d, "host", d.b.Hosts...).FQDN
	below, _ := strings.CutPrefix(host, "*.")
	return pick(d, "fqdn", host, host, strings.ToUpper(host), "www."+below, "a.b."+below, "*."+below, "not"+below, below, "com", "")
}

func (d drawer) path() string {
	paths := []string{"/", "/x", "//", "/a/b", "x"}
	for _, m := range d.b.Mounts {
		paths = append(paths, m.Path)
		for _, g := range m.Given {
			paths = append(paths, g.Path, strings.TrimPrefix(g.Path, m.Path), g.Path+"/x", g.Path+"x", strings.ToUpper(g.Path), strings.TrimSuffix(g.Path, "/"))
			if g.Start != "" {
				paths = append(paths, g.Start+"1/", g.Start+".php")
			}
		}
	}
	path := pick(d, "path", paths...)
	if d.often("longer", 4) {
		path += pick(d, "more", paths...)
	}
	return path
}

// regex is text out of what regexes are made of, valid or not.
func (d drawer) regex() string {
	pieces := []string{"(", ")", "(?:", "(?i:", "|", "[", "]", "[^", `\`, `\\`, `\.`, "*", "+", "?", "{2}", "{0,}", ".", ".*", "^", "$", "é", `\é`, "ſ", "\n", `\d`, `\pL`}
	var b strings.Builder
	for range rapid.IntRange(1, 6).Draw(d.t, "pieces") {
		if d.often("plain", 2) {
			b.WriteString(d.path())
		} else {
			b.WriteString(pick(d, "piece", pieces...))
		}
	}
	return b.String()
}

func (d drawer) namespace(meta values) []byte {
	n := values{"name": meta["namespace"]}
	if d.often("labelled", 2) {
		n["labels"] = values{guard.RoleLabel: pick(d, "role", "root", "fanout", "team", "", "x")}
	}
	return d.document("v1", "Namespace", n, nil)
}

func (d drawer) delegation(meta values) []byte {
	to := func() any { return pick(d, "to", d.b.Root, "*", d.place()) }
	return d.document("projectcontour.io/v1", "TLSCertificateDelegation", meta, values{
		"delegations": some(d, "delegations", 2, func() any {
			return values{"secretName": fmt.Sprintf("tls-%d", len(d.place())), "targetNamespaces": some(d, "targets", 2, to)}
		}),
	})
}

func (d drawer) route(meta values) []byte {
	kind := pick(d, "route", "HTTPRoute", "GRPCRoute", "TLSRoute")
	return d.document("gateway.networking.k8s.io/v1", kind, meta, values{"hostnames": some(d, "hostnames", 3, func() any { return d.host() })})
}

func (d drawer) ingress(meta values) []byte {
	if meta = maps.Clone(meta); d.often("labelled", 2) {
		meta["labels"] = values{"acme.cert-manager.io/http01-solver": pick(d, "label", "true", "true", "false")}
	}
	backend := values{"service": values{"name": "web", "port": values{"number": 80}}}
	challenge := "/.well-known/acme-challenge/"
	path := func() any {
		return values{"path": pick(d, "path", challenge+"x", challenge+"x", challenge, "/"), "pathType": "Prefix", "backend": backend}
	}
	spec := values{"rules": some(d, "rules", 2, func() any {
		rule := values{"host": d.host()}
		if !d.often("bare", 4) {
			rule["http"] = values{"paths": some(d, "paths", 2, path)}
		}
		return rule
	})}
	d.maybe(spec, "defaultBackend", 6, func() any { return backend })
	return d.document("networking.k8s.io/v1", "Ingress", meta, spec)
}

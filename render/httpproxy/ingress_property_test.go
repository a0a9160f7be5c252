package httpproxy_test

import (
	"cmp"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// TestIngressConflicts: what Contour leaves to the order in which it walks a Go map is a
// problem of both Ingresses, and only that.
func TestIngressConflicts(t *testing.T) {
	both := []string{"Ingress ns/a IngressConflict", "Ingress ns/b IngressConflict"}
	one, two := rules(rule("h.t", "Prefix /a one")), rules(rule("h.t", "Prefix /a/ two"))
	for _, c := range []merge{
		{"one path to two Services: the last by name is read", ing("ns/b", one) + ing("ns/a", two), both, map[string]string{"http h.t /a": "ns/one/a"}},
		{"one path to one Service", ing("ns/b", one) + ing("ns/a", one), nil, map[string]string{"http h.t /a": "ns/one/a"}},
		{"other timeouts", ing("ns/b", one) + ing("ns/a", one, "projectcontour.io/response-timeout: 5s"), both, nil},
		{"other tries", ing("ns/b", one, "projectcontour.io/retry-on: 5xx, projectcontour.io/per-try-timeout: 2s") +
			ing("ns/a", one, "projectcontour.io/retry-on: 5xx, projectcontour.io/per-try-timeout: 1s"), both, nil},
		{"segments and text are two paths", ing("ns/b", one) + ing("ns/a", rules(rule("h.t", "ImplementationSpecific /a two"))), nil,
			map[string]string{"http h.t /a": "ns/one/a", "http h.t /ab": "ns/two/ab"}},
		{"both only redirect", ing("ns/b", one, "ingress.kubernetes.io/force-ssl-redirect: 'true'") + ing("ns/a", two, "ingress.kubernetes.io/force-ssl-redirect: 'true'"), nil,
			map[string]string{"http h.t /a": "301 https://h.t/a"}},
		{"no listener has both", ing("ns/b", one, "kubernetes.io/ingress.allow-http: 'false'") + ing("ns/a", two), nil, map[string]string{"http h.t /a": "ns/two/a"}},
		{"over https alone", ing("ns/b", one+tls("c", "h.t"), "kubernetes.io/ingress.allow-http: 'false'") + ing("ns/a", two), both,
			map[string]string{"http h.t /a": "ns/two/a", "https h.t /a": "ns/one/a"}},
		{"a root's route overwrites both", proxy("root", plainRoot+toRoot) + ing("ns/b", rules(rule("h.t", "Prefix / one"))) + ing("ns/a", rules(rule("h.t", "Prefix / two"))), nil,
			map[string]string{"http h.t /a": "r/root/a"}},
		{"but not over the https that it is not on", proxy("root", plainRoot+toRoot) + ing("ns/b", rules(rule("h.t", "Prefix / one"))+tls("c", "h.t")) +
			ing("ns/a", rules(rule("h.t", "Prefix / two"))), both, map[string]string{"http h.t /a": "r/root/a", "https h.t /a": "ns/one/a"}},
		{"two certificates", ing("ns/b", one+tls("c", "h.t")) + ing("ns/a", one+tls("d", "h.t")), both, nil},
		{"two lowest versions", ing("ns/b", one+tls("c", "h.t"), "projectcontour.io/tls-minimum-protocol-version: '1.3'") + ing("ns/a", one+tls("c", "h.t")), both, nil},
		{"two highest versions", ing("ns/b", one+tls("c", "h.t"), "projectcontour.io/tls-maximum-protocol-version: '1.2'") + ing("ns/a", one+tls("c", "h.t")), both, nil},
		{"one path to two Services, over both listeners", ing("ns/b", one+tls("c", "h.t")) + ing("ns/a", two), both, map[string]string{"https h.t /a": "ns/one/a"}},
		{"one certificate, its default version written out", ing("ns/b", one+tls("c", "h.t"), "projectcontour.io/tls-minimum-protocol-version: '1.2'") + ing("ns/a", one+tls("c", "h.t")), nil, nil},
		{"the root's certificate overwrites both", proxy("root", secureRoot+toRoot) + ing("ns/b", one+tls("c", "h.t")) + ing("ns/a", one+tls("d", "h.t")), nil, nil},
	} {
		t.Run(c.name, c.run)
	}
}

// genMixed makes a few Ingresses and roots on few hosts and paths, as one document each.
func genMixed(t *rapid.T) []string {
	paths := []string{"/", "/", "/a", "/a", "/a/", "/b", "/ab", "/a/b", "/a/b/"}
	free := append(slices.Clone(paths), "/a*", "/[ab]", "/b+", "/a%20b", "/[", "/a?")
	host := func() string {
		return word(t, "host", "h.t", "h.t", "h.t", "g.t", "*.t", "a.g.t", "*.g.t", "")
	}
	var out []string
	for i := range rapid.IntRange(1, 4).Draw(t, "ingresses") {
		var rs, annotations []string
		for range rapid.IntRange(1, 2).Draw(t, "rules") {
			var ps []string
			for range rapid.IntRange(1, 3).Draw(t, "paths") {
				kind, of := word(t, "type", "Prefix", "Prefix", "Exact", "ImplementationSpecific"), paths
				if kind == "ImplementationSpecific" {
					of = free
				}
				ps = append(ps, kind+" "+word(t, "path", of...)+" "+word(t, "service", "sa", "sb"))
			}
			rs = append(rs, rule(host(), ps...))
		}
		spec := rules(rs...)
		if rapid.Bool().Draw(t, "tls") {
			spec += tls(word(t, "secret", "c", "c", "d", "''"), word(t, "tls host", "h.t", "g.t", "*.t"))
		}
		for _, a := range []string{
			"kubernetes.io/ingress.allow-http: 'false'", "ingress.kubernetes.io/force-ssl-redirect: 'true'", "projectcontour.io/retry-on: 5xx",
			"projectcontour.io/tls-minimum-protocol-version: '1.3'", "projectcontour.io/tls-maximum-protocol-version: '1.2'", "kubernetes.io/ingress.class: nginx",
		} {
			if rapid.IntRange(0, 4).Draw(t, "annotation") == 0 {
				annotations = append(annotations, a)
			}
		}
		out = append(out, ing(fmt.Sprintf("%s/i%d", word(t, "namespace", "one", "two"), i), spec, annotations...))
	}
	for i, h := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"h.t", "g.t", "*.t", "*.g.t"}), 0, 3, rapid.ID[string]).Draw(t, "roots") {
		spec := "virtualhost: {fqdn: '" + h + "'" + word(t, "root tls", "", "", ", tls: {secretName: own}", ", tls: {passthrough: true}") + "}, routes: ["
		for range rapid.IntRange(0, 3).Draw(t, "routes") {
			spec += "{conditions: [" + word(t, "header", "", "", "{header: {name: x, present: true}}, ") + "{" + word(t, "kind", "prefix", "exact") + ": '" + word(t, "path", paths...) +
				"'}], permitInsecure: " + word(t, "permit", "true", "false") + ", services: [{name: sc, port: 80}]}, "
		}
		out = append(out, proxy(fmt.Sprintf("p%d", i), spec+"]"))
	}
	return out
}

func decodeAll(t rapid.TB, docs []string) (intent.Model, []httpproxy.Problem) {
	ps, set := objects(t, strings.Join(docs, ""))
	m, problems := httpproxy.DecodeWith(ps, set.Ingresses, httpproxy.DecodeOptions{})
	for i := range m.Hosts { // lines depend on the order of the documents
		m.Hosts[i].Origins = nil
		if m.Hosts[i].TLS != nil {
			m.Hosts[i].TLS.Origins = nil
		}
		for j := range m.Hosts[i].Routes {
			r := &m.Hosts[i].Routes[j]
			r.Origins, r.Opaque = nil, slices.Clone(r.Opaque)
			for k := range r.Opaque {
				r.Opaque[k].Origin = ledger.Origin{}
			}
		}
	}
	return m, problems
}

// TestIngressProperties: whatever stands beside what, the model is one that a table can be
// made of, its routes stand in Envoy's order on each listener, and the order of the
// documents does not matter.
func TestIngressProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := genMixed(t)
		m, problems := decodeAll(t, docs)
		tab, err := table.New(m)
		if err != nil || len(tab.Invalid()) > 0 {
			t.Fatalf("%v %v\n%s", err, tab.Invalid(), m)
		}
		for _, h := range m.Hosts {
			for _, scheme := range []string{"http", "https"} {
				if on := onScheme(h.Routes, scheme); !slices.IsSortedFunc(on, envoyOrder) {
					t.Fatalf("not in Envoy's order over %s:\n%s\n%s", scheme, m, strings.Join(docs, ""))
				}
			}
		}
		shuffled := slices.Clone(docs)
		rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed"))).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		again, others := decodeAll(t, shuffled)
		if !m.Equal(again) || !slices.Equal(problems, others) {
			t.Fatalf("the order of documents matters:\n%s\n%s\n%v\n%v", m, again, problems, others)
		}
	})
}

// onScheme are the routes that requests of one scheme can meet.
func onScheme(routes []intent.Route, scheme string) (out []intent.Route) {
	for _, r := range routes {
		if !slices.ContainsFunc(r.Match.Headers, func(c intent.Cond) bool { return c.Name == ":scheme" && c.Value != scheme }) {
			out = append(out, r)
		}
	}
	return out
}

// envoyOrder is the order of paths, and of header conditions by their number.
func envoyOrder(a, b intent.Route) int {
	rank := map[intent.PathKind]int{intent.ExactPath: 0, intent.RegexPath: 1, intent.SegmentPrefix: 2, intent.StringPrefix: 2}
	headers := func(r intent.Route) int {
		return len(slices.DeleteFunc(slices.Clone(r.Match.Headers), func(c intent.Cond) bool { return c.Name == ":scheme" }))
	}
	p, q := a.Match.Path, b.Match.Path
	return cmp.Or(cmp.Compare(rank[p.Kind], rank[q.Kind]), cmp.Compare(length(q), length(p)), cmp.Compare(q.Value, p.Value),
		cmp.Compare(q.Kind, p.Kind), cmp.Compare(headers(b), headers(a)))
}

// length is what paths of one kind are ordered by first; exact ones go by their text alone.
func length(p intent.Path) int {
	if p.Kind == intent.ExactPath {
		return 0
	}
	return len(p.Value)
}

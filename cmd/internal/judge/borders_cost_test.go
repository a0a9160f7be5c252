package judge

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// bigPlan has so many hosts, with one team each; the first host is shop.example.com, whose team
// has a hundred paths given to another, in all four ways, and exceptions for so many offences.
func bigPlan(hosts int) *ownership.Plan {
	p := &ownership.Plan{RootNamespace: "security-admin-only", FanoutNamespace: "site-admin-only", Teams: []ownership.Team{
		{Name: "shop", Namespaces: []string{"shop"}}, {Name: "other", Namespaces: []string{"other"}},
	}}
	first := ownership.HostRule{Host: "shop.example.com", MinTLS: "1.2", RootIP: true, Claims: []ownership.Claim{
		{Team: "shop", Namespace: "shop", Path: "/area", Kind: ownership.Prefix},
	}}
	for i := range 100 {
		kind := []ownership.ClaimKind{ownership.Prefix, ownership.Prefix, ownership.StringPrefix, ownership.Exact, ownership.Regex}[i%5]
		first.Claims = append(first.Claims, ownership.Claim{Team: "other", Namespace: "other", Kind: kind,
			Path: "/area" + strings.Repeat("/deep", i%3) + fmt.Sprintf("/given-%d", i)})
	}
	p.Hosts = append(p.Hosts, first)
	for i := range hosts - 1 {
		p.Hosts = append(p.Hosts, ownership.HostRule{Host: fmt.Sprintf("host-%d.example.org", i), Claims: []ownership.Claim{
			{Team: "shop", Namespace: "shop", Path: "/", Kind: ownership.Prefix},
		}})
	}
	for i := range exceptedOffences {
		p.Exceptions = append(p.Exceptions, ownership.Exception{Rule: "insecure", Object: "HTTPProxy shop/shop-example-com-area", What: fmt.Sprintf("permitInsecure on prefix /deep/part-%d", i)})
	}
	p.Normalize()
	return p
}

// exceptedOffences is how many offences of one object against one rule are excepted by name.
const exceptedOffences = 400

// large are objects of a size that people have, and whether the plan lets them be.
func large(routes int) map[string]largeObject {
	proxy := func(n int, route func(i int) object) object {
		var list []any
		for i := range n {
			r := route(i)
			r["services"] = []any{object{"name": "web", "port": 80}}
			list = append(list, r)
		}
		return object{"apiVersion": "projectcontour.io/v1", "kind": "HTTPProxy", "metadata": object{"name": "shop-example-com-area", "namespace": "shop"}, "spec": object{"routes": list}}
	}
	path := func(n int, kind, format string) object {
		return proxy(n, func(i int) object { return object{"conditions": []any{object{kind: fmt.Sprintf(format, i)}}} })
	}
	var rules, foreign, names, wildcards, includes []any
	for i := range 100 {
		rules = append(rules, object{"host": fmt.Sprintf("host-%d.example.org", i)})
		foreign = append(foreign, object{"host": fmt.Sprintf("host-%d.example.net", i)})
	}
	for i := range 16 {
		names = append(names, []string{"*.org", fmt.Sprintf("host-%d.example.org", i)}[i%2])
		wildcards = append(wildcards, fmt.Sprintf("*.other-%d.net", i))
	}
	for i := range routes {
		includes = append(includes, object{"name": fmt.Sprintf("mount-%d", i), "namespace": "shop", "conditions": []any{object{"prefix": fmt.Sprintf("/p%d", i)}}})
	}
	named := func(version, kind, name, namespace string, spec object) object {
		return object{"apiVersion": version, "kind": kind, "metadata": object{"name": name, "namespace": namespace}, "spec": spec}
	}
	const networking, gateway = "networking.k8s.io/v1", "gateway.networking.k8s.io/v1"
	return map[string]largeObject{
		"prefixes":       {path(routes, "prefix", "/deep/part-%d/more"), true},
		"exact paths":    {path(routes, "exact", "/deep/part-%d/more"), true},
		"prefixes given": {path(routes, "prefix", "/given-0/x%d"), false},
		"regexes":        {path(routes, "regex", "/part-%d/[a-z]+"), true},
		"alternatives":   {path(20, "regex", "/(?:part-%d|other)/[a-z]+"), false}, // each may meet all given paths, below either base
		"regexes given":  {path(routes, "regex", "/deep/given-%d.*"), false},
		"switches":       {proxy(routes, func(i int) object { return object{"permitInsecure": true, "authPolicy": object{"disabled": true}} }), false},
		"excepted": {proxy(exceptedOffences, func(i int) object {
			return object{"permitInsecure": true, "conditions": []any{object{"prefix": fmt.Sprintf("/deep/part-%d", i)}}}
		}), true},
		"Ingress":          {named(networking, "Ingress", "large", "shop", object{"rules": foreign}), true},
		"Ingress of hosts": {named(networking, "Ingress", "large", "shop", object{"rules": rules}), false},
		"HTTPRoute":        {named(gateway, "HTTPRoute", "large", "shop", object{"hostnames": wildcards}), true},
		"HTTPRoute, hosts": {named(gateway, "HTTPRoute", "large", "shop", object{"hostnames": names}), false},
		"fanout":           {named("projectcontour.io/v1", "HTTPProxy", "shop-example-com-fanout", "site-admin-only", object{"includes": includes}), false},
	}
}

type largeObject struct {
	object object
	may    bool // as the plan says
}

// testCost: large objects against a large plan are judged, within the API server's limits of
// CEL, as the reference judges them: new ones and, in warn mode, updates of what is there.
func testCost(t *testing.T, b *bordered) {
	b.must(t, b.namespaces("shop", "other"))
	borders := guard.From(bigPlan(5000))
	all := large(1000)
	for _, e := range []guard.Enforcement{guard.Warn, guard.Deny} {
		b.must(t, b.enforce(borders, e))
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if e == guard.Deny && !strings.HasPrefix(name, "prefixes") {
				continue // which mode it is makes no difference to the cost
			}
			o := all[name]
			want, err := b.added("", o.object, nil, false)
			b.must(t, err)
			if (len(want) == 0) != o.may {
				t.Errorf("%s: the reference finds %d rules broken", name, len(want))
			}
			b.hold(t, fmt.Sprintf("%s: %s", e, name), "", o.object, want, e)
			if e == guard.Warn && (o.may || name == "alternatives") {
				away, err := b.keep(o.object)
				b.must(t, err)
				b.hold(t, "update: "+name, "", o.object, nil, e)
				b.must(t, away())
			}
		}
	}
}

// testSize: the API server keeps what Params says that it keeps, and Params does not say so of
// much less than that.
func testSize(t *testing.T, b *bordered) {
	b.must(t, b.namespaces("security-admin-only"))
	params := func(hosts int) (*corev1.ConfigMap, error) {
		borders := guard.From(bigPlan(hosts))
		return borders.Params()
	}
	keep := func(params *corev1.ConfigMap) error {
		params.Name = "size"
		o, err := asWritten(params)
		if err != nil {
			return err
		}
		return b.put("ConfigMap", params.Namespace, params.Name, o)
	}
	most := sort.Search(20_000, func(n int) bool {
		_, err := params(n + 1)
		return err != nil
	})
	within, err := params(most)
	b.must(t, err)
	if err := keep(within); err != nil {
		t.Errorf("%d hosts: %v", most, err)
	}
	beyond, err := params(most * 11 / 10)
	if err == nil || keep(beyond) == nil {
		t.Errorf("%d hosts are kept, though Params says %v", most*11/10, err)
	}
	_, err = params(10_000)
	t.Logf("%d hosts fit; 10,000: %v", most, err)
}

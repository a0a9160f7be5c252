package judge

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/translate/delegation"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// A plan and objects are drawn from few words, so that they meet.
var (
	anyNamespace = rapid.SampledFrom([]string{"security-admin-only", "site-admin-only", "a", "b", "c"})
	anyHost      = rapid.SampledFrom([]string{"example.com", "www.example.com", "*.example.com", "x.y.example.com", "*.com", "example.org", "com", "EXAMPLE.com", "*.y.example.com"})
	planHost     = rapid.SampledFrom([]string{"example.com", "www.example.com", "*.example.com", "x.y.example.com", "example.org"})
	anyText      = rapid.SampledFrom([]string{"/", "/a", "/a/b", "/a/b/c", "/ab", "/A", "//a", "/a//b/", "/a/", "/b", "b", "/é", "/a.html", ""})
	anyRegex     = rapid.SampledFrom([]string{"/a", "/a.*", "/a?b", "/(?i:A/b).*", "/(?i:A/b)?", "/a|/b", "/(a|b)", "/x(((a|b)))", "/x((((a|b))))", "/x((((a))))", `/a\.html`, `/a\.*`, "/[|)(]", "(?i:/a)", "/a/b/c", "a", "b{2}", ".*", `/a\|b`, "[", ")|("})
	claimText    = rapid.SampledFrom([]string{"/", "/a", "/a/b", "/a/b/c", "/ab", "/A", "/b", "/é/a", "/a.html", "/a/", "/(?:a|b)/.*", ".*b$", "/a/b[a-c]*"})
)

func drawPlan(t *rapid.T) *ownership.Plan {
	p := &ownership.Plan{RootNamespace: "security-admin-only", FanoutNamespace: "site-admin-only"}
	for _, name := range []string{"a", "b"} {
		p.Teams = append(p.Teams, ownership.Team{Name: name, Namespaces: []string{name}})
	}
	if rapid.Bool().Draw(t, "domains") {
		p.Domains = []string{"example.com"}
	}
	for _, host := range rapid.SliceOfNDistinct(planHost, 1, 4, rapid.ID).Draw(t, "hosts") {
		h := ownership.HostRule{
			Host: host, MinTLS: rapid.SampledFrom([]string{"", "1.2", "1.3"}).Draw(t, "tls"),
			RootIP: rapid.Bool().Draw(t, "ip"), RootLimits: rapid.Bool().Draw(t, "limits"), AuthService: rapid.SampledFrom([]string{"", "auth/authz"}).Draw(t, "auth"), Legacy: rapid.IntRange(0, 4).Draw(t, "legacy") == 0,
		}
		seen := map[string]bool{}
		for i := range rapid.IntRange(1, 5).Draw(t, "claims") {
			team := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "team")
			c := ownership.Claim{Team: team, Namespace: team, Kind: rapid.SampledFrom([]ownership.ClaimKind{ownership.Prefix, ownership.Prefix, ownership.StringPrefix, ownership.Exact, ownership.Regex}).Draw(t, "kind")}
			if c.Path = claimText.Draw(t, "path"); i == 0 {
				c.Path = rapid.SampledFrom([]string{"/", "/a"}).Draw(t, "wide")
			}
			if key := c.Kind.String() + " " + c.Path; !seen[key] {
				seen[key] = true
				h.Claims = append(h.Claims, c)
			}
		}
		p.Hosts = append(p.Hosts, h)
	}
	p.Normalize()
	return p
}

// drawObject is one of any kind, often under a name of the plan.
func drawObject(t *rapid.T, b guard.Borders) object {
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0:
		var rules []any
		for range rapid.IntRange(1, 3).Draw(t, "rules") {
			rule := object{"http": object{"paths": []any{object{
				"path": rapid.SampledFrom([]string{"/", "/.well-known/acme-challenge/x"}).Draw(t, "path"), "pathType": "Prefix",
				"backend": object{"service": object{"name": "web", "port": object{"number": 80}}},
			}}}}
			if rapid.IntRange(0, 5).Draw(t, "named") > 0 {
				rule["host"] = strings.ToLower(anyHost.Draw(t, "host"))
			}
			rules = append(rules, rule)
		}
		o := described(t, b, "networking.k8s.io/v1", "Ingress", object{"rules": rules})
		if rapid.Bool().Draw(t, "labelled") {
			o["metadata"].(object)["labels"] = object{"acme.cert-manager.io/http01-solver": "true"}
		}
		return o
	case 1:
		var names []any
		for range rapid.IntRange(0, 3).Draw(t, "names") {
			names = append(names, strings.ToLower(anyHost.Draw(t, "host")))
		}
		kind := rapid.SampledFrom([]string{"HTTPRoute", "HTTPRoute", "GRPCRoute", "TLSRoute"}).Draw(t, "route")
		version := map[string]string{"HTTPRoute": "v1", "GRPCRoute": "v1", "TLSRoute": "v1alpha2"}[kind]
		return described(t, b, "gateway.networking.k8s.io/"+version, kind, object{"hostnames": append([]any{}, names...)})
	case 2:
		to := []any{anyNamespace.Draw(t, "to"), rapid.SampledFrom([]string{"*", "c", "security-admin-only"}).Draw(t, "to")}
		return described(t, b, "projectcontour.io/v1", "TLSCertificateDelegation", object{"delegations": []any{object{"secretName": "tls", "targetNamespaces": to}}})
	case 3:
		meta := object{"name": anyNamespace.Draw(t, "name")}
		if rapid.Bool().Draw(t, "labelled") {
			meta["labels"] = object{guard.RoleLabel: rapid.SampledFrom([]string{"root", "fanout", "team", ""}).Draw(t, "role")}
		}
		return object{"apiVersion": "v1", "kind": "Namespace", "metadata": meta}
	case 4:
		return described(t, b, "projectcontour.io/v1", "HTTPProxy", drawRoot(t))
	case 5, 6:
		return described(t, b, "projectcontour.io/v1", "HTTPProxy", object{"includes": drawIncludes(t, b)})
	}
	return described(t, b, "projectcontour.io/v1", "HTTPProxy", object{"routes": drawRoutes(t)})
}

// described gives an object a name that the plan knows, as often as not.
func described(t *rapid.T, b guard.Borders, version, kind string, spec object) object {
	meta := object{"namespace": anyNamespace.Draw(t, "namespace"), "name": "mine"}
	host := rapid.SampledFrom(b.Hosts).Draw(t, "of host")
	switch {
	case kind != "HTTPProxy" || rapid.IntRange(0, 4).Draw(t, "known") == 0:
	case meta["namespace"] == b.Root:
		meta["name"] = host.Root
	case meta["namespace"] == b.Fanout:
		meta["name"] = delegation.Name(host.FQDN, "fanout")
	case len(b.Mounts) > 0:
		of := b.Mounts
		if wide := slices.DeleteFunc(slices.Clone(of), func(m guard.Mount) bool { return len(m.Given) == 0 }); len(wide) > 0 && rapid.Bool().Draw(t, "wide") {
			of = wide
		}
		m := rapid.SampledFrom(of).Draw(t, "mount")
		meta["namespace"], meta["name"] = m.Namespace, m.Name
	}
	return object{"apiVersion": version, "kind": kind, "metadata": meta, "spec": spec}
}

func drawRoot(t *rapid.T) object {
	vhost := object{"fqdn": anyHost.Draw(t, "fqdn")}
	switch rapid.IntRange(0, 4).Draw(t, "tls") {
	case 0:
		vhost["tls"] = object{"passthrough": true}
	case 1:
		vhost["tls"] = object{"secretName": "tls"}
	case 2:
		vhost["tls"] = object{"secretName": "tls", "minimumProtocolVersion": "1.3"}
	case 3:
		vhost["tls"] = object{"minimumProtocolVersion": "1.3"}
	}
	return object{"virtualhost": vhost, "includes": []any{object{"name": "x", "namespace": anyNamespace.Draw(t, "in")}, object{"name": "own"}}}
}

func drawIncludes(t *rapid.T, b guard.Borders) []any {
	var out []any
	for range rapid.IntRange(1, 3).Draw(t, "includes") {
		in := object{"name": "x", "namespace": anyNamespace.Draw(t, "in")}
		if rapid.Bool().Draw(t, "own") {
			delete(in, "namespace")
		}
		var conditions []any
		if len(b.Mounts) > 0 && rapid.IntRange(0, 3).Draw(t, "known") > 0 {
			m := rapid.SampledFrom(b.Mounts).Draw(t, "mount")
			in["name"], in["namespace"] = m.Name, m.Namespace
			if len(m.Paths) > 0 && rapid.Bool().Draw(t, "confined") {
				conditions = append(conditions, object{"header": object{"name": rapid.SampledFrom([]string{":path", ":PATH", "x"}).Draw(t, "header"), "regex": rapid.SampledFrom(m.Paths).Draw(t, "re")}})
			}
			if rapid.Bool().Draw(t, "below") {
				conditions = append(conditions, object{"prefix": m.Path})
			}
		}
		for range rapid.IntRange(0, 2).Draw(t, "conditions") {
			conditions = append(conditions, object{"prefix": anyText.Draw(t, "prefix")})
		}
		in["conditions"] = append([]any{}, conditions...)
		out = append(out, in)
	}
	return out
}

// anySwitches are what a route may say for itself, and what makes it answer by itself.
var anySwitches = []struct {
	key   string
	value object
}{
	{"authPolicy", object{"disabled": true}},
	{"authPolicy", object{"context": object{"user": "x"}}},
	{"jwtVerificationPolicy", object{"disabled": true}},
	{"rateLimitPolicy", object{"global": object{"disabled": true}}},
	{"rateLimitPolicy", object{"global": object{"descriptors": []any{object{"entries": []any{object{"remoteAddress": object{}}}}}}}},
	{"rateLimitPolicy", object{"local": object{"requests": 1, "unit": "second"}}},
	{"responseHeadersPolicy", object{"remove": []any{"Host"}}},
	{"directResponsePolicy", object{"statusCode": 404}},
	{"requestRedirectPolicy", object{"statusCode": 301}},
}

func drawRoutes(t *rapid.T) []any {
	var out []any
	for range rapid.IntRange(1, 3).Draw(t, "routes") {
		var conditions []any
		for range rapid.IntRange(0, 2).Draw(t, "conditions") {
			kind := rapid.SampledFrom([]string{"prefix", "exact", "regex", "regex"}).Draw(t, "kind")
			text := anyText
			if kind == "regex" {
				text = anyRegex
			}
			conditions = append(conditions, object{kind: text.Draw(t, kind)})
		}
		if rapid.IntRange(0, 3).Draw(t, "header") == 0 {
			conditions = append(conditions, object{"header": object{"name": "X-a", "present": true}}, object{"queryParameter": object{"name": "q", "exact": "x"}})
		}
		r := object{"conditions": append([]any{}, conditions...), "services": []any{object{"name": "web", "port": 80}}}
		for _, s := range anySwitches {
			if rapid.IntRange(0, 7).Draw(t, s.key) == 0 {
				r[s.key] = s.value
			}
		}
		if rapid.IntRange(0, 2).Draw(t, "replaced") == 0 {
			r["pathRewritePolicy"] = object{"replacePrefix": []any{object{"replacement": "/"}}}
		}
		filter := []any{object{"source": "Peer", "cidr": "10.0.0.0/8"}}
		switch rapid.IntRange(0, 5).Draw(t, "filter") {
		case 0:
			r["ipAllowPolicy"] = filter
		case 1:
			r["ipDenyPolicy"] = filter
		case 2:
			r["permitInsecure"] = true
		}
		out = append(out, r)
	}
	return out
}

// randomPlans is how many plans are drawn, and randomObjects how many writes are tried under each.
const randomPlans, randomObjects = 40, 12

// testRandom: under plans and with objects that are drawn, the policies find what the reference
// finds, for new objects and for updates.
func testRandom(t *testing.T, b *bordered) {
	b.must(t, b.namespaces("a", "b", "c"))
	tried, updates, broken := 0, 0, map[string]int{}
	for i := range randomPlans {
		plan := rapid.Custom(drawPlan).Example(i)
		b.must(t, b.enforce(guard.From(plan), guard.Warn))
		for j := range randomObjects {
			draw := func(seed int) object {
				return rapid.Custom(func(t *rapid.T) object { return drawObject(t, b.borders) }).Example(seed)
			}
			now, before := draw(2*(i*randomObjects+j)), draw(2*(i*randomObjects+j)+1)
			var away func() error
			if before["kind"] == now["kind"] && now["kind"] != "Namespace" {
				before["metadata"] = object{"name": now["metadata"].(object)["name"], "namespace": now["metadata"].(object)["namespace"]}
				if a, err := b.keep(before); err == nil {
					away = a
					updates++
				} else if !answered(err, http.StatusUnprocessableEntity) {
					t.Fatal(err)
				}
			}
			account := []string{"eve", ownership.DefaultSolver().Account()}[j%3/2]
			want, err := b.added(account, now, before, away != nil)
			b.must(t, err)
			tried++
			for rule := range want {
				broken[rule]++
			}
			b.hold(t, fmt.Sprintf("plan %d, object %d", i, j), account, now, want, guard.Warn)
			if away != nil {
				b.must(t, away())
			}
			if t.Failed() {
				text, err := json.Marshal(object{"before": before, "updated": away != nil, "now": now, "borders": b.borders})
				b.must(t, err)
				t.Fatalf("%s", text)
			}
		}
	}
	for _, r := range guard.Rules() {
		if r.Held.Has(guard.Admission) && broken[r.ID] == 0 {
			t.Errorf("no write that was drawn breaks %s", r.ID)
		}
	}
	t.Logf("%d writes, %d of them updates; they break %v", tried, updates, broken)
}

// testTypes: the controller manager finds no fault with the types of the expressions, and does
// find one that is made for it.
func testTypes(t *testing.T, b *bordered) {
	b.must(t, b.StartControllers("validatingadmissionpolicy-status-controller"))
	wrong := "wrong-types"
	objects, _, err := b.borders.Admission(guard.Warn)
	b.must(t, err)
	names := []string{wrong}
	for _, o := range objects {
		if o.Kind != "ValidatingAdmissionPolicy" {
			continue
		}
		names = append(names, o.Name)
		written, err := asWritten(o.Value)
		b.must(t, err)
		if o.Name == "split-ingress-root-namespace" {
			written["metadata"] = object{"name": wrong}
			written["spec"].(object)["validations"] = []any{object{"expression": "object.spec.virtualhost.fqdn + 1 == 2 && object.spec.virtualHost.fqdn == ''"}}
			o.Name = wrong
		}
		b.must(t, b.put(o.Kind, "", o.Name, written))
	}
	for _, name := range names {
		var policy struct {
			Metadata struct{ Generation int64 }
			Status   struct {
				ObservedGeneration int64
				TypeChecking       *struct {
					ExpressionWarnings []struct{ FieldRef, Warning string }
				}
			}
		}
		b.must(t, waitFor(2*time.Minute, "the types of "+name, func() error {
			path, err := collection("ValidatingAdmissionPolicy", "")
			if err != nil {
				return err
			}
			answer, err := b.call(http.MethodGet, path+"/"+name, nil)
			if err == nil {
				err = json.Unmarshal(answer, &policy)
			}
			if err == nil && (policy.Status.TypeChecking == nil || policy.Status.ObservedGeneration != policy.Metadata.Generation) {
				err = fmt.Errorf("not checked yet: %+v", policy)
			}
			return err
		}))
		for _, w := range policy.Status.TypeChecking.ExpressionWarnings {
			if name != wrong {
				t.Errorf("%s: %s: %s", name, w.FieldRef, w.Warning)
			}
		}
		if name == wrong && len(policy.Status.TypeChecking.ExpressionWarnings) == 0 {
			t.Error("an expression with wrong types is not found fault with")
		}
	}
}

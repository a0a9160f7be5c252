package ownership

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// patterned is a host of so many patterns of one namespace, and of some of others.
func patterned(patterns int, others ...string) intent.Model {
	h := intent.Host{Name: "shop.example"}
	route := func(path, namespace string) {
		h.Routes = append(h.Routes, intent.Route{
			Match:   intent.Match{Path: intent.Path{Kind: intent.RegexPath, Value: path, Fold: true}},
			Forward: &intent.Forward{Backends: []intent.Backend{{Namespace: namespace, Service: "web", Port: "80", Weight: 1}}},
		})
	}
	for i := range patterns {
		route(fmt.Sprintf("^/part-%d/(.*)", i), "shop")
	}
	for i, namespace := range others {
		route(fmt.Sprintf("^/other-%d", i), namespace)
	}
	return intent.Model{Hosts: []intent.Host{h}}
}

// TestWholeHost: an owner of many patterns is given the host if nobody else has a path of it, and
// that is told.
func TestWholeHost(t *testing.T) {
	for _, c := range []struct {
		name   string
		model  intent.Model
		claims int
	}{
		{"a few", patterned(manyPatterns), manyPatterns},
		{"many", patterned(manyPatterns + 1), 1},
		{"many, and another's", patterned(manyPatterns+1, "pay"), manyPatterns + 2},
	} {
		plan, findings := Infer(Input{Model: c.model}, "", "")
		claims := plan.Hosts[0].Claims
		if len(claims) != c.claims {
			t.Errorf("%s: %d claims, not %d", c.name, len(claims), c.claims)
		}
		whole := claims[0].Path == "/" && claims[0].Kind == Prefix && claims[0].Namespace == "shop"
		told := slices.ContainsFunc(findings, func(f ledger.Finding) bool {
			return f.Rule == RuleWholeHost && strings.HasPrefix(f.Message, fmt.Sprint(manyPatterns+1, " patterns lead to namespace shop"))
		})
		if want := c.claims == 1; whole != want || told != want {
			t.Errorf("%s: given the whole host: %v, told: %v, want %v", c.name, whole, told, want)
		}
		if err := plan.Check(c.model, ""); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

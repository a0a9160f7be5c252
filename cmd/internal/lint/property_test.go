package lint

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// drawRegex is a regex of few letters that begins with a slash.
func drawRegex(t *rapid.T, label string) string {
	part := rapid.SampledFrom([]string{"a", "b", "/", "/a", "/b", ".", ".*", "[ab]", "a?", "b+", "(a|b)", "(?:a)?", "(?i:A)", "(?i:A|/b)", "|", `\.`, "{0}", "x{1,2}", "(/a)*", `\Q[\E`, `\Q]\E`, "[[:alpha:](]", "[[:alpha:])]", "[|]", "(/.*)?"})
	regex := "/" + strings.Join(rapid.SliceOfN(part, 0, 5).Draw(t, label), "")
	if _, err := regexp.Compile(regex); err != nil {
		t.Skip("no regex")
	}
	return regex
}

// drawClaims are a claim of team t and one of team o, that may be below it.
func drawClaims(t *rapid.T) []ownership.Claim {
	path := rapid.SampledFrom([]string{"/", "/a", "/a/b", "/b."}).Draw(t, "mine")
	kinds := []ownership.ClaimKind{ownership.Prefix, ownership.StringPrefix, ownership.Exact, ownership.Regex}
	claims := []ownership.Claim{{Path: path, Team: "t", Namespace: "t"}, {Team: "o", Namespace: "o", Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}}
	if rapid.IntRange(0, 3).Draw(t, "regexes") == 0 {
		claims[0].Kind, claims[0].Path = ownership.Regex, drawRegex(t, "my regex")
	}
	claims[1].Path = joinedPath(path, rapid.SampledFrom([]string{"a", "b/a", "x", "a/"}).Draw(t, "given"))
	if claims[1].Kind == ownership.Regex {
		claims[1].Path = rapid.SampledFrom([]string{"", ".*", "^"}).Draw(t, "start") + drawRegex(t, "given regex")
	}
	return claims
}

// drawRoute is a regex in most cases.
func drawRoute(t *rapid.T) contour.Route {
	path := rapid.SampledFrom([]string{"/a", "/", "/b/a", "/a/b.a", "/x/", "/A"})
	switch rapid.IntRange(0, 5).Draw(t, "route") {
	case 0:
		return contour.Route{Conditions: []contour.MatchCondition{{Exact: path.Draw(t, "exact")}}}
	case 1:
		r := contour.Route{Conditions: []contour.MatchCondition{{Prefix: path.Draw(t, "prefix")}}}
		if rapid.Bool().Draw(t, "replaced") {
			r.PathRewritePolicy = &contour.PathRewritePolicy{ReplacePrefix: []contour.ReplacePrefix{{Replacement: "/"}}}
		}
		return r
	}
	return contour.Route{Conditions: []contour.MatchCondition{{Regex: drawRegex(t, "regex")}}}
}

// TestReferenceIsCautious: whatever route really meets a path that was given to another, the
// reference refuses; and the path that lint shows matches, by Go's own word.
func TestReferenceIsCautious(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := &ownership.Plan{Hosts: []ownership.HostRule{{Host: "h.t", Claims: drawClaims(t)}}}
		plan.Normalize()
		b := guard.From(plan)
		m := &b.Mounts[slices.IndexFunc(b.Mounts, func(m guard.Mount) bool { return m.Team == "t" })]
		at := place{[]contour.MatchCondition{{Prefix: m.Path}}, []*guard.Mount{m}}
		if len(m.Paths) > 0 && (m.Kind == ownership.Regex || rapid.Bool().Draw(t, "confined")) {
			at.conditions = []contour.MatchCondition{{Header: &contour.HeaderMatchCondition{Name: ":path", Regex: m.Paths[0]}}, {Prefix: "/"}}
		}
		route := drawRoute(t)
		proxy := &contour.HTTPProxy{ObjectMeta: metav1.ObjectMeta{Namespace: "t", Name: m.Name}, Spec: contour.HTTPProxySpec{Routes: []contour.Route{route}}}
		refused := b.Crossings(proxy)
		for _, x := range at.crossings(proxy) {
			so, witness := at.meets(x)
			if so && !slices.ContainsFunc(refused, func(r guard.Crossing) bool { return r.What == x.What }) {
				t.Fatalf("%s takes %s, and the reference lets it through", x.What, witness)
			}
			if path := merged(slices.Concat(at.conditions, route.Conditions)); so && witness != "" && path.Kind == intent.RegexPath && !regexp.MustCompile(path.Value).MatchString(witness) {
				t.Fatalf("%v does not match %s", route, witness)
			}
		}
		if c := others(plan); len(m.Given) == 0 && c.Kind == ownership.Regex && m.Kind != ownership.Regex && route.Conditions[0].Prefix == "" {
			if so, witness := at.meets(guard.Crossing{Route: route, Given: guard.Given{Path: c.Path, Kind: c.Kind}}); so {
				t.Fatalf("%v takes %s of %s, which is not given", route, witness, c.Path)
			}
		}
	})
}

// others is the claim of team o.
func others(p *ownership.Plan) ownership.Claim {
	claims := p.Hosts[0].Claims
	return claims[slices.IndexFunc(claims, func(c ownership.Claim) bool { return c.Team == "o" })]
}

func joinedPath(a, b string) string { return strings.TrimSuffix(a, "/") + "/" + b }

package lint

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// TestReferenceIsCautious: whatever regex really meets a path that was given to another, the
// reference refuses; and the path that lint shows matches, by Go's own word.
func TestReferenceIsCautious(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"a", "b", "/", "/a", "/b", ".", ".*", "[ab]", "a?", "b+", "(a|b)", "(?:a)?", "(?i:A)", "(?i:A|/b)", "|", `\.`, "{0}", "x{1,2}", "(/a)*", `\Q[\E`, `\Q]\E`, "[[:alpha:](]", "[[:alpha:])]", "[|]", "(/.*)?"})
		regex := "/" + strings.Join(rapid.SliceOfN(part, 0, 5).Draw(t, "regex"), "")
		if _, err := regexp.Compile(regex); err != nil {
			t.Skip("no regex")
		}
		path := rapid.SampledFrom([]string{"/", "/a", "/a/b", "/b."}).Draw(t, "mine")
		claims := []ownership.Claim{
			{Path: path, Team: "t", Namespace: "t"},
			{Path: joinedPath(path, rapid.SampledFrom([]string{"a", "b/a", "x"}).Draw(t, "given")), Team: "o", Namespace: "o", Kind: rapid.SampledFrom([]ownership.ClaimKind{ownership.Prefix, ownership.StringPrefix, ownership.Exact}).Draw(t, "kind")},
		}
		plan := &ownership.Plan{Hosts: []ownership.HostRule{{Host: "h.t", Claims: claims}}}
		plan.Normalize()
		b := guard.From(plan)
		at := slices.IndexFunc(b.Mounts, func(m guard.Mount) bool { return m.Team == "t" })
		m := b.Mounts[at]
		include := []contour.MatchCondition{{Prefix: path}}
		if confined := httpproxy.Confinements(claims[0]); len(confined) > 0 && rapid.Bool().Draw(t, "confined") {
			include = []contour.MatchCondition{{Header: &contour.HeaderMatchCondition{Name: ":path", Regex: confined[0]}}, {Prefix: "/"}}
		}
		route := contour.Route{Conditions: []contour.MatchCondition{{Regex: regex}}}
		proxy := &contour.HTTPProxy{ObjectMeta: metav1.ObjectMeta{Namespace: "t", Name: m.Name}, Spec: contour.HTTPProxySpec{Routes: []contour.Route{route}}}
		so, witness := meets(include, guard.Crossing{Route: route, Given: m.Given[0]})
		if so && len(b.Crossings(proxy)) == 0 {
			t.Fatalf("%s below %s takes %s of %v, and the reference lets it through", regex, path, witness, m.Given[0])
		}
		if so && witness != "" && !regexp.MustCompile(merged(include, route.Conditions).Value).MatchString(witness) {
			t.Fatalf("%s does not match %s", regex, witness)
		}
	})
}

func joinedPath(a, b string) string { return strings.TrimSuffix(a, "/") + "/" + b }

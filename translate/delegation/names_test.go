package delegation_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/translate/delegation"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// TestNames pins the forms that DESIGN documents: a change renames objects of sites that
// people have converted.
func TestNames(t *testing.T) {
	claim := func(kind ownership.ClaimKind, path string) string {
		return delegation.PathSlug(ownership.Claim{Kind: kind, Path: path})
	}
	long := "/" + strings.Repeat("long/", 10)
	for _, c := range []struct{ got, want string }{
		{delegation.Name("example.com", "root"), "example-com-root"},
		{delegation.Name("example.com", "fanout"), "example-com-fanout"},
		{delegation.HostPart("a-b.example"), "a-b-example-119c49"},
		{delegation.HostPart("a.b.example"), "a-b-example"},
		{delegation.HostPart("*.h.example"), "h-example-ff418c"},
		{claim(ownership.Prefix, "/"), "site"},
		{claim(ownership.Prefix, "/login"), "login"},
		{claim(ownership.Prefix, "/a/b"), "a-b"},
		{claim(ownership.Prefix, "/a-b"), "a-b-590bb8"},
		{claim(ownership.Prefix, "/Upper"), "upper-38c603"},
		{claim(ownership.Prefix, "/root"), "root-94a6b4"},
		{claim(ownership.Prefix, "/fanout"), "fanout-cf04e9"},
		{claim(ownership.Prefix, "/site"), "site-61f461"},
		{claim(ownership.Prefix, "/v1.0"), "v1-0-c2acec"},
		{claim(ownership.Exact, "/login/health"), "login-health-de2309"},
		{claim(ownership.StringPrefix, "/x/"), "x-4a74d2"},
		{claim(ownership.Exact, "/x"), "x-6bf309"},
		{claim(ownership.Prefix, "/ü"), "80c0f5"},
		{claim(ownership.Prefix, long), "long-long-long-long-long-long-lon-f621d2"},
		{delegation.RegexSlug("app", "app"), "regex-app-a23912"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

var label = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)

func genHost() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`(\*\.)?[ab](-?[ab])?(\.[ab](-?[ab])?){0,3}`),
		rapid.StringMatching(`([a-z]([a-z0-9-]{0,18}[a-z0-9])?\.){1,5}[a-z]{2,10}`),
		rapid.SampledFrom([]string{"example.com", "*.example.com", "example-com", "xn--bcher-kva.example"}),
	)
}

func genClaim() *rapid.Generator[ownership.Claim] {
	return rapid.Custom(func(t *rapid.T) ownership.Claim {
		return ownership.Claim{
			Kind: rapid.SampledFrom([]ownership.ClaimKind{ownership.Prefix, ownership.Prefix, ownership.StringPrefix, ownership.Exact}).Draw(t, "kind"),
			Path: rapid.OneOf(rapid.StringMatching(`/([ab-]{1,2}/?){0,3}`), rapid.StringMatching(`/[aB._~%-]{0,60}`), rapid.SampledFrom([]string{"/", "/root", "/fanout", "/site", "/ü", "/%20"})).Draw(t, "path"),
		}
	})
}

// TestNamesAreLabels: every name is a DNS-1123 label, and the same each time.
func TestNamesAreLabels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		host := genHost().Draw(t, "host")
		slugs := []string{
			"root", "fanout", delegation.PathSlug(genClaim().Draw(t, "claim")),
			delegation.RegexSlug(rapid.String().Draw(t, "team"), rapid.String().Draw(t, "namespace")),
		}
		for _, slug := range slugs {
			name := delegation.Name(host, slug)
			if len(name) > 63 || !label.MatchString(name) {
				t.Fatalf("%q and %q give %q, which is no label", host, slug, name)
			}
			if again := delegation.Name(host, slug); again != name {
				t.Fatalf("%q and then %q", name, again)
			}
		}
	})
}

// TestNamesAreUnique: different hosts and claims have different names. A hash has 24 bits,
// so the sets are small enough that an honest collision does not come up.
func TestNamesAreUnique(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seen := map[string]string{}
		note := func(name, what string) {
			if other, ok := seen[name]; ok && other != what {
				t.Fatalf("%s: both %s and %s", name, other, what)
			}
			seen[name] = what
		}
		hosts := rapid.SliceOfN(genHost(), 1, 4).Draw(t, "hosts")
		claims := rapid.SliceOfN(genClaim(), 1, 6).Draw(t, "claims")
		for _, h := range hosts {
			note(delegation.Name(h, "root"), h+" root")
			note(delegation.Name(h, "fanout"), h+" fanout")
			note(delegation.Name(h, delegation.RegexSlug("a", "b")), h+" regex")
			for _, c := range claims {
				note(delegation.Name(h, delegation.PathSlug(c)), h+" "+c.Kind.String()+" "+c.Path)
			}
		}
	})
}

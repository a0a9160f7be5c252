package ownership

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"pgregory.net/rapid"
)

func TestCovers(t *testing.T) {
	tests := []struct {
		claim string // kind and path
		path  string // as intent.Path prints it
		want  bool
	}{
		{"prefix /a", "segment /a", true},
		{"prefix /a/", "segment /a", true},
		{"prefix /a", "segment /a/", true},
		{"prefix /a", "segment /ab", false},
		{"prefix /a", "prefix /a", false},
		{"prefix /a", "prefix /a/", true},
		{"prefix /a", "exact /a/b", true},
		{"prefix /a", "exact /", false},
		{"prefix /a", "segment-fold /a", true},
		{"prefix /a", "segment-fold /a/b", false},
		{"prefix /1", "segment-fold /1/b", true},
		{"prefix /", "segment-fold /a/b", true},
		{"prefix /", "exact ", true},
		{"prefix /", "regex ^/a[", true},
		{"prefix ", "segment /x", true},
		{"string-prefix /a", "segment /ab", true},
		{"string-prefix /a/", "segment /a", false},
		{"string-prefix /", "regex .*", true},
		{"exact /a", "exact /a", true},
		{"exact /a", "segment /a", false},
		{"regex ^/a", "regex-fold ^/a", true},
		{"regex ^/a", "regex ^/a/b", false},
		{"prefix /a", "regex ^/a/b(.*)", true},
		{"prefix /a", "regex-fold ^/a/b(.*)", false},
		{"prefix /a", "regex ^/a(/|$)(.*)", false},
		{"prefix /a", "regex /a/b", false},
		{"prefix /a", "regex (?i)^/a/b", false},
		{"prefix /a", "regex ^/a/b|/c", false},
		{"string-prefix /a", "regex ^/a(.*)", true},
		{"string-prefix /a", "regex ^/a[", false},
	}
	for _, tt := range tests {
		kind, path, _ := strings.Cut(tt.claim, " ")
		var p intent.Path
		if err := p.UnmarshalText([]byte(tt.path)); err != nil {
			t.Fatal(err)
		}
		c := Claim{Kind: ClaimKind(slices.Index(kindNames[:], kind)), Path: path}
		if got := Covers(c, p); got != tt.want {
			t.Errorf("Covers(%s, %s) = %v", tt.claim, tt.path, got)
		}
	}
}

// TestCoversRequests holds Covers against requests: a claim covers a plain path if and only
// if every request of the path is under the claim; a regex or a path that folds case only if.
func TestCoversRequests(t *testing.T) {
	requests := []string{"/"}
	for i := 0; len(requests[i]) < 5; i++ {
		for _, c := range []string{"/", "a", "b", "A"} {
			requests = append(requests, requests[i]+c)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		c := Claim{
			Kind: rapid.SampledFrom([]ClaimKind{Prefix, StringPrefix, Exact}).Draw(t, "kind"),
			Path: rapid.StringMatching(`/([ab]/?){0,2}`).Draw(t, "claim"),
		}
		p := genPath().Filter(func(p intent.Path) bool { return p.Value != "" && !strings.Contains(p.Value, "//") }).Draw(t, "path")
		if k := keyOf(p); canonicalKey(key{c.Kind, c.Path}) == k && p.Fold {
			return // the claim names the route
		}
		all, any := true, false
		for _, r := range requests {
			if matches(p, r) {
				any = true
				all = all && matches(intent.Path{Kind: [...]intent.PathKind{intent.SegmentPrefix, intent.StringPrefix, intent.ExactPath}[c.Kind], Value: c.Path}, r)
			}
		}
		got, plain := Covers(c, p), p.Kind != intent.RegexPath && !p.Fold
		if got && !all || plain && any && all && !got {
			t.Fatalf("Covers(%s, %s) = %v, but by requests %v", claimText(c), p, got, all)
		}
	})
}

// matches says, as intent.PathKind does, whether a path matches a request.
func matches(p intent.Path, request string) bool {
	v := p.Value
	if p.Fold {
		v, request = strings.ToLower(v), strings.ToLower(request)
	}
	switch p.Kind {
	case intent.StringPrefix:
		return strings.HasPrefix(request, v)
	case intent.SegmentPrefix:
		return strings.HasPrefix(request+"/", strings.TrimRight(v, "/")+"/")
	case intent.ExactPath:
		return request == v
	}
	re, err := regexp.Compile(v)
	return err == nil && re.MatchString(request)
}

// TestOwner holds the search among sorted claims against a plain scan.
func TestOwner(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h HostRule
		for i, k := range rapid.SliceOfNDistinct(genKey(), 0, 8, canonicalKey).Draw(t, "claims") {
			h.Claims = append(h.Claims, Claim{Path: k.path, Kind: k.kind, Team: fmt.Sprint(i % 2), Namespace: fmt.Sprint(i)})
		}
		p := Plan{Hosts: []HostRule{h}}
		p.Normalize()
		path := genPath().Draw(t, "path")
		want := -1
		for i, c := range h.Claims {
			if keyOf(path) == (key{c.Kind, c.Path}) {
				want = i
				break
			}
			if Covers(c, path) && (want < 0 || compareKeys(key{c.Kind, c.Path}, key{h.Claims[want].Kind, h.Claims[want].Path}) > 0) {
				want = i
			}
		}
		if got := owner(h.Claims, path); got != want {
			t.Fatalf("owner of %s in %+v: have %d, want %d", path, h.Claims, got, want)
		}
	})
}

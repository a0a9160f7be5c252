package equivalence_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// outside are the lemmas that no table tells, and those that hold within the domain, where
// the proof and TestProfile have them.
var outside = []string{
	"told-upstreams", "header-names", "connection-names", "unknown-path-policies", "upstream-failures", "misdirected", "upgrades", "trace", // played by recorded runs (cmd/internal/golden)
	"redirect-status", "trailing-slash", "unknown-path-http", "unknown-path-rewrite", "redirect-host", "default-port", "hsts", "upstream-path",
	"patterns-and-escapes", "forwarded-for", "compression", "body-size", "error-bodies", "retries", "connect-timeout", "keep-alive", "buffering", "canary-endpoints", "unknown-host", "default-certificate",
}

func path(r table.Request) string {
	p, _, _ := strings.Cut(r.URI, "?")
	return p
}

// wild is a site with a wildcard host, a canary by header and one by cookie, a redirect and
// a rewrite.
const wild = `model
	host name=*.w.t from="f|0|1|Ingress a/i|"
		route from="f|0|1|Ingress a/i|"
			match path="segment /x" header="x-canary is always"
			forward
				backend namespace=a service=next port=80 weight=1
		route from="f|0|1|Ingress a/i|"
			match path="segment /x" cookie="canary is always"
			forward
				backend namespace=a service=cookie port=80 weight=1
		route from="f|0|1|Ingress a/i|"
			match path="segment /x"
			forward
				backend namespace=a service=x port=80 weight=1
		route from="f|0|1|Ingress a/i|"
			match path="segment /old"
			redirect status=301 scheme=https path={uri}
		route from="f|0|1|Ingress a/i|"
			match path="prefix /api/"
			forward
				backend namespace=a service=api port=80 weight=1
				rewrite from-path=/api/ to=/v1/
		route from="f|0|1|Ingress a/i|"
			match path="segment /"
			forward
				backend namespace=a service=site port=80 weight=1
`

// genWild are requests of all kinds, most of them outside of the domain.
var genWild = rapid.Custom(func(t *rapid.T) table.Request {
	r := table.Request{Scheme: "http", Method: "GET"}
	r.Host = rapid.SampledFrom([]string{"a.w.t", "a.w.t", "A.w.t", "a_b.w.t", "-a.w.t", "a.b.w.t", "a.w.t.", "a.w.t:8080", "A.W.T", "w.t"}).Draw(t, "host")
	unit := rapid.SampledFrom([]string{"/", "/", "x", "api", "old", ".", "..", "%2e", "%2E%2e", "%2F", "%2f", "%41", "%40", "@", "%7B", "{", "%20", "\\", "%5C", ";", "%", "%4", "é", "#", "a%62c", "//"})
	r.URI = "/" + strings.Join(rapid.SliceOfN(unit, 0, 6).Draw(t, "path"), "")
	r.URI += rapid.SampledFrom([]string{"", "", "?", "?q=1", "?a=%2F#f"}).Draw(t, "query")
	for range rapid.IntRange(0, 2).Draw(t, "headers") {
		r.Headers = append(r.Headers, rapid.SampledFrom([]table.Header{
			{Name: "X-Canary", Value: "always"}, {Name: "x-canary", Value: "never"}, {Name: "Cookie", Value: "canary=always"},
			{Name: "cookie", Value: "other=1; canary=never; canary=always"}, {Name: "Cookie", Value: "canary=never"},
		}).Draw(t, "header"))
	}
	return r
})

// wildPair are the tables of the site, as it is and as it is converted.
func wildPair(t rapid.TB) (before, after *table.Table, edits []intent.Edit) {
	c := convertModel(t, wild, httpproxy.Options{})
	decoded, _ := httpproxy.Decode(c.proxies)
	before, after, err := table.Pair(c.model, decoded)
	if err != nil {
		t.Fatal(err)
	}
	return before, after, c.edits
}

// lemmasHold: a request that is answered differently has something that a lemma is about.
func lemmasHold(t *rapid.T) {
	before, after, edits := wildPair(t)
	r := genWild.Draw(t, "request")
	d, differs := equivalence.One(before, after, r, edits)
	if !differs || d.Edit != nil || (d.Dimension == intent.RewritePath || d.Dimension == intent.Location) && !clean(path(r)) { // upstream-path
		return
	}
	if len(equivalence.Outside(r, "*.w.t")) > 0 {
		return
	}
	t.Fatalf("%+v differs in %s, and no lemma is about it:\n%v\n%v", r, d.Dimension, d.Before, d.After)
}

func clean(p string) bool {
	return !strings.Contains(p, "//") && !regexp.MustCompile(`/\.\.?(/|$)|%`).MatchString(p) && !strings.ContainsAny(p, "{")
}

// TestLemmas: outside of the domain, the profile covers whatever differs.
func TestLemmas(t *testing.T) { rapid.Check(t, lemmasHold) }

func FuzzLemmas(f *testing.F) { f.Fuzz(rapid.MakeFuzz(lemmasHold)) }

// TestLemmasAreReal: every lemma is either about an example that differs as it says, or is
// known to be none of requests.
func TestLemmasAreReal(t *testing.T) {
	before, after, edits := wildPair(t)
	twice := []table.Header{{Name: "X-Canary", Value: "always"}, {Name: "X-Canary", Value: "always"}}
	examples := map[string]table.Request{
		"path-matching":    {Host: "a.w.t", URI: "/x%2Fy"},
		"backslash":        {Host: "a.w.t", URI: `/x\y`},
		"slashes-and-dots": {Host: "a.w.t", URI: "/x//.."},
		"above-root":       {Host: "a.w.t", URI: "/../x"},
		"broken-escape":    {Host: "a.w.t", URI: "/%"},
		"fragment":         {Host: "a.w.t", URI: "/#"},
		"non-ascii":        {Host: "a.w.t", URI: "/é"},
		"empty-query":      {Host: "a.w.t", URI: "/api/?"},
		"redirect-port":    {Host: "a.w.t:8080", URI: "/old"},
		"repeated-headers": {Host: "a.w.t", URI: "/x", Headers: twice},
		"host-dot":         {Host: "a.w.t.", URI: "/x"},
		"wildcard-label":   {Host: "a_b.w.t", URI: "/x"},
		"escaped-segments": {Host: "a.w.t", URI: "/y%2F..%2Fx"},
	}
	for id, r := range examples {
		r.Scheme, r.Method = "http", "GET"
		if d, differs := equivalence.One(before, after, r, edits); !differs || d.Edit != nil || !slices.Contains(equivalence.Outside(r, "*.w.t"), id) {
			t.Errorf("%s: %+v does not differ", id, r)
		}
	}
	for _, l := range equivalence.Profile() {
		if _, told := examples[l.ID]; told == slices.Contains(outside, l.ID) {
			t.Errorf("lemma %s is held by nothing, or twice", l.ID)
		}
	}
}

package nginx

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/catalog"
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// besides are keys that ingress-nginx does not read.
var besides = []string{Prefix + "rate-limit", Prefix + "client_max_body_size", Prefix + "x", "nginx.org/rewrites", "acme.example/x",
	"cert-manager.io/cluster-issuer", "argocd.argoproj.io/sync-wave", "haproxy.org/backend-config-snippet", classKey, "x"}

// genIngress makes one Ingress with any annotations, hosts and paths.
func genIngress(t *rapid.T, i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i%d\n  namespace: %s\n  annotations:\n    own: \"1\"\n",
		i, rapid.SampledFrom([]string{"app", "other"}).Draw(t, "namespace"))
	rules := Rules()
	for _, k := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(rules)-1), 0, 20, rapid.ID[int]).Draw(t, "keys") {
		value := rapid.OneOf(genValue(rules[k]), genValue(rules[k]), rapid.StringMatching(`[ -~\n\x00é]{0,12}`)).Draw(t, rules[k].Key)
		fmt.Fprintf(&b, "    %s%s: %q\n", Prefix, rules[k].Key, value)
	}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(besides), 0, 3, rapid.ID[string]).Draw(t, "besides") {
		fmt.Fprintf(&b, "    %s: %q\n", key, rapid.SampledFrom([]string{"nginx", "10", "1m", ""}).Draw(t, "value"))
	}
	b.WriteString("spec:\n")
	if rapid.Bool().Draw(t, "class") {
		b.WriteString("  ingressClassName: nginx\n")
	}
	if rapid.IntRange(0, 4).Draw(t, "default") == 0 {
		b.WriteString("  defaultBackend: {service: {name: s0, port: {number: 80}}}\n")
	}
	b.WriteString("  rules:\n")
	for range rapid.IntRange(1, 3).Draw(t, "rules") {
		host := rapid.SampledFrom([]string{"h.example", "www.h.example", "*.example", ""}).Draw(t, "host")
		fmt.Fprintf(&b, "  - host: %q\n    http:\n      paths:\n", host)
		for range rapid.IntRange(1, 3).Draw(t, "paths") {
			fmt.Fprintf(&b, "      - {path: %q, pathType: %s, backend: {service: {name: s%d, port: {number: 80}}}}\n",
				rapid.SampledFrom([]string{"/", "/a", "/a/", "/a/b", "/a.*", "/(a", "/a[", "/x y", "/a(/|$)(.*)"}).Draw(t, "path"),
				rapid.SampledFrom([]string{"Prefix", "Exact", "ImplementationSpecific"}).Draw(t, "type"),
				rapid.IntRange(0, 2).Draw(t, "service"))
		}
	}
	return b.String()
}

// genSettings makes a ConfigMap of the controller; nil is none.
func genSettings(t *rapid.T) map[string]string {
	if rapid.Bool().Draw(t, "defaults") {
		return nil
	}
	data := map[string]string{}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"allow-snippet-annotations", "annotations-risk-level", "proxy-body-size",
		"proxy-buffer-size", "custom-http-errors", "global-auth-url", "block-cidrs", "annotation-value-word-blocklist", "typo", "use-forwarded-headers",
		"strict-validate-path-type", "whitelist-source-range", "proxy-read-timeout", "http-redirect-code"}), 0, 4, rapid.ID[string]).Draw(t, "settings") {
		data[key] = rapid.SampledFrom(append([]string{"Critical", "a,b"}, valuesOf...)).Draw(t, key)
	}
	return data
}

// everythingSettled reads any Ingresses for serving and for a target: nothing panics, every annotation is in the
// ledger once and has a fate with a reason, and the same input gives the same result.
func everythingSettled(t *rapid.T, keys *catalog.Catalog) {
	text := genIngress(t, 0)
	if rapid.Bool().Draw(t, "two") {
		text += "---\n" + genIngress(t, 1)
	}
	opts := Options{Catalog: keys, Settings: genSettings(t), Classless: rapid.Bool().Draw(t, "classless"), Complete: rapid.Bool().Draw(t, "complete"),
		Passthrough: rapid.Bool().Draw(t, "relays")}
	for _, read := range []reader{served, Translate} {
		settledBy(t, read, text, opts)
	}
}

// reader is one way to read a set.
type reader func(set *manifest.Set, opts Options) (intent.Model, []ledger.Finding)

// served reads as for serving Ingresses as they are.
func served(set *manifest.Set, opts Options) (intent.Model, []ledger.Finding) {
	m, findings := Interpret(set, opts)
	return m, append(findings, Explicit(&m, set, opts)...)
}

func settledBy(t *rapid.T, read reader, text string, opts Options) {
	once, set := readingOf(t, read, text, opts)
	if again, _ := readingOf(t, read, text, opts); again != once {
		t.Fatalf("read twice:\n%s\nand\n%s", once, again)
	}
	entries := map[ledger.Origin]int{}
	for _, e := range set.Ledger.Entries() {
		entries[e.Origin]++
		if e.Fate == ledger.Open || e.Fate != ledger.Understood && e.Reason == "" {
			t.Fatalf("%s: %s %q\n%s", e.Origin, e.Fate, e.Reason, text)
		}
	}
	for _, ing := range set.Ingresses {
		for _, a := range ing.Annotations {
			if entries[a.Origin] != 1 {
				t.Fatalf("%s: %d entries", a.Origin, entries[a.Origin])
			}
		}
	}
}

// readingOf is everything that a reader says of a text.
func readingOf(t *rapid.T, read reader, text string, opts Options) (string, *manifest.Set) {
	set, err := manifest.Read([]manifest.Source{{Path: "in.yaml", Reader: strings.NewReader(text)}}, manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, findings := read(set, opts)
	var said strings.Builder
	for _, f := range findings {
		if f.Rule == "" || f.Message == "" || f.Action == "" {
			t.Fatalf("a finding without words: %+v", f)
		}
		fmt.Fprintln(&said, f.Rule, f.Severity, f.Origin, f.Message)
	}
	for _, e := range set.Ledger.Entries() {
		fmt.Fprintln(&said, e.Origin, e.Fate, e.Reason)
	}
	return said.String() + m.String(), set
}

func TestEverythingSettled(t *testing.T) {
	keys := testOptions(t).Catalog
	rapid.Check(t, func(t *rapid.T) { everythingSettled(t, keys) })
}

func FuzzReadings(f *testing.F) {
	keys, err := catalog.New()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { everythingSettled(t, keys) }))
}

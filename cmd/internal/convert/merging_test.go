package convert

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// TestMerging: a finding names the Ingresses that Contour reads beside what is written, by
// Contour's own rules: a class of its own shuts those without one out, and an annotation
// counts before the field.
func TestMerging(t *testing.T) {
	var text strings.Builder
	for name, class := range map[string]string{
		"ours": "ingressClassName: nginx", "theirs": "ingressClassName: contour", "none": "", "edge": "ingressClassName: edge",
	} {
		fmt.Fprintf(&text, "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: %s, namespace: app}\nspec:\n  %s\n  rules: [{host: h.t, http: {paths: "+
			"[{path: /%[1]s, pathType: Prefix, backend: {service: {name: s, port: {number: 80}}}}]}}]\n", name, class)
	}
	text.WriteString("---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: kept, namespace: app, annotations: {kubernetes.io/ingress.class: other}}\n" +
		"spec: {ingressClassName: contour, rules: [{host: h.t, http: {paths: [{path: /kept, pathType: Prefix, backend: {service: {name: s, port: {number: 80}}}}]}}]}\n")
	for target, want := range map[string][]string{
		"":        {"Ingress app/none (it has no class)", "Ingress app/theirs (class contour)"},
		"contour": {"Ingress app/none (it has no class)", "Ingress app/theirs (class contour)"},
		"edge":    {"Ingress app/edge (class edge)"},
	} {
		set, err := manifest.Read([]manifest.Source{{Path: "in.yaml", Reader: strings.NewReader(text.String())}}, manifest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := Run(set, Options{Controller: nginx.Options{}, Target: httpproxy.Options{Class: target}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range res.Findings {
			if f.Rule == "merging-ingress" {
				_, how, _ := strings.Cut(f.Message, "(")
				how, _, _ = strings.Cut(how, ")")
				got = append(got, f.Origin.Object+" ("+how+")")
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("target class %q: got %v, want %v", target, got, want)
		}
	}
}

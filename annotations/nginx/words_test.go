package nginx

import (
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// TestForbiddenWords: a word of annotation-value-word-blocklist in an annotation under our
// prefix drops the Ingress, and the webhook refuses it; blanks around words count.
func TestForbiddenWords(t *testing.T) {
	for words, dropped := range map[string]bool{"load_module,secret": true, "x, secret": false, "other": false, "": false, "other,": true} {
		set, err := manifest.Read([]manifest.Source{{Path: "in.yaml", Reader: strings.NewReader(
			"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i\n  namespace: app\n  annotations:\n    " +
				Prefix + "nobody-reads: secret\n    acme.example/x: load_module\nspec:\n  ingressClassName: nginx\n  defaultBackend: {service: {name: s, port: {number: 80}}}\n")}},
			manifest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		opts := testOptions(t)
		opts.Settings = map[string]string{"annotation-value-word-blocklist": words}
		_, findings := Interpret(set, opts)
		for _, rule := range []string{"ingress-dropped", RuleWebhookRefuses} {
			told := slices.ContainsFunc(findings, func(f ledger.Finding) bool { return f.Rule == rule })
			if told != dropped {
				t.Errorf("%q: %s %v, want %v: %v", words, rule, told, dropped, findings)
			}
		}
	}
}

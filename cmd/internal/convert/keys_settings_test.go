package convert

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
)

// settingsInput is what every setting is converted with.
const settingsInput = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: app}
spec:
  ingressClassName: nginx
  tls: [{hosts: [site.example], secretName: site-tls}]
  rules:
  - host: site.example
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: more-headers, namespace: ingress-nginx}
data: {X-Gateway: edge}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: controller, namespace: ingress-nginx}
data:
`

// runSettings runs the cases under fixtures/settings, which have every setting of the
// controller's ConfigMap.
func runSettings(t *testing.T) []keyResult {
	var all []keyResult
	file := filepath.Join("..", "..", "..", "fixtures", "settings", "settings.txtar")
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := &txtar.Archive{Comment: ar.Comment}
	for _, f := range ar.Files {
		if strings.HasSuffix(f.Name, "/want") {
			continue
		}
		want, results := settingsCase(t, f)
		all = append(all, results...)
		if diff := cmp.Diff(string(section(ar, f.Name+"/want")), want); diff != "" && !*update {
			t.Errorf("%s (-want +got):\n%s", f.Name, diff)
		}
		out.Files = append(out.Files, f, txtar.File{Name: f.Name + "/want", Data: []byte(want)})
	}
	if *update {
		write(t, file, out)
	}
	for _, s := range nginx.Settings() {
		if !slices.ContainsFunc(all, func(k keyResult) bool { return k.key == s.Key }) {
			t.Errorf("no case under fixtures/settings for %s", s.Key)
		}
	}
	return all
}

// settingsCase converts with each setting of a section.
func settingsCase(t *testing.T, f txtar.File) (string, []keyResult) {
	var b strings.Builder
	var all []keyResult
	beside := ""
	for line := range strings.Lines(string(f.Data)) {
		key, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "+ "), ": ")
		set := fmt.Sprintf("  %s: %q\n", key, value)
		if strings.HasPrefix(line, "+") {
			beside += set
			continue
		}
		without, with := withSettings(t, beside), withSettings(t, beside+set)
		k := keyResult{at: keyCase{file: "settings", name: f.Name}, key: key, value: value, fate: ledger.Understood}
		k.outcome, k.reason = settingOutcome(without, with, key)
		b.WriteString(k.String())
		for _, line := range put(t, without, with) {
			b.WriteString("\t" + line + "\n")
		}
		all = append(all, k)
	}
	return b.String(), all
}

func withSettings(t *testing.T, data string) *Result {
	t.Helper()
	input := strings.TrimSuffix(settingsInput, "data:\n")
	if data != "" {
		input = settingsInput + data
	}
	set, err := manifest.Read([]manifest.Source{{Path: "settings", Reader: bytes.NewReader([]byte(input))}}, manifest.Options{})
	if err != nil || set.Unreadable > 0 {
		t.Fatalf("%s: %v %v", data, err, set.Findings)
	}
	res, err := Run(set, Options{ControllerConfig: manifest.Name{Namespace: "ingress-nginx", Name: "controller"}})
	if err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	for _, h := range res.Hosts {
		if len(h.Open) > 0 {
			t.Errorf("%s: unexplained: %s", data, h.Withheld)
		}
	}
	return res
}

// settingOutcome is the worst that a setting makes of a route: told by an edit about it, or
// about what is believed of proxies and is not there without it, or by a finding; None is
// nothing at all.
func settingOutcome(without, res *Result, key string) (ledger.Outcome, string) {
	worst, reason := ledger.Exact, ""
	setting, _ := nginx.SettingFor(key)
	note := func(o ledger.Outcome, why string) {
		if o > worst {
			worst, reason = o, why
		}
	}
	for i, h := range res.Hosts {
		for _, e := range h.Edits {
			trusts := setting.Part == intent.TrustPart && e.Dimension == intent.TrustPart && !slices.ContainsFunc(without.Hosts[i].Edits, func(was intent.Edit) bool {
				return was.Dimension == e.Dimension && was.From == e.From && was.Reason == e.Reason
			})
			if trusts || slices.ContainsFunc(e.Origins, func(o ledger.Origin) bool { return o.Key == "data."+key }) {
				note(e.Outcome, e.Reason)
			}
		}
	}
	for _, f := range res.Findings {
		if f.Rule == "setting-untranslated" && f.Origin.Key == "data."+key {
			_, why, known := strings.Cut(f.Message, key+" is ") // not carried over: it ...
			if !known {
				why = f.Message
			}
			note(ledger.Untranslated, why)
		}
	}
	if setting.Inert && worst == ledger.Exact {
		return ledger.None, setting.Effect + "; it changes no answer"
	}
	return worst, reason
}

package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/cmd/internal/report"
	"github.com/split-ingress/split-ingress/fixtures/demo"
)

// broken is what the demo lacks: a route that is blocked, an edit, an unreadable document.
const broken = `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: guarded
  namespace: shop
  annotations: {nginx.ingress.kubernetes.io/auth-url: "http://auth/check", example.org/unknown: "x"}
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: shop, port: {number: 80}}}}]}
---
kind: [
`

func demoResult(t *testing.T) *convert.Result {
	t.Helper()
	in := io.MultiReader(bytes.NewReader(demo.Example), strings.NewReader(broken))
	set, err := manifest.Read([]manifest.Source{{Path: "example.yaml", Reader: in}}, manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := convert.Run(set, convert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func document(t *testing.T, res *convert.Result) ([]byte, map[string]any) {
	t.Helper()
	var b bytes.Buffer
	opts := report.Options{IngressClasses: []string{"nginx"}, Prefix: "exact", TLS: "move", FailOn: "blocked", Namespace: "n",
		ControllerConfig: "a/b", Plan: "p", TeamLabels: []string{"team"}, DefaultCertificate: "a/b", RateLimitService: "a/b", TrustedHops: new(1), Allow: []string{"x"}}
	if err := report.JSON(&b, res, opts, "v1"); err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatalf("%v in\n%s", err, b.Bytes())
	}
	return b.Bytes(), doc
}

func TestJSONHoldsEverything(t *testing.T) {
	res := demoResult(t)
	text, doc := document(t, res)
	for member, want := range map[string]int{
		"ledger": res.Set.Ledger.Len(), "findings": len(res.Findings), "hosts": len(res.Hosts), "objects": len(res.Target.Objects),
	} {
		if have := len(doc[member].([]any)); have != want || want == 0 {
			t.Errorf("%s: %d elements, want %d", member, have, want)
		}
	}
	if doc["schema"] != report.Schema {
		t.Errorf("schema %v", doc["schema"])
	}
	again, _ := document(t, demoResult(t))
	if !bytes.Equal(text, again) {
		t.Error("a second run gives other bytes")
	}
}

// TestJSONIsDocumented demands every member of the document in docs/report.md.
func TestJSONIsDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, doc := document(t, demoResult(t))
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				if !strings.Contains(string(text), "`"+key+"`") {
					t.Errorf("docs/report.md does not say what %q is", key)
				}
				walk(value)
			}
		case []any:
			for _, value := range v {
				walk(value)
			}
		}
	}
	walk(doc)
	if !strings.Contains(string(text), report.Schema) {
		t.Errorf("docs/report.md does not name the schema %s", report.Schema)
	}
}

func TestEmptyListsAreLists(t *testing.T) {
	set, err := manifest.Read([]manifest.Source{{Path: "x", Reader: strings.NewReader("")}}, manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := convert.Run(set, convert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, doc := document(t, res)
	for _, member := range []string{"hosts", "objects", "edits", "findings", "ledger"} {
		if list, ok := doc[member].([]any); !ok || len(list) != 0 {
			t.Errorf("%s is %v, want an empty list", member, doc[member])
		}
	}
}

func TestStage(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "report.json")
	write := func(text string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
	}
	files := func() int {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	f, err := report.Stage(name, write("first"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(name); err == nil {
		t.Error("the file is there before Commit")
	}
	if err := errors.Join(f.Commit(), f.Discard()); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "first" {
		t.Errorf("after Commit: %q, %v", text, err)
	}
	if f, err = report.Stage(name, write("second")); err != nil {
		t.Fatal(err)
	}
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("no space")
	if _, err := report.Stage(name, func(io.Writer) error { return failure }); !errors.Is(err, failure) {
		t.Errorf("a failed write gives %v", err)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "first" || files() != 1 {
		t.Errorf("after Discard and a failure: %q, %v, %d files", text, err, files())
	}
	if _, err := report.Stage(dir, write("")); err == nil {
		t.Error("a directory was accepted")
	}
}

func TestNumber(t *testing.T) {
	for want, have := range map[string]string{
		"1 host": report.Number(1, "host"), "0 hosts": report.Number(0, "host"), "2 Ingresses": report.Number(2, "Ingress"),
	} {
		if have != want {
			t.Errorf("%q, want %q", have, want)
		}
	}
}

// TestSummaryIsShort: thousands of findings are a few lines.
func TestSummaryIsShort(t *testing.T) {
	res := demoResult(t)
	f := res.Findings[0]
	for range 5000 {
		res.Findings = append(res.Findings, f)
	}
	var b bytes.Buffer
	if err := report.Summary(&b, res, "contour"); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n"); n > 80 {
		t.Errorf("%d lines", n)
	}
	if !strings.Contains(b.String(), "more: convert --report FILE has all") {
		t.Errorf("nothing says where the rest is:\n%s", b.String())
	}
}

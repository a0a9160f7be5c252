package convert

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/cmd/internal/lint"
	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/guard"
)

// excusable are the rules that a conversion may need exceptions from, since Ingresses could
// ask for what they forbid; with --prefix plain also include-target, since a plain prefix takes
// more than its claim. All others hold by construction.
var excusable = []string{"auth-off", "carve-out", "insecure", "ip-policy", "limit-policy", "regex-escape"}

// TestBordersOfFixtures: what is written for a fixture passes the borders that are made with
// it, by exceptions from excusable rules at most.
func TestBordersOfFixtures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "fixtures", "*", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if section(ar, "input.yaml") == nil || section(ar, "model") == nil || section(ar, "error") != nil {
			continue
		}
		opts := fixtureOptions(t, string(section(ar, "flags")))
		if plan := section(ar, "plan.yaml"); plan != nil {
			opts.PlanFile, opts.Plan = "plan.yaml", bytes.NewReader(plan)
		}
		set, err := manifest.Read([]manifest.Source{{Path: "input.yaml", Reader: bytes.NewReader(section(ar, "input.yaml"))}}, manifest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := Run(set, opts)
		if err != nil {
			t.Fatal(err)
		}
		seen++
		bordered(t, file, res, opts.Target.PlainPrefix)
	}
	if seen < 100 {
		t.Errorf("only %d fixtures were converted", seen)
	}
}

// TestBordersOfCorpus does the same with every repository, and says how many exceptions there
// are by rule.
func TestBordersOfCorpus(t *testing.T) {
	count := map[string]int{}
	for _, dir := range repositories(t) {
		set, err := manifest.Read([]manifest.Source{{Path: dir}}, manifest.Options{Recursive: true})
		if err != nil {
			t.Fatal(err)
		}
		res, err := Run(set, Options{Controller: wide(set)})
		if err != nil {
			t.Fatalf("%s: %v", dir, err)
		}
		bordered(t, dir, res, false)
		for _, e := range res.Owned.Exceptions {
			count[e.Rule]++
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%s: %d exceptions", rule, count[rule])
	}
}

// TestExceptionsByOffence: each offence is excepted by name, and so many that a policy could not
// count them, with their object.
func TestExceptionsByOffence(t *testing.T) {
	const plan = `{apiVersion: split-ingress.dev/v1alpha1, kind: OwnershipPlan, spec: {teams: [{name: a, namespaces: [a]}], hosts: [
		{host: example.com, tls: "1.2", paths: [{path: /, team: a, namespace: a}]}]}}`
	for paths, wide := range map[int]bool{mostNamed: false, mostNamed + 1: true} {
		var in strings.Builder
		in.WriteString(`{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a, namespace: a, annotations: {nginx.ingress.kubernetes.io/ssl-redirect: "false"}},
			spec: {ingressClassName: nginx, tls: [{hosts: [example.com], secretName: t}], rules: [{host: example.com, http: {paths: [`)
		for i := range paths {
			fmt.Fprintf(&in, "{path: /p%d, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}},", i)
		}
		in.WriteString("]}}]}}")
		set, err := manifest.Read([]manifest.Source{{Path: "input.yaml", Reader: strings.NewReader(in.String())}}, manifest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := Run(set, Options{PlanFile: "plan.yaml", Plan: strings.NewReader(plan)})
		if err != nil {
			t.Fatal(err)
		}
		have := res.Owned.Exceptions
		if wide && (len(have) != 1 || have[0].What != "") || !wide && (len(have) != paths || have[0].What == "") {
			t.Errorf("%d paths: %d exceptions, %+v first", paths, len(have), have[0])
		}
		passesLint(t, fmt.Sprint(paths), res)
	}
}

func bordered(t *testing.T, name string, res *Result, plain bool) {
	t.Helper()
	for _, e := range res.Owned.Exceptions {
		if !slices.Contains(excusable, e.Rule) && !(plain && e.Rule == "include-target") {
			t.Errorf("%s: %s breaks %s: %s", name, e.Object, e.Rule, e.Reason)
		}
		if strings.TrimSpace(e.Reason) == "" || e.What == "" {
			t.Errorf("%s: an exception from %s for %s has no reason, or names no offence", name, e.Rule, e.Object)
		}
	}
	passesLint(t, name, res)
	b := guard.From(res.Owned)
	for _, o := range res.Target.Objects {
		for _, found := range b.Offences(guard.Object{Namespace: o.Namespace, Name: o.Name, Value: o.Value}) {
			t.Errorf("%s: %s breaks %s: %s", name, found.Object, found.Rule, found.What)
		}
	}
}

// passesLint reads what is written, and lints it as a whole.
func passesLint(t *testing.T, name string, res *Result) {
	t.Helper()
	var text bytes.Buffer
	var values []any
	for _, o := range res.Target.Objects {
		values = append(values, o.Value)
	}
	if err := emit.YAML(&text, values); err != nil {
		t.Fatal(err)
	}
	set, err := manifest.Read([]manifest.Source{{Path: "objects.yaml", Reader: &text}}, manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range lint.Run(set, res.Owned, "plan.yaml", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
		if f.Severity >= ledger.Warning {
			t.Errorf("%s: lint: %s: %s: %s", name, f.Rule, f.Origin, f.Message)
		}
	}
}

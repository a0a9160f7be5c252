package convert

import (
	"bytes"
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
// ask for what they forbid. All others hold by construction.
var excusable = []string{"auth-off", "carve-out", "insecure", "ip-policy", "regex-escape"}

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
		bordered(t, file, res)
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
		bordered(t, dir, res)
		for _, e := range res.Owned.Exceptions {
			count[e.Rule]++
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%s: %d exceptions", rule, count[rule])
	}
}

func bordered(t *testing.T, name string, res *Result) {
	t.Helper()
	for _, e := range res.Owned.Exceptions {
		if !slices.Contains(excusable, e.Rule) {
			t.Errorf("%s: %s breaks %s: %s", name, e.Object, e.Rule, e.Reason)
		}
		if strings.TrimSpace(e.Reason) == "" {
			t.Errorf("%s: an exception from %s for %s has no reason", name, e.Rule, e.Object)
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

package report_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/cmd/internal/report"
	"github.com/split-ingress/split-ingress/render/guard"
)

// ruleForms are the ways in which source text gives a finding its rule.
var ruleForms = []*regexp.Regexp{
	regexp.MustCompile(`\bRule\w*:?\s*:?=?\s*"([a-z-]+)"`),             // Rule: "x", RuleX = "x"
	regexp.MustCompile(`\b[rR]ule, [\w.]*[sS]everity :?= "([a-z-]+)"`), // f.Rule, f.Severity = "x", ...
	regexp.MustCompile(`\brule, action :?= "([a-z-]+)"`),
	regexp.MustCompile(`\bfind\("([a-z][a-z-]+)"`),
}

// rulesInSource are the rules that findings are given anywhere in the module, sorted.
func rulesInSource(t *testing.T) []string {
	t.Helper()
	var found []string
	root := filepath.Join("..", "..", "..")
	for _, room := range []string{"annotations", "translate", "render", "runtime", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, room), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, form := range ruleForms {
				for _, m := range form.FindAllStringSubmatch(string(text), -1) {
					found = append(found, m[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestEveryRuleIsExplained(t *testing.T) {
	used := rulesInSource(t)
	if len(used) < 30 {
		t.Fatalf("only %d rules found in the source: %v", len(used), used)
	}
	for _, r := range guard.Rules() { // a finding takes them from the table
		used = append(used, r.ID)
	}
	var explained []string
	for _, r := range report.Rules() {
		explained = append(explained, r.ID)
		if len(r.Text) < 80 || !strings.HasSuffix(r.Text, ".") {
			t.Errorf("%s: %q: want two or three sentences", r.ID, r.Text)
		}
	}
	if !slices.IsSorted(explained) {
		t.Errorf("the rules are not sorted: %v", explained)
	}
	for _, id := range used {
		if !slices.Contains(explained, id) {
			t.Errorf("%s is not explained", id)
		}
	}
	for _, id := range explained {
		if !slices.Contains(used, id) {
			t.Errorf("%s is explained, but no finding names it", id)
		}
	}
}

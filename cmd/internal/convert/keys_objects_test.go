package convert

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aymanbagabas/go-udiff"

	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// put are the lines that objects have more ("+") and less ("-") than others, below whose
// they are; the indent of each run of lines is its own.
func put(t *testing.T, without, with *Result) []string {
	t.Helper()
	before, after := specs(t, without), specs(t, with)
	both := maps.Clone(before)
	maps.Copy(both, after)
	var out []string
	for _, whose := range slices.Sorted(maps.Keys(both)) {
		if lines := changed(before[whose], after[whose]); len(lines) > 0 {
			out = append(append(out, whose), lines...)
		}
	}
	return out
}

// specs are what objects say, but for Namespaces and the class, by "root", "fanout" or
// "team NAMESPACE", and companions by kind and name.
func specs(t *testing.T, res *Result) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, o := range res.Target.Objects {
		var b bytes.Buffer
		if err := emit.YAML(&b, []any{o.Value}); err != nil {
			t.Fatal(err)
		}
		whose := string(o.Role)
		switch {
		case o.Kind == "Namespace":
			continue
		case o.Kind != "HTTPProxy":
			whose = o.Kind + " " + o.Namespace + "/" + o.Name
		case o.Role == httpproxy.RoleTeam:
			whose += " " + o.Namespace
		}
		_, spec, _ := strings.Cut(b.String(), "\nspec:\n")
		all[whose] += strings.ReplaceAll(spec, "  ingressClassName: contour\n", "")
	}
	return all
}

// changed are the lines of two texts that only one of them has.
func changed(before, after string) []string {
	text, err := udiff.ToUnified("", "", before, udiff.Lines(before, after), 0)
	if err != nil {
		return []string{"bug: " + err.Error()}
	}
	var out, run []string
	flush := func() {
		out = append(out, shifted(run)...)
		run = nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "@@"):
			flush()
		case strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "---"), strings.HasPrefix(line, `\`):
		default:
			run = append(run, line)
		}
	}
	flush()
	return out
}

// shifted are marked lines without the indent that all of them have.
func shifted(lines []string) []string {
	indent := -1
	for _, line := range lines {
		if n := len(line) - 1 - len(strings.TrimLeft(line[1:], " ")); indent < 0 || n < indent {
			indent = n
		}
	}
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = line[:1] + " " + line[1+indent:]
	}
	return out
}

package judge

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/guard/guardtest"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// drawnAttempts are made by chance for each plan; drawnReviews of them are also asked as
// AdmissionReviews, which takes gator longer.
const (
	drawnAttempts = 80
	drawnReviews  = 12
)

// TestJudgePolicies holds what gator and conftest find by the Rego that we emit against the
// reference in Go, word for word: for the cases of fixtures/borders, and for objects by chance.
func TestJudgePolicies(t *testing.T) {
	dir := tools(t)
	cases, err := guardtest.Cases(filepath.Join(fixtures, "borders"))
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		p := policies{dir, guard.From(c.Plan)}
		drawn := slices.Clone(c.Attempts)
		for n := range drawnAttempts {
			a := guardtest.Drawn(p.Borders).Example(i*drawnAttempts + n)
			a.Name = fmt.Sprintf("drawn-%d", n)
			drawn = append(drawn, a)
		}
		t.Run(strings.TrimSuffix(filepath.Base(c.Path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			t.Run("gator verify", func(t *testing.T) { p.verify(t, drawn[:len(c.Attempts)+drawnReviews]) })
			t.Run("gator test", func(t *testing.T) { p.test(t, drawn) })
			t.Run("conftest", func(t *testing.T) { p.conftest(t, drawn) })
		})
	}
	t.Run("emitted", func(t *testing.T) { testEmitted(t, dir) })
	t.Run("whole", func(t *testing.T) { testWhole(t, dir) })
	t.Run("tests of the policies", func(t *testing.T) { testPolicyTests(t, dir, cases[0].Plan) })
}

// policies are the borders of a plan, and the programs that are to hold them.
type policies struct {
	Tools
	guard.Borders
}

// told is an offence as programs tell it, with the name of its attempt.
type told struct {
	Attempt, Message string
	guard.Offence
}

// expected is what a program must tell of an attempt, sorted.
func (p policies) expected(t *testing.T, a guardtest.Attempt) []told {
	t.Helper()
	found, err := a.Offences(p.Borders)
	if err != nil {
		t.Fatal(err)
	}
	var out []told
	for _, o := range found {
		i := slices.IndexFunc(guard.Rules(), func(r guard.Rule) bool { return r.ID == o.Rule })
		message := fmt.Sprintf("%s: %s: %s; ask %s", o.Rule, o.Object, o.What, p.Ask(guard.Rules()[i]))
		out = append(out, told{a.Name, message, o})
	}
	return out
}

// compare tells what is expected or found alone; it does not look at the order.
func compare(t *testing.T, want, have []told) {
	t.Helper()
	for _, o := range want {
		if !slices.Contains(have, o) {
			t.Errorf("not found: %+v", o)
		}
	}
	for _, o := range have {
		if !slices.Contains(want, o) {
			t.Errorf("not expected: %+v", o)
		}
	}
	if len(have) != len(want) {
		t.Errorf("%d offences, want %d", len(have), len(want))
	}
}

// bare are attempts without what a file does not tell: the object before, and the account.
func bare(attempts []guardtest.Attempt) []guardtest.Attempt {
	var out []guardtest.Attempt
	for _, a := range attempts {
		out = append(out, guardtest.Attempt{Name: a.Name, Now: a.Now})
	}
	return out
}

// place writes a file below a directory.
func place(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// asked runs a program; a failure is the program's opinion, and no error, as long as it ends.
func (t Tools) asked(tb testing.TB, dir, program string, args ...string) (out []byte, failed bool) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), t.path(program), args...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() < 0) {
		tb.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, stderr.String())
	}
	if err != nil && len(out) == 0 {
		out = stderr.Bytes()
	}
	return out, err != nil
}

// unstructured is an object as a program gets it.
func unstructured(t *testing.T, data []byte) map[string]any {
	t.Helper()
	var out map[string]any
	if err := yaml.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// testPolicyTests runs the tests that come with the policies, and asks for conftest's format.
func testPolicyTests(t *testing.T, dir Tools, plan *ownership.Plan) {
	folder := t.TempDir()
	policies{dir, guard.From(plan)}.write(t, folder, guard.Warn)
	out, failed := dir.asked(t, folder, conftest, "verify", "--policy", "policy", "--data", "data", "--no-color")
	if failed || !bytes.Contains(out, []byte(" 0 failures")) {
		t.Errorf("conftest verify: %s", out)
	}
	if out, failed := dir.asked(t, folder, conftest, "fmt", "--check", "policy"); failed {
		t.Errorf("conftest fmt: %s", out)
	}
}

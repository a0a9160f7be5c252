package judge

import (
	"fmt"
	"os"
	"testing"
)

// TestMain runs the judges inside a network namespace, where there are tools for them.
func TestMain(m *testing.M) {
	if os.Getenv("JUDGE_TOOLS") == "" {
		os.Exit(m.Run())
	}
	code, err := Isolate()
	if err != nil {
		fmt.Fprintln(os.Stderr, "SKIPPED: judges:", err)
		if os.Getenv("REQUIRE_JUDGES") == "1" {
			os.Exit(1)
		}
		os.Exit(0)
	}
	if code < 0 {
		code = m.Run()
	}
	os.Exit(code)
}

// tools is the folder of the programs; without one the test is skipped, or fails if
// REQUIRE_JUDGES is set.
func tools(t testing.TB) Tools {
	t.Helper()
	dir, err := FindTools()
	if err != nil {
		if os.Getenv("REQUIRE_JUDGES") == "1" {
			t.Fatalf("REQUIRE_JUDGES=1, and %v", err)
		}
		t.Skipf("SKIPPED: judges: %v", err)
	}
	return dir
}

// TestJudge asks the real programs: about what we emit, and about what our model of them
// says in general.
func TestJudge(t *testing.T) {
	b := bench(t, tools(t))
	t.Run("truth", func(t *testing.T) { testTruth(t, b) })
	t.Run("inputs", func(t *testing.T) { testInputs(t, b) })
}

// testInputs: what the demo, the fixtures and the corpus are converted to is valid, is
// served by the routes that we say, and answers what we say.
func testInputs(t *testing.T, b *Bench) {
	inputs := ownInputs(t)
	inputs = append(inputs, corpusInputs(t)...)
	b.Requests = Witnesses(Around(30, 1))
	summary, found, err := b.Judge(inputs)
	for _, d := range found {
		t.Error(d)
	}
	t.Log(summary)
	if err != nil {
		t.Fatal(err)
	}
	if summary.Valid == 0 || summary.Routes == 0 || summary.Reached == 0 {
		t.Error("nothing was judged")
	}
}

// bench starts a cluster with Contour and Envoy.
func bench(t testing.TB, dir Tools) *Bench {
	t.Helper()
	c, err := StartCluster(t.Context(), dir, t.TempDir())
	b := &Bench{Cluster: c, Stubs: NewStubs(c), Progress: t.Logf}
	t.Cleanup(func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() error{c.Define, func() error { return c.StartContour() }, b.StartEnvoy} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

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
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(1)
	}
	if code < 0 {
		code = m.Run()
	}
	os.Exit(code)
}

// tools is the folder of the programs; without one the test is skipped, or fails if
// REQUIRE_JUDGES is set.
func tools(t *testing.T) Tools {
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

func TestJudgeDemo(t *testing.T) {
	c, err := StartCluster(t.Context(), tools(t), t.TempDir())
	t.Cleanup(c.Stop)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Define(); err != nil {
		t.Fatal(err)
	}
	if err := c.StartContour(); err != nil {
		t.Fatal(err)
	}
	in := demoInput(t)
	stubs := NewStubs(c)
	if err := stubs.Make([]Input{in}); err != nil {
		t.Fatal(err)
	}
	n, err := c.apply([]Input{in})
	if err != nil {
		t.Fatal(err)
	}
	vs, err := c.statuses(len(in.Proxies()))
	t.Log(n, vs, err)
	rds, err := c.discovery("rds")
	t.Log(len(rds), err)
	for _, r := range rds {
		t.Logf("%s", r)
	}
}

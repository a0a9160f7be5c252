// Package sharedtest finds the data that is shared beside the checkout: the corpus, recorded
// runs, tables of facts. It is for tests.
package sharedtest

import (
	"os"
	"path/filepath"
	"testing"
)

// Path is the path of something below ../shared, seen from the module's root, in a form that is
// relative to the package under test. A test that needs it is skipped where it is not there, and
// fails if REQUIRE_SHARED is 1.
func Path(t testing.TB, parts ...string) string {
	t.Helper()
	path, err := Find(t, parts...)
	if err != nil {
		t.Skip("SKIPPED: no shared data beside the checkout: ", err)
	}
	return path
}

// Find is Path for a test that can do without: the error says why there is nothing. With
// REQUIRE_SHARED=1 the test fails then.
func Find(t testing.TB, parts ...string) (string, error) {
	t.Helper()
	path := filepath.Join(append([]string{Root(t), "..", "shared"}, parts...)...)
	_, err := os.Stat(path)
	if err != nil && os.Getenv("REQUIRE_SHARED") == "1" {
		t.Fatalf("REQUIRE_SHARED=1, and %v", err)
	}
	return path, err
}

// Root is the module's root, relative to the package under test.
func Root(t testing.TB) string {
	t.Helper()
	for up, depth := ".", 0; depth < 10; up, depth = filepath.Join(up, ".."), depth+1 {
		if _, err := os.Stat(filepath.Join(up, "go.mod")); err == nil {
			return up
		}
	}
	t.Fatal("no go.mod above the package under test")
	return ""
}

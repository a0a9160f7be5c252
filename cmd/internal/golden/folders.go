package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/sharedtest"
)

// Folder is a folder of recorded runs.
type Folder struct {
	Name string
	Runs []string // paths
}

// Folders are those of ../shared/golden, seen from a package three folders below the
// module's root, and those of GOLDEN_DIRS: a list of folders with colons in between, each a
// run or a folder of runs; relative ones are seen from the module's root. Without ../shared the test is skipped, unless GOLDEN_DIRS names
// something; what GOLDEN_DIRS names must be there.
func Folders(t testing.TB) []Folder {
	t.Helper()
	more := filepath.SplitList(os.Getenv("GOLDEN_DIRS"))
	root, err := sharedtest.Find(t, "golden")
	if err != nil && len(more) == 0 {
		t.Skip("SKIPPED: the recordings are not there")
	}
	var own []Folder
	if err == nil {
		if own, err = foldersIn(root); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range more {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join("..", "..", "..", dir)
		}
		runs, err := runsOf(dir)
		if err != nil {
			t.Fatalf("GOLDEN_DIRS: %v", err)
		}
		own = append(own, Folder{Name: filepath.Base(dir), Runs: runs})
	}
	return own
}

// foldersIn are the folders of a directory that hold runs.
func foldersIn(root string) (all []Folder, err error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		runs, err := runsOf(filepath.Join(root, e.Name()))
		if err != nil {
			return nil, err
		}
		all = append(all, Folder{Name: e.Name(), Runs: runs})
	}
	return all, nil
}

// runsOf are the runs in a folder, or the folder itself if it is one.
func runsOf(dir string) ([]string, error) {
	if isRun(dir) {
		return []string{dir}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var runs []string
	for _, e := range entries {
		if path := filepath.Join(dir, e.Name()); isRun(path) {
			runs = append(runs, path)
		}
	}
	if len(runs) == 0 {
		return nil, fmt.Errorf("%s holds no run: a run is a folder with objects.yaml and observed.jsonl", dir)
	}
	return runs, nil
}

func isRun(dir string) bool {
	return !slices.ContainsFunc([]string{"objects.yaml", "observed.jsonl"}, func(name string) bool {
		info, err := os.Stat(filepath.Join(dir, name))
		return err != nil || info.IsDir()
	}) && !strings.HasPrefix(filepath.Base(dir), ".")
}

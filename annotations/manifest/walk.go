package manifest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// walk collects the manifests of a directory.
type walk struct {
	r     *reader
	found []string
	links []string        // links to directories, visited after all real directories
	been  map[string]bool // real paths of directories
}

// manifestsIn finds the *.yaml, *.yml and *.json files of a directory, in the order of their
// paths. Each real directory is visited once, so that links can not loop. An error means
// that the directory itself can not be listed.
func (r *reader) manifestsIn(dir string) ([]string, error) {
	w := &walk{r: r, been: map[string]bool{}}
	if err := w.dir(dir); err != nil {
		return nil, err
	}
	for len(w.links) > 0 {
		slices.Sort(w.links)
		link := w.links[0]
		w.links = w.links[1:]
		w.enter(link)
	}
	slices.Sort(w.found)
	return w.found, nil
}

// enter visits a directory below the first one.
func (w *walk) enter(path string) {
	if err := w.dir(path); err != nil {
		w.r.unreadableFile(path, err)
	}
}

func (w *walk) dir(path string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("%w; check the link", err)
	}
	if w.been[real] {
		w.r.skipped(path, "a link to a directory that is read already", "remove the link, or name the directory alone")
		return nil
	}
	w.been[real] = true
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("%w; check its permissions", err)
	}
	for _, e := range entries {
		w.entry(filepath.Join(path, e.Name()), e)
	}
	return nil
}

func (w *walk) entry(path string, e fs.DirEntry) {
	mode := e.Type()
	link := mode&fs.ModeSymlink != 0
	if link {
		info, err := os.Stat(path)
		if err != nil && isManifest(path) {
			w.r.unreadableFile(path, err)
		}
		if err != nil {
			return
		}
		mode = info.Mode()
	}
	switch {
	case mode.IsDir() && !w.r.opts.Recursive:
	case mode.IsDir() && link:
		w.links = append(w.links, path)
	case mode.IsDir():
		w.enter(path)
	case !isManifest(path):
	case mode.IsRegular():
		w.found = append(w.found, path)
	default:
		w.r.skipped(path, "no regular file", "name it alone to read it")
	}
}

func isManifest(path string) bool {
	switch filepath.Ext(path) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

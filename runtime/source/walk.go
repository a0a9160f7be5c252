package source

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// tree is what is known of directories: what a notice of a change there means.
type tree struct {
	lists map[string]dir             // directories whose files are read, by their real paths
	named map[string]bool            // the same, by the paths that lead there
	signs map[string]map[string]bool // names in real directories that decide what paths mean
	links bool                       // some files or directories are reached through links
}

// dir is a directory whose files are read.
type dir struct {
	path string // that leads to it
	real string
	root int
}

// trouble is something wrong with a path.
type trouble struct {
	root  int
	path  string
	keeps bool // what was found below the path before is as it was
	what  string
}

const asItWas = "; what was read there before stays as it was"

// walk looks for files.
type walk struct {
	tree
	recursive bool
	watch     func(dir string) error // is told of each directory before it is read
	at        int                    // the root at hand
	found     []*file
	notes     []trouble
	links     []dir           // links to directories, visited after all real directories of their root
	files     map[string]bool // real paths
}

func newWalk(recursive bool, watch func(string) error) *walk {
	return &walk{
		tree:  tree{lists: map[string]dir{}, named: map[string]bool{}, signs: map[string]map[string]bool{}},
		watch: watch, recursive: recursive, files: map[string]bool{},
	}
}

// newRoot looks at a path that was given.
func (s *Source) newRoot(path string) (*root, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%w; check the path", err)
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: neither a regular file nor a directory; name one", path)
	}
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w; check its permissions", err)
	}
	return &root{path: filepath.Clean(path), dir: info.IsDir(), id: identityOf(path, info)}, in.Close()
}

// root finds the files of a path that was given.
func (w *walk) root(r *root, nth int) {
	w.at = nth
	w.trail(r.path)
	info, err := os.Stat(r.path)
	switch {
	case err == nil && info.IsDir():
		r.dir = true
		w.directory(r, nth, info)
	case err == nil:
		r.dir = false
		w.add(r.path, cmp.Or(resolved(r.path), r.path), nth, true)
	case !r.dir && errors.Is(err, fs.ErrNotExist) && isDir(filepath.Dir(r.path)):
		w.notes = append(w.notes, trouble{nth, r.path, false, "the file is not there any more, nor are its objects; it is read when it is back"})
	default:
		w.notes = append(w.notes, trouble{nth, r.path, true, unreadable(err) + asItWas})
	}
	for len(w.links) > 0 {
		slices.SortFunc(w.links, func(a, b dir) int { return cmp.Compare(a.path, b.path) })
		link := w.links[0]
		w.links = w.links[1:]
		w.trail(link.path)
		w.enter(link)
	}
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// directory lists a directory that was given, unless it is an empty one in the place of
// another that held something.
func (w *walk) directory(r *root, nth int, info fs.FileInfo) {
	switch n := w.enter(dir{path: r.path, root: nth}); {
	case n > 0:
		r.id = identityOf(r.path, info)
	case n == 0 && r.id != identityOf(r.path, info):
		w.notes = append(w.notes, trouble{nth, r.path, true, "another directory is there now, and it is empty" + asItWas})
	}
}

// enter lists a directory, and returns how many entries it has; -1 if that is not known.
func (w *walk) enter(d dir) int {
	real, err := realPath(d.path)
	if err == nil {
		if other, been := w.lists[real]; been {
			w.notes = append(w.notes, trouble{d.root, d.path, false, "it leads to " + other.path + ", which is read already; remove one of them"})
			return -1
		}
		w.observe(real)
		d.real = real
		w.lists[real], w.named[d.path] = d, true
	}
	entries, bad := os.ReadDir(d.path)
	if err = cmp.Or(err, bad); err != nil {
		w.notes = append(w.notes, trouble{d.root, d.path, true, unreadable(err) + asItWas})
		return -1
	}
	for _, e := range entries {
		w.entry(d, e)
	}
	return len(entries)
}

// realPath is the absolute path without links.
func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

func (w *walk) entry(d dir, e fs.DirEntry) {
	if hidden(e.Name()) {
		return
	}
	path, mode := filepath.Join(d.path, e.Name()), e.Type()
	link := mode&fs.ModeSymlink != 0
	if link && (w.recursive || isManifest(path)) {
		w.tree.links = true
		w.trail(path)
		info, err := os.Stat(path)
		if err != nil && isManifest(path) {
			w.add(path, path, d.root, true) // reading it tells what is wrong
		}
		if err != nil {
			return
		}
		mode = info.Mode()
	}
	switch {
	case mode.IsDir() && !w.recursive:
	case mode.IsDir() && link:
		w.links = append(w.links, dir{path: path, root: d.root})
	case mode.IsDir():
		w.enter(dir{path: path, root: d.root})
	case isManifest(path):
		real := filepath.Join(d.real, e.Name())
		if link {
			real = cmp.Or(resolved(path), path)
		}
		w.add(path, real, d.root, link)
	}
}

// resolved is the real path, "" if there is none any more.
func resolved(path string) string {
	real, err := realPath(path)
	if err != nil {
		return ""
	}
	return real
}

// add finds a file, the same file only once.
func (w *walk) add(path, real string, root int, link bool) {
	if !w.files[real] {
		w.files[real] = true
		w.found = append(w.found, &file{path: path, root: root, link: link})
	}
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// isManifest tells by a path whether its file is read.
func isManifest(path string) bool {
	name := filepath.Base(path)
	switch ext := filepath.Ext(name); ext {
	case ".yaml", ".yml", ".json":
		return !hidden(name) && strings.TrimSuffix(name, ext) != "kustomization"
	}
	return false
}

// observe has a directory watched. One that is not there or can not be read is told of
// where it is read.
func (w *walk) observe(dir string) {
	if w.watch == nil {
		return
	}
	err := w.watch(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		w.notes = append(w.notes, trouble{w.at, dir, false, "changes here are not noticed: " + err.Error() +
			"; raise fs.inotify.max_user_watches, or poll"})
	}
}

package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// scan looks at everything.
func (s *Source) scan(watch func(string) error, patience time.Duration) {
	w := newWalk(s.opts.Recursive, watch)
	for i, r := range s.roots {
		w.root(r, i)
	}
	s.tree, s.notes, s.pending = w.tree, w.notes, nil
	found := make(map[string]bool, len(w.found))
	for _, f := range w.found {
		found[f.path] = true
		if old := s.files[f.path]; old != nil {
			old.link, old.root = f.link, f.root
			f = old
		}
		s.files[f.path] = f
		s.read(f, patience)
	}
	for path, f := range s.files {
		if !found[path] && !s.absent(f) {
			s.drop(f)
		}
	}
}

// absent says whether a file is merely not to be seen now.
func (s *Source) absent(f *file) bool {
	for _, n := range s.notes {
		if n.keeps && s.below(f, n) {
			return true
		}
	}
	return false
}

// below says whether a file was found at or below the path of a trouble.
func (s *Source) below(f *file, n trouble) bool {
	return n.root == f.root && (n.path == s.roots[n.root].path || strings.HasPrefix(f.path, n.path+string(filepath.Separator)))
}

// glance looks at one path in a directory that is listed; false means that only a scan of
// everything can tell what a change there means.
func (s *Source) glance(d dir, path string, patience time.Duration) bool {
	f := s.files[path]
	info, err := os.Lstat(path)
	switch {
	case s.tree.named[path] || f != nil && f.link || slices.ContainsFunc(s.notes, func(n trouble) bool { return n.keeps }):
		return false
	case errors.Is(err, fs.ErrNotExist) && f == nil:
		return true
	case errors.Is(err, fs.ErrNotExist):
		if !isDir(d.path) {
			return false
		}
		s.drop(f)
		return true
	case err != nil || info.Mode()&fs.ModeSymlink != 0 || info.IsDir():
		return false
	case !isManifest(path):
		return true
	case f == nil && s.tree.links: // the same file may have been found through a link
		return false
	case f == nil:
		f = &file{path: path, root: d.root}
		s.files[path] = f
	}
	s.read(f, patience)
	return true
}

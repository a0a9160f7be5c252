package repo

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Write brings the directory to the files of a result: all of it, or nothing. Everything
// is checked first. Then new content goes to temporary names beside the files, originals
// are moved aside, the new files are renamed into place, and only then are the originals
// deleted; an error before that puts everything back. Files that are equal are not touched.
//
// A file that was edited since we wrote it, or that we never wrote, is overwritten only
// with force. A file that we wrote earlier and that is not in the result any more is
// removed if it is unedited, and its directory with it if that becomes empty.
func Write(dir string, files []File, force bool) (Changes, error) {
	root, err := open(dir)
	if err != nil {
		return Changes{}, err
	}
	p, err := makePlan(root, files)
	if root != nil {
		defer root.Close()
	}
	if err != nil {
		return Changes{}, fmt.Errorf("%s: nothing was written: %w", dir, err)
	}
	if err := p.refuse(dir); err != nil && !force {
		return Changes{}, err
	}
	if len(p.steps) == 0 {
		return p.changes(), nil
	}
	if root == nil {
		err = inNewDirectory(dir, p.steps)
	} else {
		err = apply(root, p.steps)
	}
	if err != nil {
		return Changes{}, fmt.Errorf("%s: %w", dir, err)
	}
	return p.changes(), nil
}

// open is the directory, or nil if there is none.
func open(dir string) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return root, err
}

// Written is every file of the directory that Write wrote last and that still is there, edited
// or not, by path. There are none without a manifest; what people have put something else in the
// place of than a file is not among them. Each is left as whoever's it is.
func Written(dir string) ([]File, error) {
	root, err := open(dir)
	if root == nil || err != nil {
		return nil, err
	}
	defer root.Close()
	m, _, err := readManifest(root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	var out []File
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		data, exists, err := current(root, name)
		if err != nil && !errors.Is(err, errNoFile) {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		if exists {
			out = append(out, File{Path: name, Data: data, Left: true})
		}
	}
	return out, nil
}

// inNewDirectory makes the directory first, and removes it again on an error.
func inNewDirectory(dir string, steps []step) error {
	var made []string // deepest first
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Lstat(d); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = append(made, d)
	}
	err := os.MkdirAll(dir, 0o777)
	if err == nil {
		var root *os.Root
		if root, err = os.OpenRoot(dir); err == nil {
			err = apply(root, steps)
			root.Close()
		}
	}
	if err == nil {
		return nil
	}
	for _, d := range made {
		if e := os.Remove(d); e != nil && !errors.Is(e, fs.ErrNotExist) {
			return errors.Join(err, e)
		}
	}
	return err
}

// changes is what the plan does, for people: without the manifest.
func (p *plan) changes() Changes {
	c := Changes{Unchanged: p.unchanged, Kept: p.kept}
	for _, s := range p.steps {
		switch {
		case s.path == manifestName:
		case s.action == Create:
			c.Created = append(c.Created, s.path)
		case s.action == Update:
			c.Updated = append(c.Updated, s.path)
		default:
			c.Removed = append(c.Removed, s.path)
		}
	}
	return c
}

// parents are the directories of a path, outermost first, without ".".
func parents(p string) []string {
	var dirs []string
	for d := path.Dir(p); d != "."; d = path.Dir(d) {
		dirs = append(dirs, d)
	}
	slices.Reverse(dirs)
	return dirs
}

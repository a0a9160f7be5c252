package source

import (
	"os"
	"path/filepath"
	"strings"
)

const maxLinks = 255 // on the way of one path, as in the kernel, and then some

// trail notes what decides where a path leads: the links on its way, its last part, and the
// first part that is missing. A change of one of these changes what the path means.
func (w *walk) trail(path string) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return // there is no working directory, hence nothing to watch
	}
	at, rest := parts(abs)
	for links := 0; len(rest) > 0 && links < maxLinks; {
		name := rest[0]
		next := filepath.Join(at, name)
		info, err := os.Lstat(next)
		link := err == nil && info.Mode()&os.ModeSymlink != 0
		if err != nil || link || len(rest) == 1 {
			w.sign(at, name)
			if info, err = os.Lstat(next); err != nil { // as it is now that it is watched
				return
			}
		}
		rest = rest[1:]
		if info.Mode()&os.ModeSymlink == 0 {
			at = next
			continue
		}
		links++
		target, err := os.Readlink(next)
		if err != nil {
			return
		}
		from, more := parts(target)
		if from != "" {
			at = from
		}
		rest = append(more, rest...)
	}
}

// parts cuts a path into its root, "" if it is relative, and the names below.
func parts(path string) (root string, names []string) {
	volume := filepath.VolumeName(path)
	below := path[len(volume):]
	if filepath.IsAbs(path) {
		root = volume + string(filepath.Separator)
	}
	for _, name := range strings.Split(below, string(filepath.Separator)) {
		if name != "" && name != "." {
			names = append(names, name)
		}
	}
	return root, names
}

// sign notes a name in a directory, and has the directory watched.
func (w *walk) sign(dir, name string) {
	if w.signs[dir] == nil {
		w.signs[dir] = map[string]bool{}
		w.observe(dir)
	}
	w.signs[dir][name] = true
}

// Package repo keeps an output directory: it writes a result into it, all or nothing and
// without touching what people have edited, and says what a write would change.
//
// The directory has a manifest, ".split-ingress.json", with the SHA-256 of every file as
// it was written last. A file whose content differs from that has been edited; a file that
// is not in the manifest was never ours.
package repo

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// File is one file of a result.
type File struct {
	Path string // slash-separated, relative to the output directory
	Data []byte
	// Same says whether what people made of the file says the same as Data; nil if only equal bytes do.
	// Such a file stays as it is, and counts as edited as soon as the result says something else.
	Same func(there []byte) bool
	// Left says that Data is what stands there already, ours or edited, and goes on being that.
	Left bool
}

// Changes says what a Write did, or has to say, about each file. All paths are sorted.
type Changes struct {
	Created   []string
	Updated   []string
	Removed   []string // written by us earlier, not in the result any more
	Kept      []string // the same, but edited since, so it stays
	Unchanged []string // left as they are
}

// Empty says that nothing was created, updated or removed.
func (c Changes) Empty() bool { return len(c.Created)+len(c.Updated)+len(c.Removed) == 0 }

// FormatChanges is one line a created, updated, removed or kept file, sorted by path
// within each group, and nothing for unchanged ones.
func FormatChanges(c Changes) string {
	var b strings.Builder
	for _, group := range []struct {
		verb  string
		paths []string
		note  string
	}{
		{"created", c.Created, ""},
		{"updated", c.Updated, ""},
		{"removed", c.Removed, ""},
		{"kept", c.Kept, " (no longer in the result, but edited since it was written: delete it yourself)"},
	} {
		for _, p := range group.paths {
			fmt.Fprintf(&b, "%s %s%s\n", group.verb, p, group.note)
		}
	}
	return b.String()
}

// checkPath refuses what is not the name of a file below the directory, and the names
// that this package uses itself.
func checkPath(p string) error {
	switch {
	case !fs.ValidPath(p) || p == ".":
		return fmt.Errorf(`%q: must be a relative path with "/" between its parts, without ".", ".." and empty parts`, p)
	case strings.ContainsAny(p, "\\:\x00"):
		return fmt.Errorf("%q: must not contain a backslash, a colon or a zero byte", p)
	case strings.HasPrefix(path.Base(p), reserved):
		return fmt.Errorf("%q: names starting with %s are reserved", p, reserved)
	}
	return nil
}

// checkFiles checks each path, and that no two files are in each other's place.
func checkFiles(files []File) error {
	seen := make(map[string]bool, len(files))
	for _, f := range files {
		if err := checkPath(f.Path); err != nil {
			return err
		}
		if seen[f.Path] {
			return fmt.Errorf("%q: is in the result twice", f.Path)
		}
		seen[f.Path] = true
	}
	for _, f := range files {
		for dir := path.Dir(f.Path); dir != "."; dir = path.Dir(dir) {
			if seen[dir] {
				return fmt.Errorf("%q: is in the result as a file and as a directory (of %q)", dir, f.Path)
			}
		}
	}
	return nil
}

// sorted are the files by path.
func sorted(files []File) []File {
	return slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Path, b.Path) })
}

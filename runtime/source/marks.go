package source

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/fsnotify/fsnotify"
)

// marks are files that a Watch makes for itself in a directory for temporary ones: the
// notice of a mark comes behind those of all that happened before the mark was made.
type marks struct {
	dir string // empty: none can be made
	n   int
}

// newMarks makes the directory. Without one Watch gets by with waiting.
func newMarks(notify *fsnotify.Watcher) *marks {
	dir, err := os.MkdirTemp("", ".split-ingress-*")
	if err != nil {
		return &marks{}
	}
	if err := notify.Add(dir); err != nil {
		os.Remove(dir) // it is empty, and nothing depends on it
		return &marks{}
	}
	return &marks{dir: dir}
}

// next makes the next mark, and says whether that went well.
func (m *marks) next() bool {
	if m == nil || m.dir == "" {
		return false
	}
	before := m.name()
	m.n++
	f, err := os.Create(m.name())
	if err == nil {
		err = errors.Join(f.Close(), m.drop(before))
	}
	return err == nil
}

// drop removes a mark that may be there.
func (m *marks) drop(name string) error {
	if m.n > 1 {
		return os.Remove(name)
	}
	return nil
}

func (m *marks) name() string { return filepath.Join(m.dir, strconv.Itoa(m.n)) }

// reached says whether a notice is that of the last mark that was made.
func (m *marks) reached(e fsnotify.Event) bool {
	return m != nil && m.n > 0 && e.Has(fsnotify.Create) && e.Name == m.name()
}

// close removes all of it.
func (m *marks) close() error {
	if m.dir == "" {
		return nil
	}
	return os.RemoveAll(m.dir)
}

package repo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
)

// disk is what a transaction needs of an os.Root, which keeps every path below the
// directory.
type disk interface {
	Lstat(name string) (fs.FileInfo, error)
	Mkdir(name string, perm fs.FileMode) error
	WriteFile(name string, data []byte, perm fs.FileMode) error
	Rename(from, to string) error
	Remove(name string) error
	Open(name string) (*os.File, error)
}

// transaction remembers how to take back what it has done.
type transaction struct {
	disk
	undo   []func() error // latest last
	asides []string       // originals that were moved, deleted at the very end
}

// apply does the steps, or, on an error, takes back those that were done.
func apply(d disk, steps []step) error {
	t := &transaction{disk: d}
	if err := t.run(steps); err != nil {
		for _, undo := range slices.Backward(t.undo) {
			if e := undo(); e != nil {
				err = fmt.Errorf("%w; and then, while putting things back: %w", err, e)
			}
		}
		return fmt.Errorf("the write failed and was taken back: %w", err)
	}
	if err := t.cleanUp(steps); err != nil {
		return fmt.Errorf("everything was written, but something is left over: %w", err)
	}
	return nil
}

func (t *transaction) run(steps []step) error {
	for i, s := range steps {
		if err := errors.Join(t.free(temporary(s, i, "new")), t.free(temporary(s, i, "old"))); err != nil {
			return err
		}
	}
	for i, s := range steps {
		if s.action != Remove {
			if err := t.stage(s, temporary(s, i, "new")); err != nil {
				return err
			}
		}
	}
	for i, s := range steps {
		if err := t.swap(s, temporary(s, i, "new"), temporary(s, i, "old")); err != nil {
			return err
		}
	}
	return nil
}

// temporary is a name beside the step's file.
func temporary(s step, i int, suffix string) string {
	return path.Join(path.Dir(s.path), fmt.Sprintf("%s-%d.%s", reserved, i, suffix))
}

// free makes sure that a temporary name is not taken: an earlier run that was killed may
// have left the only copy of an original there.
func (t *transaction) free(name string) error {
	_, err := t.Lstat(name)
	if err == nil {
		return fmt.Errorf("%s: left by a run that was interrupted; put it back in its place if it is missing there, else delete it", name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// stage writes the new content under a temporary name, with the mode of the original.
func (t *transaction) stage(s step, fresh string) error {
	for _, dir := range parents(s.path) {
		switch err := t.Mkdir(dir, 0o777); {
		case err == nil:
			t.undo = append(t.undo, func() error { return t.Remove(dir) })
		case !errors.Is(err, fs.ErrExist):
			return err
		}
	}
	mode := fs.FileMode(0o666)
	if info, err := t.Lstat(s.path); err == nil {
		mode = info.Mode().Perm()
	}
	t.undo = append(t.undo, func() error { return t.removeIfThere(fresh) })
	return t.WriteFile(fresh, s.after, mode)
}

func (t *transaction) removeIfThere(name string) error {
	if err := t.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// swap moves the original aside and the new file into its place.
func (t *transaction) swap(s step, fresh, aside string) error {
	if s.action != Create {
		if err := t.move(s.path, aside); err != nil {
			return err
		}
		t.asides = append(t.asides, aside)
	}
	if s.action == Remove {
		return nil
	}
	return t.move(fresh, s.path)
}

func (t *transaction) move(from, to string) error {
	if err := t.Rename(from, to); err != nil {
		return err
	}
	t.undo = append(t.undo, func() error { return t.Rename(to, from) })
	return nil
}

// cleanUp deletes the originals, and the directories from which the last file was removed.
func (t *transaction) cleanUp(steps []step) error {
	var errs []error
	for _, name := range t.asides {
		errs = append(errs, t.Remove(name))
	}
	for _, s := range steps {
		if s.action == Remove {
			errs = append(errs, t.prune(s.path))
		}
	}
	return errors.Join(errs...)
}

// prune removes the directories of a file, innermost first, as far as they are empty.
func (t *transaction) prune(file string) error {
	for _, dir := range slices.Backward(parents(file)) {
		f, err := t.Open(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		_, err = f.ReadDir(1)
		f.Close()
		if !errors.Is(err, io.EOF) {
			return err
		}
		if err := t.Remove(dir); err != nil {
			return err
		}
	}
	return nil
}

package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File is a file that appears under its name all at once, or not at all.
type File struct {
	name string
	temp string // empty: the name is no regular file and was written directly
}

// Stage writes a file under a temporary name beside its own. Nothing is left of it until
// Commit, and after Discard. A name that stands for a device or a pipe is written at once.
func Stage(name string, write func(io.Writer) error) (*File, error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s: is a directory; name a file", name)
	case err == nil && !info.Mode().IsRegular():
		return &File{name: name}, directly(name, write)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	temp, err := os.CreateTemp(filepath.Dir(name), ".report-*")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no directory %s; make it first", name, filepath.Dir(name))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f := &File{name: name, temp: temp.Name()}
	mode := fs.FileMode(0o644)
	if info != nil {
		mode = info.Mode().Perm()
	}
	if err := errors.Join(write(temp), temp.Chmod(mode), temp.Close()); err != nil {
		return nil, errors.Join(err, f.Discard())
	}
	return f, nil
}

func directly(name string, write func(io.Writer) error) error {
	out, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(out), out.Close())
}

// Commit gives the file its name.
func (f *File) Commit() error {
	if f == nil || f.temp == "" {
		return nil
	}
	err := os.Rename(f.temp, f.name)
	if err == nil {
		f.temp = ""
	}
	return err
}

// Discard takes the temporary file away, unless it has become the file itself.
func (f *File) Discard() error {
	if f == nil || f.temp == "" {
		return nil
	}
	return os.Remove(f.temp)
}

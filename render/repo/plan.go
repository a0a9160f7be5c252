package repo

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
)

// Action is what a write does to a file.
type Action uint8

// The actions.
const (
	Create Action = iota
	Update
	Remove
)

var actionNames = []string{"create", "update", "remove"}

func (a Action) String() string { return actionNames[a] }

// step is one file that has to change.
type step struct {
	path   string
	action Action
	before []byte
	after  []byte
	why    string // it must not be overwritten without force, because it ...; else empty
}

// plan is everything there is to do, worked out before anything is written.
type plan struct {
	steps     []step // by path; the manifest, if it changes, last
	unchanged []string
	kept      []string
}

// makePlan compares the files with the directory. root is nil if there is no directory.
func makePlan(root *os.Root, files []File) (plan, error) {
	var p plan
	if err := checkFiles(files); err != nil {
		return p, err
	}
	old, oldBytes := manifest{}, []byte(nil)
	if root != nil {
		var err error
		if old, oldBytes, err = readManifest(root); err != nil {
			return p, err
		}
	}
	now := manifest{Schema: schema, Files: make(map[string]string, len(files))}
	var problems []error
	for _, f := range sorted(files) {
		now.Files[f.Path] = sum(f.Data)
		if was, ours := old.Files[f.Path]; ours && f.Left {
			now.Files[f.Path] = was
		}
		problems = append(problems, p.place(root, old, f))
	}
	for _, name := range slices.Sorted(maps.Keys(old.Files)) {
		if _, ok := now.Files[name]; !ok {
			problems = append(problems, p.retire(root, old, now, name))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return p, err
	}
	slices.SortFunc(p.steps, func(a, b step) int { return strings.Compare(a.path, b.path) })
	return p, p.noteManifest(now, oldBytes)
}

// place plans one file of the result.
func (p *plan) place(root *os.Root, old manifest, f File) error {
	data, exists, err := current(root, f.Path)
	written, ours := old.Files[f.Path]
	s := step{path: f.Path, action: Update, before: data, after: f.Data}
	switch {
	case err != nil:
		return err
	case !exists:
		s.action = Create
	case string(data) == string(f.Data), f.Same != nil && f.Same(data):
		p.unchanged = append(p.unchanged, f.Path)
		return nil
	case !ours:
		s.why = "was not written by split-ingress"
	case written != sum(data):
		s.why = "was edited since it was written"
	}
	p.steps = append(p.steps, s)
	return nil
}

// retire plans what becomes of a file that was written earlier and is no longer wanted.
func (p *plan) retire(root *os.Root, old, now manifest, name string) error {
	data, exists, err := current(root, name)
	switch {
	case err != nil && !errors.Is(err, errNoFile):
		return err
	case err == nil && !exists:
	case err == nil && sum(data) == old.Files[name]:
		p.steps = append(p.steps, step{path: name, action: Remove, before: data})
	default: // edited, or people have put something else in its place
		p.kept = append(p.kept, name)
		now.Files[name] = old.Files[name]
	}
	return nil
}

// noteManifest adds the manifest to the steps, if it differs.
func (p *plan) noteManifest(now manifest, before []byte) error {
	after, err := now.encode()
	if err != nil || string(after) == string(before) {
		return err
	}
	s := step{path: manifestName, action: Update, before: before, after: after}
	switch {
	case before == nil && len(now.Files) == 0:
		return nil
	case before == nil:
		s.action = Create
	}
	p.steps = append(p.steps, s)
	return nil
}

func current(root *os.Root, name string) (data []byte, exists bool, err error) {
	if root == nil {
		return nil, false, nil
	}
	data, err = readRegular(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// refuse names every file that must not be overwritten.
func (p *plan) refuse(dir string) error {
	var lines []string
	for _, s := range p.steps {
		if s.why != "" {
			lines = append(lines, fmt.Sprintf("  %s %s", s.path, s.why))
		}
	}
	if lines == nil {
		return nil
	}
	return fmt.Errorf("%s: nothing was written, because it would overwrite\n%s\nmove them away, or overwrite them with --force", dir, strings.Join(lines, "\n"))
}

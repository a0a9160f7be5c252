package repo

import (
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// FileChange is what a Write would do to one file.
type FileChange struct {
	Path   string
	Action Action
	Reason string // why a Write would refuse it without force; else empty
	Text   string // unified diff with three lines of context
}

// Diff says what a Write of the files would change in the directory, by path; nothing if
// it would change nothing. Files that Write would refuse to overwrite are among them, with
// the reason. The manifest, and edited files that Write would keep, are not.
func Diff(dir string, files []File) ([]FileChange, error) {
	root, err := open(dir)
	if err != nil {
		return nil, err
	}
	if root != nil {
		defer root.Close()
	}
	p, err := makePlan(root, files)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	var changes []FileChange
	for _, s := range p.steps {
		if s.path != manifestName {
			changes = append(changes, FileChange{Path: s.path, Action: s.action, Reason: s.why, Text: s.unified()})
		}
	}
	return changes, nil
}

func (s step) unified() string {
	from, to := "a/"+s.path, "b/"+s.path
	switch s.action {
	case Create:
		from = "/dev/null"
	case Remove:
		to = "/dev/null"
	}
	if text := udiff.Unified(from, to, string(s.before), string(s.after)); text != "" {
		return text
	}
	// A file without any byte comes or goes: there are no lines to show.
	return fmt.Sprintf("--- %s\n+++ %s\n", from, to)
}

// FormatDiff is the changes as one unified diff. A file that would not be overwritten has
// a line in front that says why; patch programs pass over it.
func FormatDiff(changes []FileChange) string {
	var b strings.Builder
	for _, c := range changes {
		if c.Reason != "" {
			fmt.Fprintf(&b, "# %s %s: only --force overwrites it\n", c.Path, c.Reason)
		}
		b.WriteString(c.Text)
	}
	return b.String()
}

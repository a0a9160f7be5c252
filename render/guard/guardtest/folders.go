package guardtest

import (
	"bytes"
	"cmp"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/translate/ownership"
)

// Folder is one file of fixtures/borders/whole: a plan (plan.yaml), and files of objects
// (objects/NAME.yaml) that are seen all together.
type Folder struct {
	Path    string // of the file
	Plan    *ownership.Plan
	Files   []txtar.File // with their paths below objects
	Want    []string     // lines of want.txt, sorted: "OBJECT: RULE: WHAT", of all rules; none if it says "nothing"
	Archive *txtar.Archive
}

// Folders reads all folders of a directory, by path.
func Folders(dir string) ([]Folder, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(paths) == 0 {
		return nil, cmp.Or(err, fmt.Errorf("%s holds no folder", dir))
	}
	var out []Folder
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			return nil, err
		}
		f, err := folder(path, a)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, f)
	}
	return out, nil
}

func folder(path string, a *txtar.Archive) (Folder, error) {
	f := Folder{Path: path, Archive: a}
	var err error
	for _, section := range a.Files {
		name, object := strings.CutPrefix(section.Name, "objects/")
		switch {
		case object:
			f.Files = append(f.Files, txtar.File{Name: name, Data: section.Data})
		case section.Name == "plan.yaml":
			if f.Plan, err = ownership.Read(section.Name, bytes.NewReader(section.Data)); err != nil {
				return f, err
			}
		case section.Name == "want.txt":
			f.Want = []string{}
			if text := strings.TrimSpace(string(section.Data)); text != "nothing" {
				f.Want = strings.Split(text, "\n")
			}
		default:
			return f, fmt.Errorf("section %s is none of plan.yaml, objects/NAME.yaml, want.txt", section.Name)
		}
	}
	if f.Plan == nil || len(f.Files) == 0 || f.Want == nil {
		return f, fmt.Errorf("plan.yaml, objects/NAME.yaml or want.txt is missing")
	}
	return f, nil
}

package guardtest

import (
	"bytes"
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/translate/ownership"
)

// RolesCase is one file of fixtures/borders/roles: a plan (plan.yaml), the table of what
// the roles give (access.txt, with the findings behind it), and what an API server then lets each
// do (judged.txt).
type RolesCase struct {
	Path    string // of the file
	Plan    *ownership.Plan
	Archive *txtar.Archive
}

// RolesCases reads all cases of a directory, by path.
func RolesCases(dir string) ([]RolesCase, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(paths) == 0 {
		return nil, cmp.Or(err, fmt.Errorf("%s holds no case", dir))
	}
	var out []RolesCase
	for _, path := range paths {
		ar, err := txtar.ParseFile(path)
		if err != nil {
			return nil, err
		}
		c := RolesCase{Path: path, Archive: ar}
		if c.Plan, err = ownership.Read(path, bytes.NewReader(c.Section("plan.yaml"))); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// Section is what stands in a section; nil if the case has none of that name.
func (c RolesCase) Section(name string) []byte {
	if i := c.index(name); i >= 0 {
		return c.Archive.Files[i].Data
	}
	return nil
}

// Replace gives a section other text; one that is not there comes last. The file stays as it is.
func (c RolesCase) Replace(name, text string) {
	i := c.index(name)
	if i < 0 {
		i = len(c.Archive.Files)
		c.Archive.Files = append(c.Archive.Files, txtar.File{Name: name})
	}
	c.Archive.Files[i].Data = []byte(text)
}

func (c RolesCase) index(name string) int {
	return slices.IndexFunc(c.Archive.Files, func(f txtar.File) bool { return f.Name == name })
}

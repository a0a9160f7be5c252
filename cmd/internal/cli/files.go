package cli

import (
	"bytes"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/render/repo"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// planFile holds the plan of which the borders are made: no object, and so in no
// kustomization.
const planFile = "ownership-plan.yaml"

// layout gives each object its file below the output directory: cluster/, guards/, root/,
// fanout/ or teams/<team>/, one object a file, and a kustomization.yaml in each directory;
// beside them stands the plan with what the conversion adds to it. The objects are written
// already (Object.Data). gatekeeper/ and conftest/ stand beside them, in no kustomization. What
// serves hosts that have moved (see moved) stays; if there is nothing else, so does all.
func layout(res *convert.Result, g *guards, dir string) ([]repo.File, error) {
	objects := res.Target.Objects
	there, err := moved(res, dir)
	switch {
	case err != nil:
		return nil, err
	case len(objects) == 0 && len(there) == 0:
		return nil, nil
	case len(objects) == 0:
		return repo.Written(dir)
	}
	plan, err := planOf(res.Owned)
	if err != nil {
		return nil, err
	}
	files := objectFiles(slices.Concat(objects, slices.Collect(maps.Values(there))))
	for i, f := range files {
		_, files[i].Left = there[f.Path]
	}
	more, err := g.files(res.Owned)
	return append(append(files, plan), more...), err
}

// planOf is the file of a plan. People's comments and order stay in it where it says the same.
func planOf(plan *ownership.Plan) (repo.File, error) {
	var text bytes.Buffer
	if err := plan.Write(&text); err != nil {
		return repo.File{}, err
	}
	same := func(there []byte) bool {
		var again bytes.Buffer
		said, err := ownership.Read(planFile, bytes.NewReader(there))
		return err == nil && said.Write(&again) == nil && bytes.Equal(again.Bytes(), text.Bytes())
	}
	return repo.File{Path: planFile, Data: text.Bytes(), Same: same}, nil
}

func objectFiles(objects []httpproxy.Object) []repo.File {
	owner := map[string]string{} // the namespace whose object has the short file name
	shared := map[string]bool{}
	for _, o := range objects {
		short := shortFile(o)
		if first, taken := owner[short]; taken && first != o.Namespace {
			shared[short] = true
		}
		owner[short] = o.Namespace
	}
	files := make([]repo.File, 0, len(objects))
	for _, o := range objects {
		name := shortFile(o)
		if shared[name] {
			name = path.Join(path.Dir(name), o.Namespace+"-"+path.Base(name))
		}
		files = append(files, repo.File{Path: name, Data: o.Data})
	}
	return repo.WithKustomizations(files)
}

// shortFile is the file of an object where no other namespace's object wants the same one.
func shortFile(o httpproxy.Object) string {
	dir := string(o.Role)
	if o.Role == httpproxy.RoleTeam {
		dir = path.Join("teams", o.Team)
	}
	name := o.Name
	if o.Kind != "HTTPProxy" {
		name = strings.ToLower(o.Kind) + "-" + name
	}
	return path.Join(dir, name+".yaml")
}

package cli

import (
	"bytes"
	"path"
	"strings"

	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/render/repo"
)

// planFile holds the plan of which the borders are made: no object, and so in no
// kustomization.
const planFile = "ownership-plan.yaml"

// layout gives each object its file below the output directory: root/, fanout/,
// teams/<team>/ or guards/, one object a file, and a kustomization.yaml in each directory;
// beside them stands the plan with what the conversion adds to it. The objects are written
// already (Object.Data). gatekeeper/ and conftest/ stand beside them, in no kustomization.
func layout(res *convert.Result, g *guards) ([]repo.File, error) {
	objects := res.Target.Objects
	if len(objects) == 0 {
		return nil, nil
	}
	var plan bytes.Buffer
	if err := res.Owned.Write(&plan); err != nil {
		return nil, err
	}
	more, err := g.files(res.Owned)
	return append(append(objectFiles(objects), repo.File{Path: planFile, Data: plan.Bytes()}), more...), err
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

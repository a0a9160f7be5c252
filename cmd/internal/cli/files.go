package cli

import (
	"path"
	"strings"

	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/render/repo"
)

// layout gives each object its file below the output directory: root/, fanout/ or
// teams/<team>/, one object a file, and a kustomization.yaml in each directory. The
// objects are written already (Object.Data).
func layout(objects []httpproxy.Object) []repo.File {
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

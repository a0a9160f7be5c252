package proxy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// notServed are the fields of the model that no data plane has a use for, each with the
// reason. Everything else is read in order to be honoured, or to be told of.
var notServed = map[string]string{
	"Host.AliasOf":    "an alias has its routes",
	"Host.Carried":    "for other programs",
	"Carried.Key":     "for other programs",
	"Carried.Value":   "for other programs",
	"TLS.Issuance":    "the certificate is taken from its Secret, whoever keeps it there",
	"Issuance.Issuer": "see TLS.Issuance",
	"Issuance.Kind":   "see TLS.Issuance",
	"Issuance.Group":  "see TLS.Issuance",
	"Issuance.Hosts":  "see TLS.Issuance",
	"Issuance.Params": "see TLS.Issuance",
	"TLS.AnyOrder":    "Go's TLS has an order of its own",
	"Route.Asked":     "for whoever converts",
	"TLS.Asked":       "see Route.Asked",
	"Asked.Dimension": "see Route.Asked",
	"Asked.Key":       "see Route.Asked",
	"Asked.Security":  "see Route.Asked",
	"Asked.Origin":    "see Route.Asked",
	"Asked.Shared":    "see Route.Asked",
	"Opaque.Value":    "its key and the reason are told",
}

const ourModule = "github.com/split-ingress/split-ingress/"

// servingPackages make and are the data plane; assemble makes sites of hosts.
var servingPackages = []string{"proxy", "policy", "auth", "auth/extauthz", "upstream", "table", "assemble"}

// TestEveryFieldIsRead: each field of what the data plane is handed is read somewhere in
// it, so that a new one that nobody honours or tells of is found here.
func TestEveryFieldIsRead(t *testing.T) {
	read := fieldsRead(t)
	all := map[string]bool{}
	fieldsOf(reflect.TypeFor[intent.Host](), all)
	if len(all) < 150 {
		t.Fatalf("only %d fields found", len(all))
	}
	for _, field := range slices.Sorted(maps.Keys(all)) {
		_, excused := notServed[field]
		switch {
		case read[field] && excused:
			t.Errorf("intent.%s is read, and stands among those that are not", field)
		case !read[field] && !excused:
			t.Errorf("intent.%s is read nowhere in the data plane: honour it, or tell of it at load", field)
		}
	}
	for field := range notServed {
		if !all[field] {
			t.Errorf("intent.%s is no field of the model", field)
		}
	}
}

// fieldsOf lists the fields of a type of the model, and of those below it, as "Type.Field".
func fieldsOf(t reflect.Type, all map[string]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t.PkgPath() != ourModule+"annotations/intent" {
		return
	}
	for i := range t.NumField() {
		name := t.Name() + "." + t.Field(i).Name
		if !all[name] {
			all[name] = true
			fieldsOf(t.Field(i).Type, all)
		}
	}
}

// listed is what the go command says of a package.
type listed struct {
	ImportPath, Export, Dir string
	GoFiles                 []string
}

// fieldsRead are the fields of package intent that the code of the data plane reads: those
// that it selects other than to assign to them.
func fieldsRead(t *testing.T) map[string]bool {
	t.Helper()
	packages := listPackages(t)
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		p, ok := packages[path]
		if !ok {
			return nil, fmt.Errorf("%s is not imported", path)
		}
		return os.Open(p.Export)
	})
	read := map[string]bool{}
	for _, name := range servingPackages {
		p, ok := packages[ourModule+"runtime/"+name]
		if !ok {
			t.Fatalf("there is no package %s", name)
		}
		var files []*ast.File
		for _, f := range p.GoFiles {
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, f), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		info := &types.Info{Selections: map[*ast.SelectorExpr]*types.Selection{}}
		if _, err := (&types.Config{Importer: imports}).Check(p.ImportPath, fset, files, info); err != nil {
			t.Fatal(err)
		}
		noteReads(info, files, read)
	}
	return read
}

func listPackages(t *testing.T) map[string]listed {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-json=ImportPath,Export,Dir,GoFiles"}
	for _, name := range servingPackages {
		args = append(args, ourModule+"runtime/"+name)
	}
	var stderr bytes.Buffer
	cmd := exec.Command("go", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	packages := map[string]listed{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = p
	}
}

// noteReads notes the fields of package intent that are selected in files, and those behind
// which promoted ones stand.
func noteReads(info *types.Info, files []*ast.File, read map[string]bool) {
	assigned := map[ast.Expr]bool{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if a, ok := n.(*ast.AssignStmt); ok && a.Tok == token.ASSIGN {
				for _, to := range a.Lhs {
					assigned[to] = true
				}
			}
			return true
		})
	}
	for at, selection := range info.Selections {
		field, ok := selection.Obj().(*types.Var)
		if !ok || assigned[at] || field.Pkg() == nil || field.Pkg().Path() != ourModule+"annotations/intent" {
			continue
		}
		if owner := ownerOf(selection); owner != "" {
			read[owner+"."+field.Name()] = true
		}
	}
}

// ownerOf is the name of the type of package intent whose field is selected.
func ownerOf(s *types.Selection) string {
	t, owner := s.Recv(), ""
	for _, i := range s.Index() {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		named, ok := t.(*types.Named)
		if ok {
			owner = strings.TrimPrefix(named.Obj().Name(), "*")
		}
		fields, ok := t.Underlying().(*types.Struct)
		if !ok {
			return ""
		}
		t = fields.Field(i).Type()
	}
	return owner
}

package splitingress_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The rules of the house, held over the source text of the whole module.

const module = "github.com/split-ingress/split-ingress"

// rooms in their order: a package imports only from its own room and those before it.
var rooms = []string{"annotations", "translate", "render", "runtime", "cmd"}

const (
	maxFileLines = 400
	maxFuncLines = 75
)

// source is one parsed Go file.
type source struct {
	path string // slash-separated, from the root
	text string
	fset *token.FileSet
	file *ast.File
}

func (s source) dir() string  { return path.Dir(s.path) }
func (s source) test() bool   { return strings.HasSuffix(s.path, "_test.go") }
func (s source) room() string { room, _, _ := strings.Cut(s.dir(), "/"); return room }
func (s source) line(p token.Pos) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(p).Line)
}

// imports are the imported packages of this module, from its root, and all the others.
func (s source) imports() (ours, others []string) {
	for _, i := range s.file.Imports {
		name := strings.Trim(i.Path.Value, "`\"")
		if rest, ok := strings.CutPrefix(name, module+"/"); ok {
			ours = append(ours, rest)
		} else {
			others = append(others, name)
		}
	}
	return ours, others
}

// sources parses every Go file of this module; nested modules are not part of it.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, nested := os.Stat(filepath.Join(p, "go.mod"))
			if p != "." && (nested == nil || strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || p == "bin") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, p, text, parser.ParseComments|parser.SkipObjectResolution)
		all = append(all, source{filepath.ToSlash(p), string(text), fset, file})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d Go files found", len(all))
	}
	return all
}

func TestHouse(t *testing.T) {
	all := sources(t)
	for name, rule := range map[string]func(source) []string{
		"import direction":  importDirection,
		"known rooms":       knownRooms,
		"neutral core":      neutralCore,
		"no init":           noInit,
		"file length":       fileLength,
		"function length":   functionLength,
		"no machine's path": noMachinePath,
	} {
		t.Run(name, func(t *testing.T) {
			for _, s := range all {
				for _, problem := range rule(s) {
					t.Error(problem)
				}
			}
		})
	}
	t.Run("package comments", func(t *testing.T) { packageComments(t, all) })
}

// importDirection: non-test code looks to the left only, and at no fixture, but for the
// demo that the commands embed.
func importDirection(s source) (problems []string) {
	if s.test() || s.room() == "fixtures" {
		return nil
	}
	ours, _ := s.imports()
	for _, name := range ours {
		room, _, _ := strings.Cut(name, "/")
		demo := s.room() == "cmd" && name == "fixtures/demo"
		if i := slices.Index(rooms, room); !demo && (i < 0 || i > slices.Index(rooms, s.room())) {
			problems = append(problems, fmt.Sprintf("%s: %s must not import %s", s.path, s.room(), name))
		}
	}
	return problems
}

// knownRooms: code lives in a room or in fixtures, and not in the root of runtime, whose
// name is the standard library's; at the root of the module there are only tests.
func knownRooms(s source) []string {
	known := slices.Contains(append(rooms, "fixtures"), s.room()) || s.dir() == "." && s.test()
	if !known || s.dir() == "runtime" {
		return []string{s.path + ": there is no room for this in the house"}
	}
	return nil
}

// neutralCore: the model and the ledger are nobody's API.
func neutralCore(s source) (problems []string) {
	if s.test() || s.dir() != "annotations/intent" && s.dir() != "annotations/ledger" {
		return nil
	}
	_, others := s.imports()
	for _, name := range others {
		if first, _, _ := strings.Cut(name, "/"); strings.Contains(first, ".") {
			problems = append(problems, fmt.Sprintf("%s: the neutral model must not import %s", s.path, name))
		}
	}
	return problems
}

func noInit(s source) (problems []string) {
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			problems = append(problems, s.line(f.Pos())+": func init hides what happens at the start")
		}
	}
	return problems
}

func fileLength(s source) []string {
	if n := strings.Count(s.text, "\n"); !s.test() && n > maxFileLines {
		return []string{fmt.Sprintf("%s: %d lines, at most %d", s.path, n, maxFileLines)}
	}
	return nil
}

func functionLength(s source) (problems []string) {
	if s.test() {
		return nil
	}
	for _, d := range s.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1; n > maxFuncLines {
			problems = append(problems, fmt.Sprintf("%s: %s has %d lines, at most %d", s.line(f.Pos()), f.Name.Name, n, maxFuncLines))
		}
	}
	return problems
}

// machinePath is a path in somebody's home or in a directory for temporary files.
var machinePath = regexp.MustCompile(`(?m)(^|[^\w./])/((home|Users)/\w+/|tmp/\w|root/(go|\.)|var/(folders|tmp)/)`)

// noMachinePath: non-test code names no place of one machine, this checkout's least of all.
func noMachinePath(s source) (problems []string) {
	if s.test() {
		return nil
	}
	for _, found := range machinePath.FindAllString(s.text, -1) {
		problems = append(problems, fmt.Sprintf("%s: names %s...", s.path, found))
	}
	if here, err := filepath.Abs("."); err != nil || strings.Contains(s.text, here) {
		problems = append(problems, fmt.Sprintf("%s: names %s (%v)", s.path, here, err))
	}
	return problems
}

// packageComments: a package is explained in exactly one of its files.
func packageComments(t *testing.T, all []source) {
	comments := map[string][]string{}
	for _, s := range all {
		if s.test() {
			continue
		}
		found := comments[s.dir()]
		if s.file.Doc != nil {
			found = append(found, s.path)
		}
		comments[s.dir()] = found
	}
	for dir, found := range comments {
		if len(found) != 1 {
			t.Errorf("%s: package comments in %q, want exactly one", dir, found)
		}
	}
}

func TestNoReplace(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(`(?m)^\s*replace\b|=>`).Match(text) {
		t.Error("go.mod: replace is not followed by those who install or import this module")
	}
}

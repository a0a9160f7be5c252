package judge

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/annotations/sharedtest"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	generated "github.com/split-ingress/split-ingress/fixtures/bench"
	"github.com/split-ingress/split-ingress/fixtures/demo"
	"github.com/split-ingress/split-ingress/runtime/table"
)

var fixtures = filepath.Join("..", "..", "..", "fixtures")

// converted is a conversion's result as an input of the judges.
func converted(t *testing.T, name string, set *manifest.Set, opts convert.Options) Input {
	t.Helper()
	res, err := convert.Run(set, opts)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return Input{Name: name, Model: res.Model, Plan: res.Owned, Objects: res.Target.Objects, Services: set.Services}
}

func read(t *testing.T, source manifest.Source) *manifest.Set {
	t.Helper()
	set, err := manifest.Read([]manifest.Source{source}, manifest.Options{Recursive: true})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func demoInput(t *testing.T) Input {
	return converted(t, "demo", read(t, manifest.Source{Path: "example.yaml", Reader: bytes.NewReader(demo.Example)}), convert.Options{})
}

// manyPathsInput is a host of a thousand patterns, of one team.
func manyPathsInput(t *testing.T) Input {
	return converted(t, "many paths", read(t, manifest.Source{Path: "many.yaml", Reader: bytes.NewReader(generated.Interleaved(1000))}), convert.Options{})
}

// ownInputs are the demo, the fixtures, and a host of many paths.
func ownInputs(t *testing.T) []Input {
	return append([]Input{demoInput(t), manyPathsInput(t)}, fixtureInputs(t)...)
}

// fixtureInputs are the cases of the conversion that write objects; see TestFixtures of
// package convert for their sections.
func fixtureInputs(t *testing.T) []Input {
	files, err := filepath.Glob(filepath.Join(fixtures, "*", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	var out []Input
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sections := map[string][]byte{}
		for _, f := range ar.Files {
			sections[f.Name] = f.Data
		}
		if sections["input.yaml"] == nil || sections["objects.yaml"] == nil {
			continue // another runner's, or one that is refused
		}
		opts, err := convert.ReadFlags(string(sections["flags"]))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if plan := sections["plan.yaml"]; plan != nil {
			opts.PlanFile, opts.Plan = "plan.yaml", bytes.NewReader(plan)
		}
		name := filepath.Base(filepath.Dir(file)) + "/" + strings.TrimSuffix(filepath.Base(file), ".txtar")
		in := converted(t, name, read(t, manifest.Source{Path: "input.yaml", Reader: bytes.NewReader(sections["input.yaml"])}), opts)
		for line := range strings.Lines(string(sections["requests"])) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			if r := fixtureRequest(t, file, line); !slices.ContainsFunc(r.Headers, noToken) {
				in.Asked = append(in.Asked, r)
			}
		}
		if len(in.Proxies()) > 0 {
			out = append(out, in)
		}
	}
	return out
}

// fixtureRequest reads a line of the section requests.
func fixtureRequest(t *testing.T, file, line string) table.Request {
	r := table.Request{Scheme: "http"}
	if rest, ok := strings.CutPrefix(line, "https "); ok {
		r.Scheme, line = "https", rest
	}
	parts := strings.SplitN(line, " ", 4)
	if len(parts) < 3 {
		t.Fatalf("%s: request %q: want [https ]METHOD HOST PATH [Header: value]", file, line)
	}
	r.Method, r.Host, r.URI = parts[0], parts[1], parts[2]
	if len(parts) == 4 {
		for h := range strings.SplitSeq(parts[3], ", ") {
			name, value, _ := strings.Cut(h, ": ")
			r.Headers = append(r.Headers, table.Header{Name: name, Value: value})
		}
	}
	return r
}

// noToken says whether HTTP refuses a header for its name.
func noToken(h table.Header) bool {
	return strings.ContainsFunc(h.Name, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r) })
}

// corpusInputs are the repositories beside the checkout, every Ingress taken as
// ingress-nginx's; none where they are not there.
func corpusInputs(t *testing.T) []Input {
	corpus, err := sharedtest.Find(t, "corpus")
	if err != nil {
		t.Logf("SKIPPED: corpus: %v", err)
		return nil
	}
	dirs, err := filepath.Glob(filepath.Join(corpus, "*", "*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no repositories below %s: %v", corpus, err)
	}
	var out []Input
	for _, dir := range dirs {
		set := read(t, manifest.Source{Path: dir})
		opts := convert.Options{Controller: nginx.Options{Classless: true, Classes: classes(set)}}
		clear(set.Classes)
		in := converted(t, filepath.Base(filepath.Dir(dir))+"/"+filepath.Base(dir), set, opts)
		if len(in.Proxies()) > 0 {
			out = append(out, in)
		}
	}
	return out
}

// classes are all that the Ingresses name.
func classes(set *manifest.Set) []string {
	out := []string{"nginx"}
	for _, ing := range set.Ingresses {
		if ing.Class != nil {
			out = append(out, ing.Class.Value)
		}
		for _, a := range ing.Annotations {
			if a.Key == "kubernetes.io/ingress.class" {
				out = append(out, a.Value)
			}
		}
	}
	return out
}

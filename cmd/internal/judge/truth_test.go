package judge

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/table"
)

var update = flag.Bool("update", false, "rewrite the expected parts of fixtures/judge, and what fixtures/borders/roles was judged to be")

// truth is one file of fixtures/judge: a txtar archive with
//
//	the comment   what is tried
//	objects.yaml  HTTPProxies; Services named missing-... do not exist
//	requests      one a line, see parseRequest
//	verdicts      want: what Contour says of each proxy
//	routes        want: where our order or our reading of the routes is another
//	answers       want: what Envoy answers to each request
//
// Where our model says something else, a line "ours" stands below; -update rewrites what is
// wanted.
type truth struct {
	file    string
	archive *txtar.Archive
	input   Input
	lines   []string // the requests
}

func truths(t *testing.T) []truth {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(fixtures, "judge", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	var out []truth
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		x := truth{file: file, archive: ar, input: Input{Name: filepath.Base(file)}}
		for doc := range strings.SplitSeq(x.section("objects.yaml"), "\n---\n") {
			p := &contour.HTTPProxy{}
			if err := yaml.UnmarshalStrict([]byte(doc), p); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			p.APIVersion, p.Kind = "projectcontour.io/v1", "HTTPProxy"
			x.input.Objects = append(x.input.Objects, httpproxy.Object{Value: p, Kind: p.Kind, Namespace: p.Namespace, Name: p.Name})
			for _, r := range p.Spec.Routes {
				for _, s := range r.Services {
					if strings.HasPrefix(s.Name, "missing-") {
						x.input.Absent = append(x.input.Absent, s.Name)
					}
				}
			}
		}
		for line := range strings.Lines(x.section("requests")) {
			x.lines = append(x.lines, strings.TrimSuffix(line, "\n"))
		}
		out = append(out, x)
	}
	return out
}

func (x truth) section(name string) string {
	for _, f := range x.archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// testTruth brings all files in at once, and holds what the programs do against the files.
func testTruth(t *testing.T, b *Bench) {
	all := truths(t)
	var batch []Input
	for _, x := range all {
		batch = append(batch, x.input)
	}
	if n := len(batches(batch)); n != 1 {
		t.Fatalf("the files want the same hosts or objects: %d batches", n)
	}
	number := b.nextBatch()
	if err := b.Stubs.Make(batch); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Cluster.apply(batch); err != nil {
		t.Fatal(err)
	}
	if err := b.mark(number); err != nil {
		t.Fatal(err)
	}
	said, err := b.Cluster.statuses(expected(batch))
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Cluster.served()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.settled(number); err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		t.Run(strings.TrimSuffix(filepath.Base(x.file), ".txtar"), func(t *testing.T) { x.check(t, b.Cluster, said, s) })
	}
	if err := b.Cluster.clear(batch); err != nil {
		t.Error(err)
	}
}

func (x truth) check(t *testing.T, c *Cluster, said map[string]verdict, s served) {
	decoded, problems := httpproxy.Decode(x.input.Proxies())
	j := &judgement{}
	for _, h := range decoded.Hosts {
		j.routes(x.input, h, s)
	}
	var routes strings.Builder
	for _, d := range j.found {
		fmt.Fprintf(&routes, "%s\n\tcontour %s\n\tours    %s\n", d.Where, oneLine(d.Theirs), oneLine(d.Ours))
	}
	tab, err := table.New(decoded)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"verdicts": verdictText(x.input, problems, said), "routes": routes.String(), "answers": x.answers(t, c, tab)}
	if *update {
		x.rewrite(t, want)
		return
	}
	for _, name := range []string{"verdicts", "routes", "answers"} {
		if diff := gocmp.Diff(x.section(name), want[name]); diff != "" {
			t.Errorf("%s: %s is not what the programs do; make judge UPDATE=1 rewrites it (-file +programs):\n%s", x.file, name, diff)
		}
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func (x truth) rewrite(t *testing.T, want map[string]string) {
	out := &txtar.Archive{Comment: x.archive.Comment}
	for _, f := range x.archive.Files {
		if _, wanted := want[f.Name]; !wanted {
			out.Files = append(out.Files, f)
		}
	}
	for _, name := range []string{"verdicts", "routes", "answers"} {
		out.Files = append(out.Files, txtar.File{Name: name, Data: []byte(want[name])})
	}
	if err := os.WriteFile(x.file, txtar.Format(out), 0o644); err != nil {
		t.Fatal(err)
	}
}

func verdictText(in Input, problems []httpproxy.Problem, said map[string]verdict) string {
	var lines []string
	for _, p := range in.Proxies() {
		name := p.Namespace + "/" + p.Name
		v := said[name]
		text := name + " " + v.status
		if v.status != "valid" {
			text += ": " + oneLine(v.description)
		}
		ours := ""
		for _, q := range problems {
			if q.Object == "HTTPProxy "+name {
				ours = cmp.Or(ours, q.Reason+": "+q.Message)
			}
		}
		if (v.status == "valid") != (ours == "") {
			text += "\n\tours " + cmp.Or(ours, "valid")
		}
		lines = append(lines, text+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

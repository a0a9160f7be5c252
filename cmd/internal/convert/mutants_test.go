package convert

import (
	"bytes"
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/sharedtest"
	"github.com/split-ingress/split-ingress/render"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
	"github.com/split-ingress/split-ingress/translate"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// corpusHosts is how many hosts of the corpus are mutated.
const corpusHosts = 300

// score counts mutants by what was changed.
type score struct {
	kinds  map[string]*kindScore
	missed []string
}

type kindScore struct{ made, changed, found int }

// TestMutants changes one thing in the objects of every fixture and of hosts of the corpus,
// and holds that the proof finds each change that some request shows. Whether one does is
// asked of samples, apart from the proof. The score stands in docs/generated/mutants.md.
func TestMutants(t *testing.T) {
	sharedtest.Path(t, "corpus") // the score needs it
	s := &score{kinds: map[string]*kindScore{}}
	for _, f := range fixtureSets(t) {
		eachTree(t, f.set, f.opts, func(m Meaning, tree delegation.Forest, r render.Result) bool {
			s.tree(t, f.name, m, tree, r)
			return true
		})
	}
	left := corpusHosts
	for _, dir := range shuffled(repositories(t)) {
		set, err := manifest.Read([]manifest.Source{{Path: dir}}, manifest.Options{Recursive: true})
		if err != nil {
			t.Fatal(err)
		}
		perRepository := 8
		eachTree(t, set, Options{Controller: wide(set)}, func(m Meaning, tree delegation.Forest, r render.Result) bool {
			if len(r.Lowered.Forest.Roots) > 0 {
				s.tree(t, filepath.Base(dir), m, tree, r)
				left, perRepository = left-1, perRepository-1
			}
			return left > 0 && perRepository > 0
		})
	}
	if left > 0 {
		t.Errorf("the corpus has %d hosts too few", left)
	}
	s.judge(t)
}

// fixtureSet is the input of one fixture.
type fixtureSet struct {
	name string
	set  *manifest.Set
	opts Options
}

func fixtureSets(t *testing.T) []fixtureSet {
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "fixtures", "*", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	var all []fixtureSet
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if section(ar, "input.yaml") == nil || section(ar, "model") == nil || section(ar, "error") != nil {
			continue
		}
		opts := fixtureOptions(t, string(section(ar, "flags")))
		if plan := section(ar, "plan.yaml"); plan != nil {
			opts.PlanFile, opts.Plan = "plan.yaml", bytes.NewReader(plan)
		}
		set, err := manifest.Read([]manifest.Source{{Path: "input.yaml", Reader: bytes.NewReader(section(ar, "input.yaml"))}}, manifest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fixtureSet{filepath.Base(file), set, opts})
	}
	return all
}

// eachTree converts a set tree by tree, as Run does, until visit returns false.
func eachTree(t *testing.T, set *manifest.Set, opts Options, visit func(Meaning, delegation.Forest, render.Result) bool) {
	m, err := Interpret(set, opts)
	if err != nil {
		t.Fatal(err)
	}
	plan, _, err := m.Owners(opts)
	if err != nil {
		t.Fatal(err)
	}
	forest, _ := translate.Split(m.Model, plan)
	opts.Target = opts.Target.Over(forest)
	for _, tree := range trees(httpproxy.Adopt(forest, opts.Target)) {
		r, err := render.Objects(tree, opts.Target)
		if err != nil {
			t.Fatal(err)
		}
		if !visit(m, tree, r) {
			return
		}
	}
}

// shuffled are texts in an order that depends on nothing but them.
func shuffled(texts []string) []string {
	hash := func(s string) uint64 {
		h := fnv.New64a()
		h.Write([]byte(filepath.Base(s))) // never fails
		return h.Sum64()
	}
	return slices.SortedFunc(slices.Values(texts), func(a, b string) int { return cmp.Compare(hash(a), hash(b)) })
}

// tree makes every mutant of a tree that is proved as it is.
func (s *score) tree(t *testing.T, name string, m Meaning, tree delegation.Forest, r render.Result) {
	ps := Proxies(r.Objects)
	said := r.Lowered.Flatten(httpproxy.Options{})
	explicit := httpproxy.ExplicitOptions{Unseen: true, Delegations: delegated(r.Lowered.Forest, Options{})}
	readBack := func(ps []*contour.HTTPProxy) (intent.Model, []httpproxy.Problem) {
		m, problems := httpproxy.Decode(ps)
		return m, append(problems, httpproxy.Explicit(&m, explicit)...)
	}
	decoded, problems := readBack(ps)
	if len(problems) > 0 || len(ps) == 0 {
		return
	}
	said = secretsOf(said, decoded)
	for _, root := range tree.Roots {
		if finds(t, m.Model.Host(root.Host), said.Host(root.Host), decoded.Host(root.Host), r.Edits) {
			return // what is withheld tells nothing
		}
	}
	for _, mut := range mutations(ps) {
		copies := make([]*contour.HTTPProxy, len(ps))
		for i, p := range ps {
			copies[i] = p.DeepCopy()
		}
		mut.apply(copies)
		mutant, _ := readBack(copies)
		k := s.kinds[mut.name]
		if k == nil {
			k = &kindScore{}
			s.kinds[mut.name] = k
		}
		k.made++
		found, changed := false, false
		for _, root := range tree.Roots {
			found = found || finds(t, m.Model.Host(root.Host), said.Host(root.Host), mutant.Host(root.Host), r.Edits)
			changed = changed || shows(t, root.Host, decoded.Host(root.Host), mutant.Host(root.Host))
		}
		if found || changed {
			k.changed++
		}
		if found {
			k.found++
		} else if changed {
			s.missed = append(s.missed, fmt.Sprintf("%s: %s of %s", name, mut.name, mut.where))
		}
	}
}

// secretsOf gives the lowered hosts the Secrets that the objects name.
func secretsOf(said, decoded intent.Model) intent.Model {
	for i := range said.Hosts {
		if h := decoded.Host(said.Hosts[i].Name); h != nil && h.TLS != nil && said.Hosts[i].TLS != nil {
			said.Hosts[i].TLS.Secret = h.TLS.Secret
		}
	}
	return said
}

// finds says whether the proof finds anything that is not explained.
func finds(t *testing.T, read, lowered, mutant *intent.Host, edits []intent.Edit) bool {
	all, err := models{read: read, lowered: lowered, written: mutant}.tables()
	if err != nil {
		t.Fatal(err)
	}
	return len(equivalence.ProveLowered(all[0], all[1], all[2], read.Name, edits, equivalence.Bounds{}).Unexplained()) > 0
}

// shows says whether a sampled request is answered otherwise by a mutant.
func shows(t *testing.T, host string, decoded, mutant *intent.Host) bool {
	if decoded == nil {
		return false
	}
	if mutant != nil && !reflect.DeepEqual(decoded.TLS, mutant.TLS) || mutant == nil && decoded.TLS != nil {
		return true
	}
	all, err := models{read: decoded, lowered: decoded, written: mutant}.tables()
	if err != nil {
		t.Fatal(err)
	}
	d, m := all[1], all[2]
	return slices.ContainsFunc(equivalence.Samples(host, decoded, mutant), func(r table.Request) bool {
		return requestTells(d.Match(r), m.Match(r))
	})
}

// requestTells says whether two answers differ in anything.
func requestTells(x, y table.Decision) bool {
	if x.Status != y.Status || x.Location != y.Location || x.UpstreamURI != y.UpstreamURI || x.UpstreamHost != y.UpstreamHost {
		return true
	}
	var r, s intent.Route
	if x.Route != nil {
		r = *x.Route
	}
	if y.Route != nil {
		s = *y.Route
	}
	known := func(p, q intent.Opaque) bool { return p.Key == q.Key && p.Value == q.Value }
	if !slices.EqualFunc(r.Opaque, s.Opaque, known) {
		return true
	}
	if x.Status != 0 || x.Route == nil {
		return body(r) != body(s)
	}
	f, g := *r.Forward, *s.Forward
	f.Rewrite, g.Rewrite = nil, nil // told by UpstreamURI
	r.Forward, s.Forward = &f, &g
	r.HTTPS, s.HTTPS = nil, nil // and this by Status and Location
	return !r.SameAnswer(s)
}

func body(r intent.Route) string {
	if r.Respond == nil {
		return ""
	}
	return r.Respond.Body
}

// judge writes or compares the score.
func (s *score) judge(t *testing.T) {
	var b strings.Builder
	var made, changed, found int
	for _, k := range s.kinds {
		made, changed, found = made+k.made, changed+k.changed, found+k.found
	}
	fmt.Fprintf(&b, "# What the proof finds\n\nMade by `go test ./cmd/internal/convert -run Mutants -args -update`: one thing is changed in the objects of every fixture and of %d hosts of public repositories.\n\n", corpusHosts)
	fmt.Fprintf(&b, "mutants: %d made, %d change an answer, %d of these are found (%.2f %%)\n\n", made, changed, found, 100*float64(found)/float64(max(changed, 1)))
	b.WriteString("| what is changed | made | change an answer | found |\n| --- | ---: | ---: | ---: |\n")
	for _, name := range slices.Sorted(maps.Keys(s.kinds)) {
		k := s.kinds[name]
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", name, k.made, k.changed, k.found)
	}
	if len(s.missed) > 0 {
		b.WriteString("\n## Not found\n\n")
		for _, m := range s.missed {
			b.WriteString("- " + m + "\n")
		}
	}
	if found*100 < changed*99 {
		t.Errorf("only %d of %d mutants are found", found, changed)
	}
	want := filepath.Join("..", "..", "..", "docs", "generated", "mutants.md")
	if *update {
		if err := os.WriteFile(want, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(want)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(string(have), b.String()); d != "" {
		t.Errorf("%s is not current; go test ./cmd/internal/convert -run Mutants -args -update (-have +now):\n%s", want, d)
	}
}

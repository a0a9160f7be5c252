package manifest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/sharedtest"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// tally is what a file holds.
type tally struct{ documents, annotations, leaves int }

// TestCorpus counts documents, annotations and leaves of spec twice: in the ledger and by
// a plain walk of the YAML nodes.
func TestCorpus(t *testing.T) {
	root := sharedtest.Path(t, "corpus")
	var total tally
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isManifest(path) {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		set, err := Read([]Source{{Path: path}}, Options{})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		got, want := ledgerTally(set), plainTally(text)
		if got != want {
			t.Errorf("%s: ledger %+v, nodes %+v", path, got, want)
		}
		files++
		total.documents, total.annotations, total.leaves = total.documents+got.documents, total.annotations+got.annotations, total.leaves+got.leaves
		checkEntries(t, set)
		return nil
	})
	if err != nil || files < 3000 {
		t.Fatal(files, err)
	}
	t.Logf("%d files: %+v", files, total)
}

// checkEntries holds what every reading must hold.
func checkEntries(t testing.TB, set *Set) {
	t.Helper()
	documents, open := 0, map[string]bool{}
	for _, e := range set.Ledger.Entries() {
		if e.Kind == ledger.Document {
			documents++
			if e.Fate == ledger.Open {
				open[e.Object] = true
			}
		}
		if e.Fate != ledger.Open && e.Reason == "" {
			t.Errorf("%s: %s without a reason", e.Origin, e.Fate)
		}
		if e.Fate == ledger.Open && !open[e.Object] {
			t.Errorf("%s: open in an object that is not", e.Origin)
		}
	}
	if documents != set.Documents || len(open) > len(set.Ingresses) {
		t.Errorf("%d document entries of %d; %d open of %d Ingresses", documents, set.Documents, len(open), len(set.Ingresses))
	}
	if bad := countErrors(set); bad > set.Unreadable*maxProblems || bad < set.Unreadable {
		t.Errorf("%d errors for %d unreadable", bad, set.Unreadable)
	}
}

func countErrors(set *Set) (n int) {
	for _, f := range set.Findings {
		if f.Severity == ledger.Error {
			n++
		}
		if f.Message == "" || f.Action == "" || f.Origin.File == "" {
			return -1
		}
	}
	return n
}

func ledgerTally(set *Set) (n tally) {
	for _, e := range set.Ledger.Entries() {
		switch {
		case e.Kind == ledger.Document:
			n.documents++
		case e.Kind == ledger.Annotation:
			n.annotations++
		case e.Kind == ledger.Field && (e.Key == "spec" || strings.HasPrefix(e.Key, "spec.")):
			n.leaves++
		}
	}
	return n
}

var separator = regexp.MustCompile(`(?m)^(---|\.\.\.)([ \t\r].*)?$`)

// plainTally splits at marker lines and counts in the nodes of each document.
func plainTally(text []byte) (n tally) {
	for _, part := range separator.Split(string(text), -1) {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(part), &doc); err != nil {
			n.documents++
			continue
		}
		if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
			continue
		}
		n.add(doc.Content[0])
	}
	return n
}

func (n *tally) add(root *yaml.Node) {
	n.documents++
	kind, version := child(root, "kind"), child(root, "apiVersion")
	if kind == nil || version == nil {
		return
	}
	if items := child(root, "items"); items != nil && regexp.MustCompile(`^(Ingress)?List$`).MatchString(kind.Value) {
		for _, item := range items.Content {
			n.add(item)
		}
	}
	if kind.Value != "Ingress" || !regexp.MustCompile(`^(networking.k8s.io|extensions)/`).MatchString(version.Value) {
		return
	}
	if meta := child(root, "metadata"); meta != nil {
		if a := child(meta, "annotations"); a != nil && a.Kind == yaml.MappingNode {
			n.annotations += len(a.Content) / 2
		}
	}
	if spec := child(root, "spec"); spec != nil {
		n.leaves += countLeaves(spec)
	}
}

func child(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func countLeaves(n *yaml.Node) (leaves int) {
	if n.Kind == yaml.AliasNode {
		return countLeaves(n.Alias)
	}
	for i, c := range n.Content {
		if n.Kind == yaml.SequenceNode || i%2 == 1 {
			leaves += countLeaves(c)
		}
	}
	return max(leaves, 1)
}

// TestCorpusTrees reads whole trees at once, with the Ingresses of the golden runs, and
// twice: the result depends on the input alone.
func TestCorpusTrees(t *testing.T) {
	root := sharedtest.Path(t, "corpus")
	var first []byte
	for range 2 {
		set, err := Read([]Source{{Path: root}}, Options{Recursive: true})
		if err != nil {
			t.Fatal(err)
		}
		checkEntries(t, set)
		var text bytes.Buffer
		rules := map[string]int{}
		for _, f := range set.Findings {
			rules[f.Rule]++
			text.WriteString(f.Rule + f.Origin.String() + f.Message + f.Action + "\n")
		}
		for _, e := range set.Ledger.Entries() {
			text.WriteString(e.Origin.String() + e.Value + e.Fate.String() + e.Reason + "\n")
		}
		if first != nil && !bytes.Equal(first, text.Bytes()) {
			t.Error("two readings of the same input differ")
		}
		first = text.Bytes()
		t.Logf("%d Ingresses, %d documents, %d unreadable, findings %v", len(set.Ingresses), set.Documents, set.Unreadable, rules)
	}
}

// TestGolden reads what a real controller ran with: nothing of it may be refused.
func TestGolden(t *testing.T) {
	set, err := Read([]Source{{Path: sharedtest.Path(t, "golden")}}, Options{Recursive: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set.Findings {
		if f.Severity >= ledger.Error {
			t.Errorf("%s: %s: %s", f.Origin, f.Rule, f.Message)
		}
	}
	if len(set.Ingresses) < 500 {
		t.Error(len(set.Ingresses))
	}
}

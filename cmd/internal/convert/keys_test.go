package convert

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
)

// keyCase shows what a conversion makes of some annotations, on a host of its own.
type keyCase struct {
	file, name string // fixtures/keys/FILE.txtar, section NAME
	input      string // manifests
	flags      string
	plan       string // an ownership plan; empty: inferred
}

// keyResult is what became of one annotation or setting of a case.
type keyResult struct {
	at      keyCase
	key     string // without the prefix of nginx's annotations
	value   string
	fate    ledger.Fate
	outcome ledger.Outcome
	reason  string
}

// TestKeys runs the cases under fixtures/keys: txtar archives of families of keys. A section
// NAME holds annotations of one Ingress, app/web of the host NAME.example (with dots for
// dashes), without their prefix, and where needed
//
//	path: and type:   of its one path, if that is not the Prefix /
//	tls:              the Secret of the host's certificate
//	authService:      the authorization service that a plan names for the host
//
// NAME/beside.yaml holds further manifests, NAME/flags options as those of TestFixtures, and
// NAME/want what comes out: for each annotation its fate, outcome and reason, and behind "+"
// and "-" how the objects differ from those that are written without it.
//
// fixtures/settings has lines of the controller's settings, for each of which the same comes
// out.
//
// Every key of ingress-nginx must stand in a case in which it counts. From the same results
// come the support matrix (docs/generated/ingress-nginx.md) and what explain says of a key
// (cmd/internal/report/outcomes.tsv). -update rewrites all of it.
func TestKeys(t *testing.T) {
	var all []keyResult
	for _, file := range globbed(t, filepath.Join("..", "..", "..", "fixtures", "keys", "*.txtar")) {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			all = append(all, runKeys(t, file, ar)...)
		})
	}
	for _, r := range nginx.Rules() {
		shown := slices.ContainsFunc(all, func(k keyResult) bool {
			return k.key == r.Key && (k.fate == ledger.Understood || k.fate == ledger.Ignored && (r.Inert || idleForGood[r.Key] != ""))
		})
		if !shown {
			t.Errorf("no case under fixtures/keys in which %s counts", r.Key)
		}
	}
	settings := runSettings(t)
	holdGenerated(t, filepath.Join("..", "..", "..", "docs", "generated", "ingress-nginx.md"), supportMatrix(all, settings))
	holdGenerated(t, filepath.Join("..", "report", "outcomes.tsv"), outcomeTable(all)+settingsTable(settings))
}

// idleForGood are keys that no Ingress can make count.
var idleForGood = map[string]string{}

func globbed(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	return files
}

// holdGenerated demands that a file is what was made now, or with -update makes it so.
func holdGenerated(t *testing.T, file, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), text); diff != "" {
		t.Errorf("%s is not current; go test ./cmd/internal/convert -run %s -args -update (-have +now):\n%s", file, t.Name(), diff)
	}
}

// runKeys runs the cases of one file.
func runKeys(t *testing.T, file string, ar *txtar.Archive) []keyResult {
	out := &txtar.Archive{Comment: ar.Comment}
	var all []keyResult
	for _, f := range ar.Files {
		if strings.Contains(f.Name, "/") {
			continue // goes with its case
		}
		beside, flags := section(ar, f.Name+"/beside.yaml"), section(ar, f.Name+"/flags")
		c := keyCase{file: strings.TrimSuffix(filepath.Base(file), ".txtar"), name: f.Name, flags: string(flags)}
		ingress, plan := framed(f.Name, string(f.Data))
		c.input, c.plan = ingress+string(beside), plan
		want, results := c.run(t)
		all = append(all, results...)
		if diff := cmp.Diff(string(section(ar, f.Name+"/want")), want); diff != "" && !*update {
			t.Errorf("%s (-want +got):\n%s", f.Name, diff)
		}
		out.Files = append(out.Files, f)
		for _, more := range []txtar.File{{Name: f.Name + "/beside.yaml", Data: beside}, {Name: f.Name + "/flags", Data: flags}, {Name: f.Name + "/want", Data: []byte(want)}} {
			if more.Data != nil {
				out.Files = append(out.Files, more)
			}
		}
	}
	if *update {
		write(t, file, out)
	}
	return all
}

func write(t *testing.T, file string, ar *txtar.Archive) {
	t.Helper()
	if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
		t.Fatal(err)
	}
}

// convert converts a case, without one of its annotations if at is not negative.
func (c keyCase) convert(t *testing.T, without int) *Result {
	t.Helper()
	set, err := manifest.Read([]manifest.Source{{Path: c.name, Reader: bytes.NewReader([]byte(c.input))}}, manifest.Options{})
	if err != nil || set.Unreadable > 0 {
		t.Fatalf("%s: %d documents or objects cannot be read: %v %v", c.name, set.Unreadable, err, set.Findings)
	}
	n := 0
	for _, ing := range set.Ingresses {
		ing.Annotations = slices.DeleteFunc(ing.Annotations, func(a manifest.KeyValue) bool {
			ours := strings.HasPrefix(a.Key, nginx.Prefix)
			if ours {
				n++
			}
			return ours && n-1 == without
		})
	}
	opts := fixtureOptions(t, c.flags)
	if c.plan != "" {
		opts.PlanFile, opts.Plan = "plan.yaml", strings.NewReader(c.plan)
	}
	res, err := Run(set, opts)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	return res
}

// run is what a case comes to, as text and as results.
func (c keyCase) run(t *testing.T) (string, []keyResult) {
	whole := c.convert(t, -1)
	for _, h := range whole.Hosts {
		if len(h.Open) > 0 {
			t.Errorf("%s: unexplained: %s", c.name, h.Withheld)
		}
	}
	entries := map[string]*ledger.Entry{}
	for _, e := range whole.Set.Ledger.Entries() {
		entries[e.Object+" "+e.Key] = e
	}
	var b strings.Builder
	var all []keyResult
	n := 0
	for _, ing := range whole.Set.Ingresses {
		object := "Ingress " + ing.Namespace + "/" + ing.Name
		for _, a := range ing.Annotations {
			short, ours := strings.CutPrefix(a.Key, nginx.Prefix)
			if !ours {
				continue
			}
			e := entries[object+" "+a.Key]
			if e == nil {
				t.Fatalf("%s: no entry for %s of %s, but %v", c.name, a.Key, object, slices.Sorted(maps.Keys(entries)))
			}
			all = append(all, keyResult{c, short, a.Value, e.Fate, e.Outcome, e.Reason})
			if ing.Name != "web" {
				b.WriteString(ing.Name + ": ")
			}
			b.WriteString(all[len(all)-1].String())
			for _, line := range put(t, c.convert(t, n), whole) {
				b.WriteString("\t" + line + "\n")
			}
			n++
		}
	}
	return b.String(), all
}

func (k keyResult) String() string {
	value := k.value
	if strings.ContainsAny(value, "\n\"") {
		value = fmt.Sprintf("%q", value)
	}
	word := k.fate.String()
	if k.outcome != ledger.None {
		word = k.outcome.String()
	}
	text := fmt.Sprintf("%s: %s: %s", k.key, value, word)
	if k.reason != "" {
		text += ": " + k.reason
	}
	return text + "\n"
}

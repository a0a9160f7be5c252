package ownership

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

var update = flag.Bool("update", false, "write what came out into the fixtures")

// TestFixtures runs fixtures/ownership: infer-* makes plan.yaml and findings.txt of
// model.txt and labels.txt; read-* and check-* make error.txt of plan.yaml, check-* with
// model.txt; findings-* makes findings.txt of plan.yaml.
func TestFixtures(t *testing.T) {
	paths, err := filepath.Glob("../../fixtures/ownership/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		t.Run(name, func(t *testing.T) {
			ar, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			verb, _, _ := strings.Cut(name, "-")
			var got map[string]string
			switch verb {
			case "infer":
				got = runInfer(t, ar)
			case "read":
				got = map[string]string{"error.txt": runRead(t, ar)}
			case "findings":
				got = map[string]string{"findings.txt": runFindings(t, ar)}
			case "check":
				got = map[string]string{"error.txt": runCheck(t, ar)}
			default:
				t.Fatalf("unknown sort of fixture %q", verb)
			}
			compare(t, path, ar, got)
		})
	}
}

func runInfer(t *testing.T, ar *txtar.Archive) map[string]string {
	in := Input{Model: parseModel(t, ar)}
	in.ServiceLabels, in.IngressLabels, in.NamespaceLabels = parseLabels(t, file(ar, "labels.txt"))
	p, findings := Infer(in, "", "")
	var out bytes.Buffer
	if err := p.Write(&out); err != nil {
		t.Fatal(err)
	}
	back, err := Read("plan.yaml", bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatalf("the inferred plan is refused: %v", err)
	}
	if d := cmp.Diff(p, withoutLines(back)); d != "" {
		t.Errorf("read back, it differs: %s", d)
	}
	if err := p.Check(in.Model, "plan.yaml"); err != nil {
		t.Errorf("the inferred plan does not fit its own input: %v", err)
	}
	return map[string]string{"plan.yaml": out.String(), "findings.txt": printFindings(findings)}
}

func runRead(t *testing.T, ar *txtar.Archive) string {
	p, err := Read("plan.yaml", strings.NewReader(file(ar, "plan.yaml")))
	if err == nil {
		t.Fatal("not refused")
	}
	if p != nil {
		t.Error("a plan comes with the error")
	}
	return err.Error() + "\n"
}

func runFindings(t *testing.T, ar *txtar.Archive) string {
	p, err := Read("plan.yaml", strings.NewReader(file(ar, "plan.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	return printFindings(p.Findings("plan.yaml"))
}

func runCheck(t *testing.T, ar *txtar.Archive) string {
	p, err := Read("plan.yaml", strings.NewReader(file(ar, "plan.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Check(parseModel(t, ar), "plan.yaml"); err != nil {
		return err.Error() + "\n"
	}
	return "fits\n"
}

// compare holds the results against the archive, or with -update puts them into it.
func compare(t *testing.T, path string, ar *txtar.Archive, got map[string]string) {
	t.Helper()
	for _, name := range []string{"plan.yaml", "findings.txt", "error.txt"} {
		text, ok := got[name]
		switch {
		case !ok:
		case *update:
			put(ar, name, text)
		default:
			if d := cmp.Diff(file(ar, name), text); d != "" {
				t.Errorf("%s (-want +got):\n%s", name, d)
			}
		}
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(ar), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func put(ar *txtar.Archive, name, text string) {
	for i := range ar.Files {
		if ar.Files[i].Name == name {
			ar.Files[i].Data = []byte(text)
			return
		}
	}
	ar.Files = append(ar.Files, txtar.File{Name: name, Data: []byte(text)})
}

func file(ar *txtar.Archive, name string) string {
	for _, f := range ar.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func parseModel(t *testing.T, ar *txtar.Archive) intent.Model {
	t.Helper()
	m, err := intent.Parse(file(ar, "model.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

type labelFunc = func(ns, name string) (labels, annotations map[string]string)

// parseLabels reads lines of "service|ingress ns/name label|annotation key=value" and
// "namespace name label key=value".
func parseLabels(t *testing.T, text string) (service, ingress labelFunc, namespace func(string) map[string]string) {
	t.Helper()
	all := map[string]map[string]string{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) != 4 {
			t.Fatalf("labels.txt: %q", line)
		}
		k, v, _ := strings.Cut(words[3], "=")
		id := strings.Join(words[:3], " ")
		if all[id] == nil {
			all[id] = map[string]string{}
		}
		all[id][k] = v
	}
	of := func(kind string) labelFunc {
		return func(ns, name string) (labels, annotations map[string]string) {
			id := kind + " " + ns + "/" + name
			return all[id+" label"], all[id+" annotation"]
		}
	}
	return of("service"), of("ingress"), func(ns string) map[string]string { return all["namespace "+ns+" label"] }
}

func printFindings(fs []ledger.Finding) string {
	var b strings.Builder
	for _, f := range fs {
		b.WriteString(f.Severity.String() + " " + f.Rule + " " + f.Origin.String())
		if f.Host != "" {
			b.WriteString(" [" + f.Host + "]")
		}
		b.WriteString("\n\t" + f.Message + "\n\t" + f.Action + "\n")
	}
	return b.String()
}

func withoutLines(p *Plan) *Plan {
	lists := [][]Subject{p.RootAdmins, p.SiteAdmins, p.Solvers}
	for _, t := range p.Teams {
		lists = append(lists, t.Subjects)
	}
	for _, subjects := range lists {
		for i := range subjects {
			subjects[i].Line = 0
		}
	}
	for i := range p.Exceptions {
		p.Exceptions[i].Line = 0
	}
	for i := range p.Hosts {
		p.Hosts[i].Line = 0
		for j := range p.Hosts[i].Claims {
			p.Hosts[i].Claims[j].Line = 0
		}
	}
	return p
}

// TestReadError keeps the cause of a failing reader.
func TestReadError(t *testing.T) {
	cause := errors.New("disk on fire")
	_, err := Read("p.yaml", failing{cause})
	if !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "p.yaml: ") {
		t.Errorf("have %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

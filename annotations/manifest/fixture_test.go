package manifest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what comes out into the fixtures")

// TestFixtures reads the directory "in" of each archive and compares with its file "want".
// The archive's comment may hold "namespace: NAME".
func TestFixtures(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "..", "fixtures", "manifest", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		path, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { runFixture(t, path) })
	}
}

func runFixture(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	opts := Options{Recursive: true}
	if _, ns, ok := strings.Cut(string(archive.Comment), "namespace: "); ok {
		opts.Namespace, _, _ = strings.Cut(ns, "\n")
	}
	t.Chdir(t.TempDir())
	want := &txtar.File{Name: "want"}
	for i, f := range archive.Files {
		if f.Name == "want" {
			want = &archive.Files[i]
			continue
		}
		write(t, f.Name, f.Data)
	}
	set, err := Read([]Source{{Path: "in"}}, opts)
	if err != nil {
		t.Fatal(err)
	}
	checkEntries(t, set)
	got := dump(set)
	if *update {
		want.Data = []byte(got)
		if len(archive.Files) == 0 || archive.Files[len(archive.Files)-1].Name != "want" {
			archive.Files = append(archive.Files, *want)
		}
		write(t, path, txtar.Format(archive))
		return
	}
	if diff := cmp.Diff(string(want.Data), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// dump prints a set: the Ingresses, what is read along, findings, and the ledger.
func dump(set *Set) string {
	var b strings.Builder
	for _, i := range set.Ingresses {
		fmt.Fprintf(&b, "%s\n", i.Origin.Object)
		if i.Class != nil {
			fmt.Fprintf(&b, "  class %s\n", i.Class.Value)
		}
		if i.DefaultBackend != nil {
			fmt.Fprintf(&b, "  default %s\n", backendText(*i.DefaultBackend))
		}
		for _, tls := range i.TLS {
			fmt.Fprintf(&b, "  tls %v %s\n", tls.Hosts, tls.Secret)
		}
		for _, r := range i.Rules {
			fmt.Fprintf(&b, "  rule %q http=%t +%d\n", r.Host.Value, r.HasHTTP, len(r.Origins))
			for _, p := range r.Paths {
				fmt.Fprintf(&b, "    %q %s -> %s of %d\n", p.Path, p.Type, backendText(p.Backend), len(p.Origins))
			}
		}
	}
	dumpAlong(&b, set)
	fmt.Fprintf(&b, "documents %d, unreadable %d\n", set.Documents, set.Unreadable)
	for _, f := range set.Findings {
		fmt.Fprintf(&b, "%s %s: %s: %s [%s]\n", f.Severity, f.Rule, f.Origin, f.Message, f.Action)
	}
	for _, e := range set.Ledger.Entries() {
		fmt.Fprintf(&b, "%s %d %s = %q %s %s\n", e.Kind, e.Doc, e.Origin, e.Value, e.Fate, e.Reason)
	}
	return strings.ReplaceAll(b.String(), " \n", "\n")
}

func backendText(b Backend) string {
	return fmt.Sprintf("%s:%d%s%s +%d", b.Service, b.PortNumber, b.PortName, b.Resource, len(b.Origins))
}

func dumpAlong(b *strings.Builder, set *Set) {
	for _, s := range sorted(set.Services) {
		fmt.Fprintf(b, "service %s/%s %s%s%s %v\n", s.Namespace, s.Name, s.Type, s.ClusterIP, s.ExternalName, s.Ports)
	}
	for _, c := range sorted(set.Classes) {
		fmt.Fprintf(b, "class %s %s %t\n", c.Name, c.Controller, c.Default)
	}
	for _, n := range sorted(set.Namespaces) {
		fmt.Fprintf(b, "namespace %s %v\n", n.Name, n.Labels)
	}
	for _, s := range sorted(set.Secrets) {
		fmt.Fprintf(b, "secret %s/%s %s %v %v %t %v\n", s.Namespace, s.Name, s.Type, s.Keys, s.CertHosts, s.CertUnknown, s.Annotations)
	}
	for _, c := range sorted(set.ConfigMaps) {
		fmt.Fprintf(b, "configmap %s/%s %v\n", c.Namespace, c.Name, c.Data)
	}
	for _, p := range set.Proxies {
		fmt.Fprintf(b, "%s %s/%s %s\n", p.Kind, p.Namespace, p.Name, p.JSON)
	}
}

func sorted[K comparable, V any](m map[K]V) []V {
	byName := map[string]V{}
	names := []string{}
	for k, v := range m {
		byName[fmt.Sprint(k)] = v
		names = append(names, fmt.Sprint(k))
	}
	slices.Sort(names)
	out := []V{}
	for _, n := range names {
		out = append(out, byName[n])
	}
	return out
}

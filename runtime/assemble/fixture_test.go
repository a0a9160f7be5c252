package assemble

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/runtime/proxy"
	"github.com/split-ingress/split-ingress/runtime/source"
)

var update = flag.Bool("update", false, "write what comes out into the fixtures")

// TestFixtures applies the states of each archive, "*.yaml" in their order, one after the
// other, and compares what changes by each with the file "want". The archive's comment may
// hold lines "option: NAME": contour-faults, classless, external-names, controller NAMESPACE/NAME.
func TestFixtures(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "..", "fixtures", "runtime", "assemble", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { runFixture(t, path) })
	}
}

func runFixture(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := New(fixtureOptions(t, string(archive.Comment)))
	want := &txtar.File{Name: "want"}
	var out strings.Builder
	before := map[source.Ref]source.Object{}
	var rest []txtar.File
	for i, f := range archive.Files {
		if f.Name == "want" {
			want = &archive.Files[i]
			continue
		}
		rest = append(rest, f)
		now := load(t, string(f.Data))
		fmt.Fprintf(&out, "# %s\n", f.Name)
		work := s.Work()
		describe(&out, s.Apply(between(before, now)))
		w := s.Work()
		fmt.Fprintf(&out, "work: %d decoded, %d interpreted, %d built, %d resolved\n", w.Decoded-work.Decoded, w.Interpreted-work.Interpreted, w.Built-work.Built, w.Resolved-work.Resolved)
		for _, f := range s.Findings() {
			fmt.Fprintf(&out, "%s %s: %s: %s%s\n", f.Severity, f.Rule, f.Origin, prefixed(f.Host), f.Message)
		}
		before = now
	}
	if *update {
		want.Data = []byte(out.String())
		archive.Files = append(rest, *want)
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want.Data), out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func prefixed(host string) string {
	if host == "" {
		return ""
	}
	return "[" + host + "] "
}

func fixtureOptions(t *testing.T, comment string) (o Options) {
	for line := range strings.Lines(comment) {
		rest, ok := strings.CutPrefix(line, "option: ")
		if !ok {
			continue
		}
		words := append(strings.Fields(rest), "")
		switch words[0] {
		case "contour-faults":
			o.Faults = Contour
		case "classless":
			o.Classless = true
		case "external-names":
			o.ExternalNames = true
		case "controller":
			namespace, name, _ := strings.Cut(words[1], "/")
			o.Controller = manifest.Name{Namespace: namespace, Name: name}
		default:
			t.Fatalf("no option %q", line)
		}
	}
	return o
}

// describe prints a change.
func describe(out *strings.Builder, c proxy.Change) {
	for _, name := range sortedKeys(c.Sites) {
		site := c.Sites[name]
		if site == nil {
			fmt.Fprintf(out, "site %s: gone\n", strconv.Quote(name))
			continue
		}
		plane := map[intent.PathForm]string{planeContour: "envoy", planeNginx: "nginx"}[site.Plane]
		fmt.Fprintf(out, "site %s: %s%s secrets=%v\n", strconv.Quote(name), plane, tlsText(site.TLS), sortedKeys(site.Secrets))
		model := intent.Model{Hosts: []intent.Host{*site.Host}}
		_, printed, _ := strings.Cut(withoutOrigins(model.String()), "\n")
		out.WriteString(printed)
	}
	lines := map[string]string{}
	for key, addresses := range c.Endpoints {
		lines[fmt.Sprintf("%s/%s:%s", key.Namespace, key.Service, key.Port)] = strings.Join(addresses, " ")
	}
	for _, name := range sortedKeys(lines) {
		fmt.Fprintf(out, "endpoints %s: %s\n", name, lines[name])
	}
}

// withoutOrigins drops the places from a printed model.
func withoutOrigins(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		words := strings.Split(line, " from=")
		line = words[0]
		if !strings.HasSuffix(line, "\n") {
			line += "\n"
		}
		out = append(out, line)
	}
	return strings.Join(out, "")
}

func tlsText(t *proxy.TLS) string {
	if t == nil {
		return ""
	}
	text := " tls"
	for _, c := range t.Certificates {
		text += "=" + strings.Join(c.Leaf.DNSNames, ",")
	}
	if t.Broken != "" {
		text += " broken=" + strconv.Quote(t.Broken)
	}
	if t.Min+t.Max > 0 || len(t.Ciphers) > 0 {
		text += fmt.Sprintf(" min=%x max=%x ciphers=%x", t.Min, t.Max, t.Ciphers)
	}
	if t.Client != nil {
		text += fmt.Sprintf(" client(cas=%v revoked=%d)", t.Client.CAs != nil, len(t.Client.Revoked))
	}
	return text
}

package server

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// TestServed: the manifests of each fixture are served from files by the whole program, each
// of its Services being a real server that says what it got, and each of its requests is
// sent. fixtures/runtime/README.md says what may stand in a fixture.
func TestServed(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "..", "..", "fixtures", "runtime", "serve", "*.txtar"))
	if err != nil || len(paths) < 4 {
		t.Fatalf("%d fixtures, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { servedFixture(t, path) })
	}
}

func servedFixture(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var objects, requests, want []byte
	for _, f := range archive.Files {
		switch f.Name {
		case "objects.yaml":
			objects = f.Data
		case "requests":
			requests = f.Data
		case "want":
			want = f.Data
		}
	}
	got := answers(t, string(objects), string(requests))
	if *update {
		archive.Files = []txtar.File{{Name: "objects.yaml", Data: objects}, {Name: "requests", Data: requests}, {Name: "want", Data: []byte(got)}}
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// answers serves the objects and gives the answers to the requests, with the findings.
func answers(t *testing.T, objects, requests string) string {
	f := &fixture{t: t, in: input{isolated: true}, authority: newAuthority(t), stranger: newAuthority(t), cookies: map[string]string{}}
	var lines []string
	for line := range strings.Lines(requests) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && !f.option(line) {
			lines = append(lines, line)
		}
	}
	f.backends = newBackends(t, f.authority, objects)
	f.stage = newStage(t, f.authority, f.in, f.expand(objects)+"\n---\n"+f.backends.slices())
	var out strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&out, "%s\n%s", line, f.run(line))
	}
	for _, f := range f.stage.first.Findings {
		object := "served"
		if f.Origin.Known() {
			object = f.Origin.Object
		}
		fmt.Fprintf(&out, "%v [%s] %s: %s\n", f.Severity, f.Rule, object, f.Message)
	}
	return out.String()
}

// fixture is one on its way.
type fixture struct {
	t         *testing.T
	in        input
	brief     bool // what every request and response has is left out
	authority *authority
	stranger  *authority // whom nobody believes
	backends  *backends
	stage     *stage
	cookies   map[string]string
}

// option takes a line that is no request.
func (f *fixture) option(line string) bool {
	switch word, value, _ := strings.Cut(line, " "); word {
	case "faults":
		f.in.isolated = value != "contour"
	case "trusted-hops":
		fmt.Sscan(value, &f.in.trustedHops)
	case "brief":
		f.brief = true
	case "controller":
		namespace, name, _ := strings.Cut(value, "/")
		f.in.controller = manifest.Name{Namespace: namespace, Name: name}
	default:
		return false
	}
	return true
}

// made are what stands in the objects for keys, certificates and addresses.
var made = regexp.MustCompile(`\$(AUTHORITY|STRANGER|(PAIR|URL)\(([^)]*)\))`)

func (f *fixture) expand(objects string) string {
	return made.ReplaceAllStringFunc(objects, func(what string) string {
		switch what {
		case "$AUTHORITY":
			return base64Of(f.authority.pem)
		case "$STRANGER":
			return base64Of(f.stranger.pem)
		}
		parts := made.FindStringSubmatch(what)
		if parts[2] == "URL" {
			return "http://" + f.backends.addresses[parts[3]]
		}
		cert, key := f.authority.leaf(parts[3])
		return "{tls.crt: " + base64Of(cert) + ", tls.key: " + base64Of(key) + "}"
	})
}

package assemble

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"encoding/json"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/sharedtest"
)

// admit takes the Ingresses and HTTPProxies of a set that was read already.
func admit(t rapid.TB, s *State, set *manifest.Set, ingresses []*manifest.Ingress) {
	t.Helper()
	st := newStep()
	s.services, s.contourServices, s.secrets, s.configMaps, s.classes = set.Services, set.Services, set.Secrets, set.ConfigMaps, set.Classes
	for _, raw := range set.Proxies {
		p := &contour.HTTPProxy{}
		if raw.Kind != kindProxy {
			continue
		}
		if err := json.Unmarshal(raw.JSON, p); err != nil {
			t.Fatal(err)
		}
		s.putProxy(manifest.Name{Namespace: p.Namespace, Name: p.Name}, nil, p, st)
	}
	for _, ing := range ingresses {
		name := manifest.Name{Namespace: ing.Namespace, Name: ing.Name}
		if s.ingresses[name] != nil {
			continue
		}
		s.ingresses[name] = &ingress{Ingress: ing, name: name}
		s.classify(s.ingresses[name], st)
	}
	s.decode(st)
	s.interpret(st)
}

// dismiss takes Ingresses away again.
func dismiss(s *State, ingresses []*manifest.Ingress) {
	st := newStep()
	for i, ing := range ingresses {
		if i%3 == 0 {
			s.putIngress(manifest.Name{Namespace: ing.Namespace, Name: ing.Name}, nil, st)
		}
	}
	s.decode(st)
	s.interpret(st)
}

// TestCorpus: of real Ingresses, too, the parts are those of the whole, while they come in
// two steps and some of them go.
func TestCorpus(t *testing.T) {
	dir := sharedtest.Path(t, "corpus", "real")
	var sources []manifest.Source
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (strings.HasSuffix(path, ".yaml") || strings.HasSuffix(path, ".yml")) {
			sources = append(sources, manifest.Source{Path: path})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	set, err := manifest.Read(sources, manifest.Options{Namespace: "default"})
	if err != nil || len(set.Ingresses) < 500 {
		t.Fatal(err, len(set.Ingresses))
	}
	for _, opts := range []Options{{Classless: true}, {Faults: Contour}} {
		s := New(opts)
		inSteps(t, s, set)
		if len(s.groupsNow)+len(s.hosts) < 150 {
			t.Errorf("only %d groups and %d hosts", len(s.groupsNow), len(s.hosts))
		}
	}
}

func inSteps(t rapid.TB, s *State, set *manifest.Set) {
	half := len(set.Ingresses) / 2
	for _, step := range []func(){
		func() { admit(t, s, set, set.Ingresses[:half]) },
		func() { admit(t, s, set, set.Ingresses) },
		func() { dismiss(s, set.Ingresses) },
	} {
		step()
		checkNginx(t, s)
		checkContour(t, s)
	}
}

// TestOtherFixtures: of our own cases of both controllers the parts are those of the whole.
func TestOtherFixtures(t *testing.T) {
	read := 0
	for _, pattern := range []string{"ingress-nginx", "ingress-nginx-explicit", "httpproxy", "proof"} {
		paths, err := filepath.Glob(filepath.Join("..", "..", "fixtures", pattern, "*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var sources []manifest.Source
			for _, f := range archive.Files {
				if strings.Contains(string(f.Data), "apiVersion: ") {
					sources = append(sources, manifest.Source{Path: f.Name, Reader: strings.NewReader(string(f.Data))})
				}
			}
			set, err := manifest.Read(sources, manifest.Options{})
			if err != nil {
				t.Fatal(path, err)
			}
			read += len(set.Ingresses) + len(set.Proxies)
			t.Run(filepath.Base(path), func(t *testing.T) { inSteps(t, New(Options{Classless: read%2 == 0}), set) })
		}
	}
	if read < 200 {
		t.Errorf("only %d objects read", read)
	}
}

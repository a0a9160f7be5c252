package nginx

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/annotations/catalog"
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/sharedtest"
)

var update = flag.Bool("update", false, "rewrite the expected parts of the fixtures")

// TestExplicitFixtures runs the cases under fixtures/ingress-nginx-explicit: a txtar
// archive each, with
//
//	the comment     what the case shows, and its source
//	flags           optional: complete, classless, settings (the ConfigMap named controller)
//	manifests.yaml  the manifests
//	explicit        want: the model for a data plane, without origins
//	findings        want: what Explicit found
//
// -update rewrites the wanted parts.
func TestExplicitFixtures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "fixtures", "ingress-nginx-explicit", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string]string{}
			for _, f := range ar.Files {
				parts[f.Name] = string(f.Data)
			}
			m, findings := readExplicit(t, parts["manifests.yaml"], parts["flags"])
			want := []txtar.File{{Name: "explicit", Data: []byte(m)}, {Name: "findings", Data: []byte(findings)}}
			if *update {
				rewriteFixture(t, file, ar, want)
				return
			}
			for _, f := range want {
				if diff := cmp.Diff(parts[f.Name], string(f.Data)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", f.Name, diff)
				}
			}
		})
	}
}

func rewriteFixture(t *testing.T, file string, ar *txtar.Archive, want []txtar.File) {
	t.Helper()
	ar.Files = slices.DeleteFunc(ar.Files, func(f txtar.File) bool { return f.Name == "explicit" || f.Name == "findings" })
	ar.Files = append(ar.Files, want...)
	if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
		t.Fatal(err)
	}
}

// readExplicit is the explicit model of manifests and the findings, printed.
func readExplicit(t *testing.T, manifests, flags string) (model, findings string) {
	t.Helper()
	set, err := manifest.Read([]manifest.Source{{Path: "in.yaml", Reader: strings.NewReader(manifests)}}, manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	opts := testOptions(t)
	opts.Complete, opts.Classless = strings.Contains(flags, "complete"), strings.Contains(flags, "classless")
	if strings.Contains(flags, "settings") {
		opts.Settings = set.ConfigMaps[manifest.Name{Namespace: "ingress-nginx", Name: "controller"}].Data
		opts.SettingsOrigin = set.ConfigMaps[manifest.Name{Namespace: "ingress-nginx", Name: "controller"}].Origin
	}
	m, _ := Interpret(set, opts)
	before := m.String()
	kept := m
	found := Explicit(&m, set, opts)
	if after := kept.String(); after != before {
		t.Errorf("Explicit changed what the model points to:\n%s", cmp.Diff(before, after))
	}
	checkRoutes(t, m)
	var b bytes.Buffer
	for _, f := range found {
		fmt.Fprintf(&b, "%s %s %s: %s\n", f.Severity, f.Rule, f.Origin, f.Message)
	}
	bare := withoutOrigins(m)
	if again, err := intent.Parse(bare.String()); err != nil || !again.Equal(bare) {
		t.Errorf("the printed model reads otherwise: %v", err)
	}
	return bare.String(), b.String()
}

func testOptions(t *testing.T) Options {
	t.Helper()
	keys, err := catalog.New()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Catalog: keys}
}

// checkRoutes holds what holds for every explicit route.
func checkRoutes(t *testing.T, m intent.Model) {
	t.Helper()
	for _, h := range m.Hosts {
		if h.TLS == nil {
			t.Errorf("%s: no TLS", h.Name)
		}
		for _, r := range h.Routes {
			actions := 0
			for _, set := range []bool{r.Forward != nil, r.Redirect != nil, r.Respond != nil} {
				if set {
					actions++
				}
			}
			if actions != 1 {
				t.Errorf("%s %s: %d actions", h.Name, r.Match.Path, actions)
			}
			if f := r.Forward; f != nil && (r.Policies == nil || r.Policies.Limits == nil || f.Buffering == nil || f.Balance == nil ||
				f.Timeouts.Connect <= 0 || f.Timeouts.Idle <= 0 || len(f.Backends) == 0) {
				t.Errorf("%s %s: a default is not written out: %s", h.Name, r.Match.Path, r)
			}
		}
	}
}

func withoutOrigins(m intent.Model) intent.Model {
	out := intent.Model{Paths: m.Paths}
	for _, h := range m.Hosts {
		h.Origins = nil
		if h.TLS != nil {
			tls := *h.TLS
			tls.Origins = nil
			h.TLS = &tls
		}
		routes := slices.Clone(h.Routes)
		for i := range routes {
			routes[i].Origins = nil
			routes[i].Opaque = slices.Clone(routes[i].Opaque)
			for j := range routes[i].Opaque {
				routes[i].Opaque[j].Origin = ledger.Origin{}
			}
		}
		h.Routes = routes
		out.Hosts = append(out.Hosts, h)
	}
	return out
}

// TestHonouredKeys holds that every key has one place: routing, honoured, without effect,
// or unhonoured.
func TestHonouredKeys(t *testing.T) {
	for _, r := range Rules() {
		places := 0
		for _, in := range []bool{
			r.Routing || r.Inert, slices.Contains(honoured, r.Key), slices.Contains(withoutEffect, r.Key),
			slices.Contains(Unhonoured, Prefix+r.Key),
		} {
			if in {
				places++
			}
		}
		if places != 1 {
			t.Errorf("%s has %d places", r.Key, places)
		}
	}
	for _, keys := range [][]string{honoured, withoutEffect, Unhonoured} {
		if !slices.IsSorted(keys) {
			t.Errorf("not sorted: %v", keys)
		}
	}
}

// TestExplicitCorpus: of the field's Ingresses nothing stays opaque but what is known not
// to be honoured and what is no key of ours, each with a finding.
func TestExplicitCorpus(t *testing.T) {
	root := sharedtest.Path(t, "corpus")
	opts := testOptions(t)
	opts.Classless = true
	routes := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !(strings.HasSuffix(path, ".yaml") || strings.HasSuffix(path, ".yml")) {
			return err
		}
		set, err := manifest.Read([]manifest.Source{{Path: path}}, manifest.Options{})
		if err != nil {
			return nil //nolint:nilerr // another test's
		}
		m, _ := Interpret(set, opts)
		findings := Explicit(&m, set, opts)
		checkRoutes(t, m)
		for _, h := range m.Hosts {
			for _, r := range h.Routes {
				routes++
				checkOpaque(t, path, r, findings)
			}
		}
		return nil
	})
	if err != nil || routes < 1000 {
		t.Errorf("%d routes: %v", routes, err)
	}
}

func checkOpaque(t *testing.T, path string, r intent.Route, findings []ledger.Finding) {
	t.Helper()
	for _, q := range r.Opaque {
		fcgi := q.Key == Prefix+"backend-protocol" && strings.EqualFold(q.Value, "FCGI")
		if strings.HasPrefix(q.Key, Prefix) && !slices.Contains(Unhonoured, q.Key) && !fcgi {
			t.Logf("%s: %s %q stays opaque: %s", path, q.Key, q.Value, q.Reason)
			if !strings.Contains(q.Reason, "nginx refuses") && !strings.Contains(q.Reason, "which no template says") && !strings.Contains(q.Reason, "part of it") {
				t.Errorf("%s: %s %q is neither honoured nor known not to be: %s", path, q.Key, q.Value, q.Reason)
			}
		}
		if !slices.ContainsFunc(findings, func(f ledger.Finding) bool { return f.Rule == "not-honoured" && f.Origin == q.Origin }) {
			t.Errorf("%s: no finding for %s", path, q.Key)
		}
	}
}

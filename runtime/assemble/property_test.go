package assemble

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/runtime/proxy"
	"github.com/split-ingress/split-ingress/runtime/source"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// plane is a data plane that takes changes.
type plane struct {
	sites     map[string]*proxy.Site
	endpoints map[upstream.Key][]string
}

func newPlane() plane {
	return plane{map[string]*proxy.Site{}, map[upstream.Key][]string{}}
}

func (p plane) take(c proxy.Change) {
	for name, site := range c.Sites {
		if p.sites[name] = site; site == nil {
			delete(p.sites, name)
		}
	}
	for key, addresses := range c.Endpoints {
		if p.endpoints[key] = addresses; addresses == nil {
			delete(p.endpoints, key)
		}
	}
}

// checkFresh compares what a state has become step by step with one that is loaded at once.
func checkFresh(t rapid.TB, s *State, p plane, opts Options, now map[source.Ref]source.Object) {
	t.Helper()
	opts.Catalog = s.opts.Catalog
	fresh, whole := New(opts), newPlane()
	whole.take(fresh.Apply(between(nil, now)))
	if got, want := printSites(p), printSites(whole); got != want {
		t.Fatalf("sites step by step:\n%s\nat once:\n%s", got, want)
	}
	for name, site := range whole.sites {
		if !sameSite(site, p.sites[name]) {
			// Certificates are parsed by each state on its own.
			if site.TLS == nil || !same(site.Host, p.sites[name].Host) || !same(site.Secrets, p.sites[name].Secrets) {
				t.Fatalf("the site %q differs", name)
			}
		}
	}
	if !maps.EqualFunc(p.endpoints, whole.endpoints, slices.Equal[[]string]) {
		t.Fatalf("endpoints step by step %v, at once %v", p.endpoints, whole.endpoints)
	}
	if got, want := printFindings(s.Findings()), printFindings(fresh.Findings()); got != want {
		t.Fatalf("findings step by step:\n%s\nat once:\n%s", got, want)
	}
}

func printSites(p plane) string {
	var out strings.Builder
	describe(&out, proxy.Change{Sites: p.sites})
	return out.String()
}

func printFindings(fs []ledger.Finding) string {
	var out strings.Builder
	for _, f := range fs {
		fmt.Fprintf(&out, "%s %s %s %s %s\n", f.Severity, f.Rule, f.Origin, f.Host, f.Message)
	}
	return out.String()
}

// checkContour compares the hosts that were decoded apart, and their faults, with all of
// them decoded at once.
func checkContour(t rapid.TB, s *State) {
	t.Helper()
	var proxies []*contour.HTTPProxy
	for _, p := range s.proxies {
		proxies = append(proxies, p)
	}
	var beside []*manifest.Ingress
	for _, r := range s.ingresses {
		if r.contour {
			beside = append(beside, r.Ingress)
		}
	}
	want, problems := s.decodeAll(&gathering{proxies: proxies, ingresses: beside})
	problems = append(problems, s.explicitContour(&want)...)
	got := intent.Model{Paths: planeContour}
	for _, name := range sortedKeys(s.parts) {
		if p := s.parts[name].contour; p != nil {
			got.Hosts = append(got.Hosts, *p.host)
		}
	}
	if !got.Equal(want) {
		t.Fatalf("apart:\n%s\nat once:\n%s", got, want)
	}
	var apart, once []string
	for _, u := range s.hosts {
		for _, f := range s.findings[u] {
			apart = append(apart, f.Origin.Object+": "+f.Message)
		}
	}
	for _, p := range problems {
		once = append(once, p.Object+": "+p.Reason+": "+p.Message)
	}
	compareSets(t, "faults", apart, once)
}

// checkNginx compares the groups that were interpreted apart with all Ingresses interpreted
// at once.
func checkNginx(t rapid.TB, s *State) {
	t.Helper()
	in := &manifest.Set{Services: s.services, Secrets: s.secrets, ConfigMaps: s.configMaps, Classes: s.classes, Ledger: &ledger.Ledger{}}
	for _, r := range s.sortedIngresses() {
		if r.nginx {
			in.Ingresses = append(in.Ingresses, r.Ingress)
		}
	}
	want, findings := s.interpretAll(in)
	got := intent.Model{Paths: planeNginx}
	for _, name := range sortedKeys(s.parts) {
		if p := s.parts[name].nginx; p != nil {
			got.Hosts = append(got.Hosts, *p.host)
		}
	}
	if !got.Equal(want) {
		t.Fatalf("apart:\n%s\nat once:\n%s", got, want)
	}
	var apart, once []string
	for u := range s.groupsNow {
		for _, f := range s.findings[u] {
			apart = append(apart, fmt.Sprint(f.Origin, " ", f.Rule, ": ", f.Message))
		}
	}
	for _, f := range findings {
		if len(in.Ingresses) > 0 { // without any, nobody reads the settings
			once = append(once, fmt.Sprint(f.Origin, " ", f.Rule, ": ", f.Message))
		}
	}
	compareSets(t, "findings", apart, once)
}

func compareSets(t rapid.TB, what string, apart, once []string) {
	t.Helper()
	for _, list := range []*[]string{&apart, &once} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	if !slices.Equal(apart, once) {
		t.Fatalf("%s apart:\n%s\nat once:\n%s", what, strings.Join(apart, "\n"), strings.Join(once, "\n"))
	}
}

// TestSteps: whatever the objects are and however they change, the state is what it would
// be if they were all loaded at once, and the parts are those of the whole.
func TestSteps(t *testing.T) {
	catalog := New(Options{}).opts.Catalog
	rapid.Check(t, func(t *rapid.T) {
		opts := Options{Catalog: catalog, Classless: rapid.Bool().Draw(t, "classless"), ExternalNames: rapid.Bool().Draw(t, "external"),
			Faults: rapid.SampledFrom([]Faults{Isolated, Contour}).Draw(t, "faults"), Controller: manifest.Name{Namespace: "a", Name: "settings"}}
		s, p := New(opts), newPlane()
		before := map[source.Ref]source.Object{}
		for range rapid.IntRange(1, 4).Draw(t, "steps") {
			now := genStep(t, before)
			p.take(s.Apply(between(before, now)))
			checkFresh(t, s, p, opts, now)
			checkContour(t, s)
			checkNginx(t, s)
			before = now
		}
		p.take(s.Apply(between(before, nil)))
		if len(p.sites)+len(p.endpoints)+len(s.Findings())+len(s.users)+len(s.siteUsers)+len(s.parts)+len(s.sites)+len(s.hosts)+len(s.groupsNow)+
			len(s.endpoints.sets)+len(s.endpoints.byService)+len(s.nodes)+len(s.canaries)+len(s.roots)+len(s.beside)+len(s.slices)+len(s.delegations)+len(s.findings)+len(s.services)+len(s.contourServices)+len(s.secrets)+len(s.permits)+len(s.configMaps)+len(s.extensions)+len(s.parsed) > 0 {
			t.Fatalf("something is left behind: %+v\n%v", p, s.Findings())
		}
	})
}

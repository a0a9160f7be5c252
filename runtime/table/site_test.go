package table

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// TestSites: hosts that are compiled one by one and found in a directory answer as the
// whole model does.
func TestSites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		whole, err := Compile(m)
		if err != nil {
			t.Fatal(err)
		}
		sites := map[string]*Site{}
		for i := range m.Hosts {
			if sites[m.Hosts[i].Name], err = CompileSite(&m.Hosts[i], m.Paths); err != nil {
				t.Fatal(err)
			}
		}
		delete(sites, "~(broken")
		names, err := NewDirectory[*Site](m.Paths, nil).With(sites, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			p := Prepare(Request{Host: pick(t, askedHosts, "host"), URI: drawText(t), Headers: []Header{{Name: "X", Value: pick(t, values, "x")}}})
			hit := whole.Match(p)
			site := names.Find(Name{p.host, p.name})
			if site == nil {
				if hit.Host != nil {
					t.Fatalf("%q: no site, the table has %q", p.host, hit.Host.Name)
				}
				continue
			}
			got := site.Match(p)
			if got.Host != hit.Host || got.Route != hit.Route || got.Status != hit.Status || !reflect.DeepEqual(got.Answer(p), hit.Answer(p)) {
				t.Fatalf("site %+v, whole %+v", got, hit)
			}
		}
	})
}

// TestDirectorySteps: a directory that was changed step by step finds what one finds that
// was made at once, and the steps leave what was before as it was.
func TestDirectorySteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		form := intent.PathForm(rapid.IntRange(0, 1).Draw(t, "form"))
		good := slices.DeleteFunc(slices.Clone(hostNames), func(n string) bool { return n == "~(broken" })
		d, want := NewDirectory(form, 0), map[string]int{}
		for step := 1; step <= 5; step++ {
			set := map[string]int{}
			for _, n := range rapid.SliceOfN(rapid.SampledFrom(good), 0, 4).Draw(t, "set") {
				set[n] = step
			}
			gone := rapid.SliceOfN(rapid.SampledFrom(good), 0, 3).Draw(t, "gone")
			for _, n := range gone {
				delete(want, n)
			}
			maps.Copy(want, set)
			before, held := d, d.Find(NameOf("a.t"))
			next, err := d.With(set, gone)
			if err != nil {
				t.Fatal(err)
			}
			if before.Find(NameOf("a.t")) != held {
				t.Fatal("a step changed the directory before it")
			}
			d = next
		}
		fresh, err := NewDirectory(form, 0).With(want, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range askedHosts {
			if a, b := d.Find(NameOf(h)), fresh.Find(NameOf(h)); a != b {
				t.Fatalf("%q: %d after steps, %d at once", h, a, b)
			}
		}
	})
}

func TestDirectoryBrokenRegex(t *testing.T) {
	d, err := NewDirectory(intent.Decoded, 0).With(map[string]int{"~(": 1, "a.t": 2}, nil)
	if err == nil || !strings.Contains(err.Error(), `"~("`) {
		t.Errorf("error %v", err)
	}
	if got := d.Find(NameOf("A.t:80")); got != 2 {
		t.Errorf("the other name finds %d", got)
	}
}

func TestVars(t *testing.T) {
	route := intent.Route{Forward: &intent.Forward{
		Backends: []intent.Backend{{Service: "s", Weight: 1}},
		Request:  []intent.HeaderChange{{Name: "X-A", Value: "{var:known}/{var:other}/{path}"}},
	}}
	site, err := CompileSite(&intent.Host{Name: "a.t", Routes: []intent.Route{route}}, intent.Decoded)
	if err != nil {
		t.Fatal(err)
	}
	p := Prepare(Request{Host: "a.t", URI: "/{var:known}", Vars: func(name string) (string, bool) { return "{path}", name == "var:known" }})
	want := []Header{{Name: "X-A", Value: "{path}/{var:other}//{var:known}"}}
	if got := site.Match(p).Answer(p).RequestHeaders; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

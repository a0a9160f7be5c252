package httpproxy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// tree is a root with objects below it; every route sends to a Service of its own.
type tree struct {
	objects []*contour.HTTPProxy // the root first
	chains  [][]contour.MatchCondition
}

func prefix(p string) contour.MatchCondition { return contour.MatchCondition{Prefix: p} }

func headerIs(name, value string) contour.MatchCondition {
	return contour.MatchCondition{Header: &contour.HeaderMatchCondition{Name: name, Exact: value}}
}

// genTree makes a tree of up to six objects, each included once, under prefixes that may lie
// within each other and under headers.
func genTree(t *rapid.T) tree {
	var w tree
	for i := range rapid.IntRange(2, 6).Draw(t, "objects") {
		p := &contour.HTTPProxy{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: fmt.Sprintf("o%d", i)}}
		var chain []contour.MatchCondition
		if i == 0 {
			p.Spec.VirtualHost = &contour.VirtualHost{Fqdn: "h.t"}
		} else {
			above := rapid.IntRange(0, i-1).Draw(t, "above")
			var cs []contour.MatchCondition
			if i <= 2 && rapid.IntRange(0, 3).Draw(t, "confined") == 0 {
				cs = append(cs, headerIs(fmt.Sprintf("x-%d", i), "1")) // two of one name are refused
			}
			cs = append(cs, prefix(word(t, "include", "/a", "/b", "/a/b", "/")))
			w.objects[above].Spec.Includes = append(w.objects[above].Spec.Includes, contour.Include{Name: p.Name, Conditions: cs})
			chain = slices.Concat(w.chains[above], cs)
		}
		for range rapid.IntRange(1, 3).Draw(t, "routes") {
			p.Spec.Routes = append(p.Spec.Routes, genRoute(t, fmt.Sprintf("%s-%d", p.Name, len(p.Spec.Routes))))
		}
		w.objects, w.chains = append(w.objects, p), append(w.chains, chain)
	}
	return w
}

func genRoute(t *rapid.T, service string) contour.Route {
	var r contour.Route
	if rapid.IntRange(0, 3).Draw(t, "header") == 0 {
		r.Conditions = append(r.Conditions, headerIs("y-"+word(t, "route header", "a", "b"), "1"))
	}
	path := word(t, "path", "", "/a", "/b", "/a/b", "/c")
	switch {
	case path == "":
	case rapid.Bool().Draw(t, "exact"):
		r.Conditions = append(r.Conditions, contour.MatchCondition{Exact: path})
	case rapid.IntRange(0, 3).Draw(t, "regex") == 0:
		r.Conditions = append(r.Conditions, contour.MatchCondition{Regex: path + ".*"})
	default:
		r.Conditions = append(r.Conditions, prefix(path))
	}
	r.Services = []contour.Service{{Name: service, Port: 80}}
	return r
}

// spoil gives one object below the root a fault. Beside it stands what should come of it: a
// tree without any fault in which the Service "down" answers instead.
func (w tree) spoil(t *rapid.T, i int) (spoilt, meant []*contour.HTTPProxy) {
	broken, whole := w.objects[i].DeepCopy(), w.objects[i].DeepCopy()
	down := []contour.Service{{Name: "down", Port: 80}}
	whole.Spec.Includes, whole.Spec.Routes = nil, []contour.Route{{Services: down}}
	j := rapid.IntRange(0, len(broken.Spec.Routes)-1).Draw(t, "route")
	r := &broken.Spec.Routes[j]
	one := w.objects[i].DeepCopy() // but for the route
	one.Spec.Routes[j].Services = down
	switch word(t, "fault", "gone", "root", "action", "port", "policy", "regex", "cycle") {
	case "gone":
		return w.with(i), w.with(i, whole)
	case "root":
		broken.Spec.VirtualHost, one = &contour.VirtualHost{Fqdn: "other.t"}, whole
	case "action":
		r.Services = nil
	case "port":
		r.Services[0].Port = 0
	case "policy":
		r.TimeoutPolicy = &contour.TimeoutPolicy{Response: "soon"}
	case "regex":
		r.Conditions, one = []contour.MatchCondition{{Regex: "/["}}, whole
	case "cycle":
		one = w.objects[i].DeepCopy()
		back := []contour.MatchCondition{headerIs("y-b", "1"), prefix("/c")}
		broken.Spec.Includes = append(broken.Spec.Includes, contour.Include{Name: rapid.SampledFrom(w.above(i)).Draw(t, "back to"), Conditions: back})
		leaf := whole.DeepCopy()
		leaf.Name = "leaf"
		one.Spec.Includes = append(one.Spec.Includes, contour.Include{Name: "leaf", Conditions: back})
		return w.with(i, broken), w.with(i, one, leaf)
	}
	return w.with(i, broken), w.with(i, one)
}

// with are the objects but for one, and others instead.
func (w tree) with(i int, others ...*contour.HTTPProxy) []*contour.HTTPProxy {
	return slices.Concat(w.objects[:i], others, w.objects[i+1:])
}

// above are the names of an object below the root and of all that lead to it. The root is
// not among them: leading to it is another fault.
func (w tree) above(i int) []string {
	names := []string{w.objects[i].Name}
	for k := i - 1; k > 0; k-- {
		for _, in := range w.objects[k].Spec.Includes {
			if in.Name == names[len(names)-1] {
				names = append(names, w.objects[k].Name)
			}
		}
	}
	return names
}

// oneBlock are the conditions of a chain as those of one route.
func oneBlock(chain []contour.MatchCondition) (out []contour.MatchCondition) {
	path := ""
	for _, c := range chain {
		path += c.Prefix
		if c.Header != nil {
			out = append(out, c)
		}
	}
	return append(out, prefix(path))
}

func isolatedTable(t *rapid.T, objects []*contour.HTTPProxy) *table.Table {
	m, _ := httpproxy.DecodeWith(objects, nil, httpproxy.DecodeOptions{Isolated: true})
	return tableOf(t, m)
}

func tableOf(t *rapid.T, m intent.Model) *table.Table {
	tab, err := table.New(m)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// who answers a request: a Service's name, or a status.
func who(tab *table.Table, r table.Request) string {
	d := tab.Match(r)
	if len(d.Backends) > 0 {
		return d.Backends[0].Service
	}
	return fmt.Sprint(d.Status)
}

// TestIsolation: breaking one object changes no answer outside of the conditions that lead
// to it, and inside it is as if a route without a fault stood there that answers 502 or 503.
func TestIsolation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := genTree(t)
		i := rapid.IntRange(1, len(w.objects)-1).Draw(t, "broken")
		spoilt, meant := w.spoil(t, i)
		before, after, want := isolatedTable(t, w.objects), isolatedTable(t, spoilt), isolatedTable(t, meant)
		inside := isolatedTable(t, []*contour.HTTPProxy{
			{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: "root"}, Spec: contour.HTTPProxySpec{
				VirtualHost: &contour.VirtualHost{Fqdn: "h.t"},
				Routes:      []contour.Route{{Conditions: oneBlock(w.chains[i]), Services: []contour.Service{{Name: "in", Port: 80}}}},
			}},
		})
		for _, uri := range []string{"/", "/a", "/a/b", "/b", "/c", "/a/a", "/a/b/a/b", "/b/a", "/ab", "/a/c", "/a/b/c", "/b/c/x", "/a/a/b?q", "/d", "/c/a/b"} {
			for bits := range 16 {
				r := table.Request{Scheme: "http", Host: "h.t", URI: uri}
				for b, name := range []string{"x-1", "x-2", "y-a", "y-b"} {
					if bits>>b&1 == 1 {
						r.Headers = append(r.Headers, table.Header{Name: name, Value: "1"})
					}
				}
				was, is, should := who(before, r), who(after, r), who(want, r)
				if was != is && who(inside, r) != "in" {
					t.Fatalf("%v is outside of %s: %s became %s", r, w.objects[i].Name, was, is)
				}
				if is == "502" || is == "503" {
					is = "down"
				}
				if is != should {
					t.Fatalf("%v: %s became %s instead of %s", r, was, is, should)
				}
			}
		}
	})
}

// TestIsolatedWithoutFaults: where nothing is wrong, isolated faults change nothing.
func TestIsolatedWithoutFaults(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := genTree(t)
		theirs, problems := httpproxy.Decode(w.objects)
		ours, _ := httpproxy.DecodeWith(w.objects, nil, httpproxy.DecodeOptions{Isolated: true})
		if len(problems) > 0 {
			t.Skip(strings.TrimSpace(problemText(problems)))
		}
		if theirs.String() != ours.String() {
			t.Fatalf("contour\n%s\nisolated\n%s", theirs, ours)
		}
	})
}

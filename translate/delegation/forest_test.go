package delegation_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

func placed(i int, path string) delegation.Placed {
	return delegation.Placed{Index: i, Route: intent.Route{Match: intent.Match{Path: intent.Path{Kind: intent.SegmentPrefix, Value: path}}}}
}

func forest() delegation.Forest {
	shared := &delegation.Fanout{
		Name: "fanout", Routes: []delegation.Placed{placed(1, "/blocked")},
		Teams: []*delegation.Team{
			{Name: "one", Routes: []delegation.Placed{placed(0, "/a"), placed(3, "/c")}},
			{Name: "two", Routes: []delegation.Placed{placed(2, "/b")}},
		},
	}
	return delegation.Forest{Paths: intent.Normalized, Roots: []*delegation.Root{
		{Host: "alias.t", AliasOf: "h.t", Name: "alias", Fanout: shared, Routes: []delegation.Placed{placed(4, "/")}},
		{Host: "h.t", Name: "root", Fanout: shared, Routes: []delegation.Placed{placed(4, "/")}, TLS: &intent.TLS{Secret: "n/s"}, Carried: []intent.Carried{{Key: "k"}}},
		{Host: "www.h.t", Name: "www", Routes: []delegation.Placed{placed(0, "/")}},
	}}
}

// TestWalk: parents first, in order, a shared fanout below each of its roots.
func TestWalk(t *testing.T) {
	var got []string
	forest().Walk(func(n delegation.Node) {
		name := n.Root.Name
		switch {
		case n.Team != nil:
			name = n.Team.Name
		case n.Fanout != nil:
			name = n.Fanout.Name
		}
		if (n.Depth == 0) != (n.Fanout == nil) || (n.Depth == 2) != (n.Team != nil) {
			t.Errorf("%s has the depth %d", name, n.Depth)
		}
		got = append(got, strings.Repeat(" ", n.Depth)+name)
	})
	want := []string{"alias", " fanout", "  one", "  two", "root", " fanout", "  one", "  two", "www"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestFlatten: routes come back in the host's order, whoever holds them, and what only a
// root has stays with its host.
func TestFlatten(t *testing.T) {
	m := forest().Flatten()
	if m.Paths != intent.Normalized || len(m.Hosts) != 3 {
		t.Fatalf("got\n%s", m)
	}
	for i, want := range []string{"/a /blocked /b /c /", "/a /blocked /b /c /", "/"} {
		var got []string
		for _, r := range m.Hosts[i].Routes {
			got = append(got, r.Match.Path.Value)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q", m.Hosts[i].Name, got)
		}
	}
	if m.Hosts[0].AliasOf != "h.t" || m.Hosts[0].TLS != nil || m.Hosts[1].TLS == nil || len(m.Hosts[1].Carried) != 1 {
		t.Errorf("got\n%s", m)
	}
}

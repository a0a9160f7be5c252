package intent

import (
	"testing"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

func TestSameAnswer(t *testing.T) {
	a := Route{
		Match:   Match{Path: Path{Kind: SegmentPrefix, Value: "/a"}},
		Forward: &Forward{Backends: []Backend{{Namespace: "n", Service: "s", Port: "80", Weight: 1}}},
		Opaque:  []Opaque{{Key: "k"}}, Origins: []ledger.Origin{ledger.New(ledger.Place{File: "f"})},
	}
	b := a
	b.Match, b.Opaque, b.Origins = Match{}, nil, nil
	if !a.SameAnswer(b) {
		t.Error("match, opaque parts and origins count")
	}
	forward := *a.Forward
	forward.Backends = []Backend{{Namespace: "n", Service: "s", Port: "80", Weight: 2}}
	b.Forward = &forward
	if a.SameAnswer(b) {
		t.Error("the weight does not count")
	}
}

func TestMatchEqual(t *testing.T) {
	m := Match{
		Path: Path{Value: "/"}, Methods: []string{"GET"}, Headers: []Cond{{Name: "a"}}, Query: []Cond{{Name: "b"}}, Cookies: []Cond{{Name: "c"}},
	}
	if !m.Equal(m) {
		t.Error("a match differs from itself")
	}
	for name, change := range map[string]func(*Match){
		"path": func(m *Match) { m.Path.Fold = true }, "method": func(m *Match) { m.Methods = nil }, "header": func(m *Match) { m.Headers = nil },
		"query": func(m *Match) { m.Query = nil }, "cookie": func(m *Match) { m.Cookies = nil },
	} {
		o := m
		if change(&o); m.Equal(o) {
			t.Errorf("the %s does not count", name)
		}
	}
}

func TestHost(t *testing.T) {
	m := Model{Hosts: []Host{{Name: ""}, {Name: "a"}, {Name: "c"}}}
	for _, name := range []string{"", "a", "c"} {
		if h := m.Host(name); h == nil || h.Name != name {
			t.Errorf("%q: got %v", name, h)
		}
	}
	if h := m.Host("b"); h != nil {
		t.Errorf("b: got %v", h)
	}
}

func TestHostOnly(t *testing.T) {
	for _, c := range []struct {
		name string
		r    Route
		want bool
	}{
		{"implicit answer", Route{Respond: &Respond{Status: 404, Implicit: true}}, true},
		{"answer of a rule", Route{Respond: &Respond{Status: 503}}, false},
		{"whole host to its other name", Route{Redirect: &Redirect{Host: "www.h", Path: "{uri-}"}}, true},
		{"redirect of a path", Route{Redirect: &Redirect{Host: "www.h", Path: "/x"}}, false},
		{"redirect without a host", Route{Redirect: &Redirect{Path: "{uri-}"}}, false},
		{"forward", Route{Forward: &Forward{}}, false},
	} {
		if got := c.r.HostOnly(); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}

package assemble

import (
	"slices"
	"testing"

	"github.com/split-ingress/split-ingress/runtime/source"
)

func TestRefusedTargets(t *testing.T) {
	for _, host := range []string{"", "localhost", "a.localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "::1", "[::1]", "::ffff:127.0.0.1", "fe80::1", "fe80::1%eth0",
		"169.254.169.254", "::ffff:169.254.169.254", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "a.example.", "a/b", "a:80", "user@a", "a b", "1.2.3.4.5"} {
		if refusedTarget(host) == "" {
			t.Errorf("%q is let through", host)
		}
	}
	for _, host := range []string{"a.example", "10.0.0.1", "fd00::1", "xn--mnchen-3ya.example", "a_b.example", "0x.example", "1.example"} {
		if why := refusedTarget(host); why != "" {
			t.Errorf("%q %s", host, why)
		}
	}
}

// TestSites: who serves what, and who has which routes.
func TestSites(t *testing.T) {
	s := New(Options{})
	s.Apply(trees(3))
	got := s.Sites()
	if len(got) != 3 || got[1].Host != "site1.example" || got[1].Plane != planeContour || got[1].Broken == "" {
		t.Fatalf("%+v", got)
	}
	if want := []string{"HTTPProxy security/site1", "HTTPProxy team1/site1"}; !slices.Equal(got[1].Objects, want) {
		t.Errorf("objects %v, want %v", got[1].Objects, want)
	}
	if want := []Team{{"team1", 5}}; !slices.Equal(got[1].Teams, want) {
		t.Errorf("teams %v, want %v", got[1].Teams, want)
	}
	if want := []string{"security", "team1"}; !slices.Equal(got[1].Namespaces, want) {
		t.Errorf("namespaces %v, want %v", got[1].Namespaces, want)
	}
}

// TestWork: a change costs what it touches, however many hosts there are.
func TestWork(t *testing.T) {
	s := New(Options{})
	c := trees(100)
	c.Set = append(c.Set, wildcard(t))
	for i := range 50 {
		c.Set = append(c.Set, ingressOf(t, 1000+i, "/d"))
	}
	s.Apply(c)
	for _, step := range []struct {
		name   string
		change source.Change
		want   Work
	}{
		{"a team's object", source.Change{Set: []source.Object{team(7, 410)}}, Work{Decoded: 1, Built: 1}},
		{"the same again", source.Change{Set: []source.Object{team(7, 410)}}, Work{Decoded: 1, Built: 1}},
		{"an endpoint", source.Change{Set: []source.Object{slice(7, "10.0.0.9")}}, Work{Resolved: 1}},
		{"a new certificate of all", source.Change{Set: []source.Object{wildcard(t)}}, Work{Built: 100}},
		{"an Ingress", source.Change{Set: []source.Object{ingressOf(t, 1007, "/e")}}, Work{Interpreted: 1, Built: 1}},
		{"an Ingress goes", source.Change{Gone: []source.Ref{ingressOf(t, 1007, "").Ref}}, Work{}},
		{"an object of nobody", source.Change{Set: []source.Object{team(2000, 200)}}, Work{}},
		{"a team's object goes", source.Change{Gone: []source.Ref{team(7, 0).Ref}}, Work{Decoded: 1, Built: 1}},
	} {
		before := s.Work()
		s.Apply(step.change)
		now := s.Work()
		got := Work{now.Decoded - before.Decoded, now.Interpreted - before.Interpreted, now.Built - before.Built, now.Resolved - before.Resolved}
		if got != step.want {
			t.Errorf("%s: %+v, want %+v", step.name, got, step.want)
		}
	}
}

// TestFindingsStay: the list of findings is made again only where one of them is another.
func TestFindingsStay(t *testing.T) {
	s := New(Options{})
	c := trees(20)
	for i := range 20 {
		c.Set = append(c.Set, ingressOf(t, 1000+i, "/d"))
	}
	s.Apply(c)
	before := s.Findings() // Secret and Services are missing
	if len(before) < 20 {
		t.Fatalf("%d findings", len(before))
	}
	for _, step := range []struct {
		name   string
		change source.Change
		same   bool
	}{
		{"a team's object", source.Change{Set: []source.Object{team(7, 410)}}, true},
		{"an Ingress with findings", source.Change{Set: []source.Object{ingressOf(t, 1007, "/e")}}, true},
		{"an Ingress goes", source.Change{Gone: []source.Ref{ingressOf(t, 1007, "").Ref}}, false},
		{"a document that cannot be read", source.Change{Problems: []source.Problem{{Message: "broken"}}}, false},
		{"and can", source.Change{}, false},
	} {
		s.Apply(step.change)
		now := s.Findings()
		if same := &now[0] == &before[0] && len(now) == len(before); same != step.same {
			t.Errorf("%s: the same list: %v", step.name, same)
		}
		before = now
	}
}

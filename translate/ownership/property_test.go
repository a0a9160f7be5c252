package ownership

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"pgregory.net/rapid"
)

// TestRoundTrip: what is written is read back as it was, and written again as the same bytes.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := genPlan().Draw(t, "plan")
		first := write(t, p)
		back, err := Read("plan.yaml", bytes.NewReader(first))
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		if d := cmp.Diff(p, withoutLines(back), cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("-written +read: %s\n%s", d, first)
		}
		if second := write(t, back); !bytes.Equal(first, second) {
			t.Fatalf("other bytes:\n%s\n%s", first, second)
		}
	})
}

func write(t rapid.TB, p *Plan) []byte {
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func genPlan() *rapid.Generator[*Plan] {
	return rapid.Custom(func(t *rapid.T) *Plan {
		word := rapid.OneOf(rapid.StringN(1, 8, -1), rapid.SampledFrom([]string{"yes", "1e3", "~", "a: b", "- x", "#", "<<", "2026-01-01", "null"}))
		label := rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?`)
		p := &Plan{RootNamespace: "r-" + label.Draw(t, "root"), FanoutNamespace: "f-" + label.Draw(t, "fanout")}
		if rapid.Bool().Draw(t, "roles") {
			p.RootAdmins, p.SiteAdmins = []Subject{{Kind: "Group", Name: word.Draw(t, "admins")}}, []Subject{{Kind: "User", Name: word.Draw(t, "user")}}
			p.Solvers = []Subject{{Kind: "ServiceAccount", Name: word.Draw(t, "solver"), Namespace: "certs"}}
			p.CertificateNamespaces = rapid.SliceOfNDistinct(word, 0, 3, rapid.ID[string]).Draw(t, "certificates")
		}
		for _, name := range rapid.SliceOfNDistinct(label, 1, 3, rapid.ID[string]).Draw(t, "teams") {
			team := Team{Name: name, Namespaces: rapid.SliceOfNDistinct(word, 1, 3, rapid.ID[string]).Draw(t, "namespaces")}
			if rapid.Bool().Draw(t, "subject") {
				team.Subjects = []Subject{{Kind: "Group", Name: word.Draw(t, "group")}, {Kind: "ServiceAccount", Name: "a", Namespace: word.Draw(t, "ns")}}
			}
			p.Teams = append(p.Teams, team)
		}
		lower := rapid.String().Filter(func(s string) bool { return strings.ToLower(s) == s })
		for _, host := range rapid.SliceOfNDistinct(lower, 0, 3, rapid.ID[string]).Draw(t, "hosts") {
			h := HostRule{Host: host, AuthService: rapid.SampledFrom([]string{"", "auth/authz", "a-1/b.c"}).Draw(t, "authService")}
			h.MinTLS = rapid.SampledFrom([]string{"", "1.2", "1.3"}).Draw(t, "tls")
			h.RootIP, h.RootLimits, h.Legacy = rapid.Bool().Draw(t, "ip"), rapid.Bool().Draw(t, "limits"), rapid.Bool().Draw(t, "legacy")
			for _, k := range rapid.SliceOfNDistinct(genKey(), 0, 5, canonicalKey).Draw(t, "paths") {
				team := rapid.SampledFrom(p.Teams).Draw(t, "team")
				h.Claims = append(h.Claims, Claim{
					Path: k.path, Kind: k.kind, Team: team.Name, Why: rapid.String().Draw(t, "why"),
					Namespace: rapid.SampledFrom(team.Namespaces).Draw(t, "namespace"),
				})
			}
			p.Hosts = append(p.Hosts, h)
		}
		if rapid.Bool().Draw(t, "exception") {
			p.Exceptions = []Exception{{Rule: word.Draw(t, "rule"), Object: word.Draw(t, "object"), What: word.Draw(t, "what"), Reason: word.Draw(t, "reason"), Expires: "2026-01-31"}, {Rule: "r", Object: "o", Reason: "x"}}
		}
		p.Normalize()
		return p
	})
}

func genKey() *rapid.Generator[key] {
	return rapid.Custom(func(t *rapid.T) key {
		path := rapid.OneOf(rapid.StringMatching(`(/[abA]?){0,3}`), rapid.String())
		return key{rapid.SampledFrom([]ClaimKind{Prefix, StringPrefix, Exact, Regex}).Draw(t, "kind"), path.Draw(t, "path")}
	})
}

func canonicalKey(k key) key {
	k.kind, k.path = canonical(k.kind, k.path)
	return k
}

// TestInferFits: an inferred plan fits its input, survives its file, and gives every route
// to the namespace of its path's primary backend.
func TestInferFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := genInput().Draw(t, "input")
		p, findings := Infer(in, "", "")
		for _, f := range findings {
			if f.Rule == "" || f.Message == "" || f.Action == "" {
				t.Fatalf("finding without a part: %+v", f)
			}
		}
		back, err := Read("plan.yaml", bytes.NewReader(write(t, p)))
		if err != nil {
			t.Fatal(err)
		}
		if err := back.Check(in.Model, "plan.yaml"); err != nil {
			t.Fatalf("%v\n%s", err, write(t, p))
		}
		if again, _ := Infer(in, "", ""); !cmp.Equal(p, again) {
			t.Fatal("another plan the second time")
		}
		for i := range in.Model.Hosts {
			checkDecisions(t, p, &in.Model.Hosts[i])
		}
	})
}

func checkDecisions(t *rapid.T, p *Plan, h *intent.Host) {
	for _, s := range sharesOf(h) {
		for _, r := range s.routes {
			d, ok := p.Decide(h.Name, *r)
			if !ok || d.Claim.Namespace != s.owner.Namespace || d.Team.Name != d.Claim.Team {
				t.Fatalf("%q %v: have %+v, want namespace %s", h.Name, r.Match.Path, d, s.owner.Namespace)
			}
			if !slices.Contains(d.Team.Namespaces, d.Claim.Namespace) {
				t.Fatalf("%+v: not the team's namespace", d)
			}
		}
	}
}

func genInput() *rapid.Generator[Input] {
	return rapid.Custom(func(t *rapid.T) Input {
		var in Input
		names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"", "*.a.b", "a.b", "~^x", "z"}), 0, 3, rapid.ID[string]).Draw(t, "hosts")
		slices.Sort(names)
		for _, name := range names {
			in.Model.Hosts = append(in.Model.Hosts, intent.Host{Name: name, Routes: rapid.SliceOfN(genRoute(), 0, 7).Draw(t, "routes")})
		}
		labels := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "x", "y", "Team Z"}), 7, 7).Draw(t, "labels")
		of := func(ns, name string) (map[string]string, map[string]string) {
			i := len(ns)*3 + len(name)
			return map[string]string{"team": labels[i%7]}, map[string]string{"owner": labels[i*5%7]}
		}
		in.ServiceLabels, in.IngressLabels = of, of
		return in
	})
}

func genPath() *rapid.Generator[intent.Path] {
	return rapid.Custom(func(t *rapid.T) intent.Path {
		p := intent.Path{
			Kind: rapid.SampledFrom([]intent.PathKind{intent.SegmentPrefix, intent.SegmentPrefix, intent.StringPrefix, intent.ExactPath, intent.RegexPath}).Draw(t, "kind"),
			Fold: rapid.SampledFrom([]bool{false, false, true}).Draw(t, "fold"),
		}
		p.Value = rapid.StringMatching(`(/[ab]?){0,3}`).Draw(t, "value")
		if p.Kind == intent.RegexPath {
			p.Value = "^" + p.Value + rapid.SampledFrom([]string{"", "(.*)", "[", "$", "|/b"}).Draw(t, "rest")
		}
		return p
	})
}

func genRoute() *rapid.Generator[intent.Route] {
	return rapid.Custom(func(t *rapid.T) intent.Route {
		ns := rapid.SampledFrom([]string{"n", "mm", "unassigned", ""}).Draw(t, "ns")
		r := intent.Route{Match: intent.Match{Path: genPath().Draw(t, "path")}}
		if rapid.Bool().Draw(t, "origin") {
			r.Origins = []ledger.Origin{ledger.New(ledger.Place{File: "f", Object: rapid.SampledFrom([]string{"Ingress n/i", "Ingress mm/ii", "Ingress x", "Ingress /", "Service n/s", ""}).Draw(t, "object")})}
		}
		switch rapid.IntRange(0, 4).Draw(t, "action") {
		case 0:
			r.Redirect = &intent.Redirect{Status: 301}
		case 1:
			r.Respond = &intent.Respond{Status: 404, Implicit: rapid.Bool().Draw(t, "implicit")}
		default:
			r.Forward = &intent.Forward{Backends: []intent.Backend{{Namespace: ns, Service: rapid.SampledFrom([]string{"s", "tt", ""}).Draw(t, "svc"), Weight: 1}}}
			if rapid.Bool().Draw(t, "canary") {
				r.Forward.Backends = append(r.Forward.Backends, intent.Backend{Namespace: "mm", Service: "c", Weight: 1})
			}
		}
		return r
	})
}

// FuzzRead: no text makes Read panic, and what it takes survives being written.
func FuzzRead(f *testing.F) {
	f.Add([]byte("apiVersion: split-ingress.dev/v1alpha1\nkind: OwnershipPlan\nspec: {teams: [{name: a, namespaces: [a]}], hosts: [{host: a, paths: [{path: /, team: a, namespace: a}]}]}"))
	p, _ := Infer(Input{Model: giant(2)}, "", "")
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Read("plan.yaml", bytes.NewReader(data))
		if err != nil {
			if p != nil || !strings.HasPrefix(err.Error(), "plan.yaml") {
				t.Fatalf("%v %v", p, err)
			}
			return
		}
		var b bytes.Buffer
		if err := p.Write(&b); err != nil {
			t.Fatal(err)
		}
		back, err := Read("plan.yaml", bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
		if d := cmp.Diff(withoutLines(p), withoutLines(back), cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
	})
}

// giant is a model of so many hosts with 3 paths each; every tenth host has two owners.
func giant(hosts int) intent.Model {
	var m intent.Model
	for i := range hosts {
		h := intent.Host{Name: fmt.Sprintf("host-%05d.example.com", i)}
		for j, path := range []string{"/shop/cart", "/login", "/"} {
			ns := fmt.Sprintf("team-%d", i*7%200)
			if i%10 == 0 && j == 2 {
				ns = "site"
			}
			h.Routes = append(h.Routes, intent.Route{
				Match:   intent.Match{Path: intent.Path{Kind: intent.SegmentPrefix, Value: path}},
				Forward: &intent.Forward{Backends: []intent.Backend{{Namespace: ns, Service: fmt.Sprintf("svc-%d", i), Port: "80", Weight: 1}}},
				Origins: []ledger.Origin{ledger.New(ledger.Place{File: "in.yaml", Line: i, Object: fmt.Sprintf("Ingress %s/web-%d", ns, i)})},
			})
		}
		m.Hosts = append(m.Hosts, h)
	}
	return m
}

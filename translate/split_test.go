package translate_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/translate"
	"github.com/split-ingress/split-ingress/translate/delegation"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

func model(t rapid.TB, text string) intent.Model {
	t.Helper()
	m, err := intent.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const host = `model
	host name=h.t
		route
			match path="exact /login/health"
			forward
				backend namespace=sre service=probe port=80 weight=1
		route
			match path="segment /login"
			forward
				backend namespace=login service=app port=80 weight=1
		route
			match path="segment /"
			forward
				backend namespace=site service=site port=80 weight=1
`

// lines are the objects of a forest with the indices of their routes.
func lines(f delegation.Forest) string {
	var b bytes.Buffer
	f.Walk(func(n delegation.Node) {
		namespace, name, routes := n.Root.Namespace, n.Root.Name, n.Root.Routes
		switch {
		case n.Team != nil:
			namespace, name, routes = n.Team.Namespace, n.Team.Name+" of "+n.Team.Team, n.Team.Routes
		case n.Fanout != nil:
			namespace, name, routes = n.Fanout.Namespace, n.Fanout.Name, n.Fanout.Routes
		}
		b.WriteString(strings.Repeat(" ", n.Depth) + namespace + "/" + name)
		for _, r := range routes {
			b.WriteString(" " + r.Match.Path.String())
		}
		b.WriteByte('\n')
	})
	return b.String()
}

func TestSplit(t *testing.T) {
	alias := `	host name=alias.t alias-of=h.t
		route
			match path="segment /"
			forward
				backend namespace=site service=site port=80 weight=1
	host name=h.t
		route
			match path="segment /"
			forward
				backend namespace=site service=site port=80 weight=1
	host name=other.t alias-of=h.t
		route
			match path="segment /"
			forward
				backend namespace=site service=site port=81 weight=1
`
	for _, c := range []struct{ name, model, want string }{
		{"interleaved owners", host, `security-admin-only/h-t-root
 site-admin-only/h-t-fanout
  site/h-t-site of site segment /
  login/h-t-login of login segment /login
  sre/h-t-login-health-de2309 of sre exact /login/health
`},
		{"an alias with equal routes shares the fanout, another one does not", "model\n" + alias, `security-admin-only/alias-t-root
 site-admin-only/h-t-fanout
  site/h-t-site of site segment /
security-admin-only/h-t-root
 site-admin-only/h-t-fanout
  site/h-t-site of site segment /
security-admin-only/other-t-root
 site-admin-only/other-t-fanout
  site/other-t-site of site segment /
`},
		{"a host that only redirects has no fanout", `model
	host name=www.h.t
		route
			match path="prefix /"
			redirect status=308 host=h.t path={uri-}
`, "security-admin-only/www-h-t-root prefix /\n"},
		{"all regexes of a team are in one object", `model
	host name=h.t
		route
			match path="regex-fold ^/a.+"
			forward
				backend namespace=app service=a port=80 weight=1
		route
			match path="regex-fold ^/b"
			forward
				backend namespace=app service=b port=80 weight=1
		route
			match path="regex-fold ^/"
			respond status=404 implicit
`, `security-admin-only/h-t-root regex-fold ^/
 site-admin-only/h-t-fanout
  app/h-t-regex-app-a23912 of app regex-fold ^/a.+ regex-fold ^/b
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := model(t, c.model)
			plan, _ := ownership.Infer(ownership.Input{Model: m}, "", "")
			f, problems := translate.Split(m, plan)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if got := lines(f); got != c.want {
				t.Errorf("got\n%s", got)
			}
			if d := cmp.Diff(m, f.Flatten(), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("Flatten is not the model: %s", d)
			}
		})
	}
}

// TestUnowned: a path that nobody owns stays with the site; it is a problem where it leads
// to a Service, and none where it does not.
func TestUnowned(t *testing.T) {
	m := model(t, host+`		route from="f|0|7|Ingress a/b|"
			match path="exact /teapot"
			respond status=418
`)
	plan := &ownership.Plan{
		Teams: []ownership.Team{{Name: "login", Namespaces: []string{"login"}}},
		Hosts: []ownership.HostRule{{Host: "h.t", Claims: []ownership.Claim{{Path: "/login", Team: "login", Namespace: "login"}}}},
	}
	plan.Normalize()
	f, problems := translate.Split(m, plan)
	want := `security-admin-only/h-t-root
 site-admin-only/h-t-fanout segment / exact /teapot
  login/h-t-login of login exact /login/health segment /login
`
	if got := lines(f); got != want {
		t.Errorf("got\n%s", got)
	}
	if len(problems) != 1 || problems[0].Rule != "unowned-path" || !strings.Contains(problems[0].Message, "segment /") {
		t.Errorf("got %v", problems)
	}
	if d := cmp.Diff(m, f.Flatten(), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("Flatten is not the model: %s", d)
	}
}

// TestPlanned: a team's object lies in the claim's namespace and has its name.
func TestPlanned(t *testing.T) {
	m := model(t, host)
	plan := &ownership.Plan{
		RootNamespace: "roots", FanoutNamespace: "fanouts",
		Teams: []ownership.Team{{Name: "identity", Namespaces: []string{"login", "sre"}}, {Name: "web", Namespaces: []string{"site"}}},
		Hosts: []ownership.HostRule{{Host: "h.t", Claims: []ownership.Claim{
			{Path: "/", Team: "web", Namespace: "site"}, {Path: "/login", Team: "identity", Namespace: "login"},
			{Path: "/login/health", Kind: ownership.Exact, Team: "identity", Namespace: "sre"},
		}}},
	}
	plan.Normalize()
	f, _ := translate.Split(m, plan)
	want := `roots/h-t-root
 fanouts/h-t-fanout
  site/h-t-site of web segment /
  login/h-t-login of identity segment /login
  sre/h-t-login-health-de2309 of identity exact /login/health
`
	if got := lines(f); got != want {
		t.Errorf("got\n%s", got)
	}
}

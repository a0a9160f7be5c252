package equivalence_test

import (
	"slices"
	"strings"
	"testing"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
	"github.com/split-ingress/split-ingress/translate"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// site has one route of every kind that a mutation below breaks.
const site = `model
	host name=h.t from="f|0|1|Ingress a/i|"
		tls secret=a/cert
			hsts max-age=60
		route from="f|0|1|Ingress a/i|"
			match path="exact /login/health"
			forward
				backend namespace=probe service=probe port=80 weight=1
		route from="f|0|1|Ingress a/i|"
			match path="segment /secret"
			forward
				backend namespace=a service=secret port=80 weight=1
			opaque key=auth-url security
		route from="f|0|1|Ingress a/i|"
			match path="segment /login" header="x-test is true"
			https status=308
			forward
				backend namespace=login service=next port=80 weight=1
		route from="f|0|1|Ingress a/i|"
			match path="segment /login"
			https status=308
			forward
				backend namespace=login service=stable port=80 weight=80
				backend namespace=login service=next port=80 weight=20
		route from="f|0|1|Ingress a/i|"
			match path="prefix /api/"
			forward
				backend namespace=api service=api port=80 weight=1
				rewrite from-path=/api/ to=/v1/
		route from="f|0|1|Ingress a/i|"
			match path="segment /old"
			redirect status=301 scheme=https host=new.t path=/x{?query}
		route from="f|0|1|Ingress a/i|"
			match path="segment /"
			forward websocket
				backend namespace=a service=site port=80 weight=1
				timeouts connect=5000 idle=60000 response=-1
`

type conversion struct {
	model   intent.Model
	edits   []intent.Edit
	proxies []*contour.HTTPProxy
}

func convert(t *testing.T, opts httpproxy.Options) conversion {
	t.Helper()
	return convertModel(t, site, opts)
}

func convertModel(t rapid.TB, text string, opts httpproxy.Options) conversion {
	t.Helper()
	m, err := intent.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	plan, _ := ownership.Infer(ownership.Input{Model: m}, "", "")
	forest, _ := translate.Split(m, plan)
	low := httpproxy.Lower(forest, opts)
	objects, err := httpproxy.Encode(low.Forest, opts)
	if err != nil {
		t.Fatal(err)
	}
	c := conversion{model: m, edits: low.Edits}
	for _, o := range objects {
		c.proxies = append(c.proxies, o.Value.(*contour.HTTPProxy))
	}
	return c
}

func (c conversion) unexplained(t *testing.T) []equivalence.Difference {
	t.Helper()
	decoded, _ := httpproxy.Decode(c.proxies)
	before, err := table.New(c.model)
	if err != nil {
		t.Fatal(err)
	}
	after, err := table.New(decoded)
	if err != nil {
		t.Fatal(err)
	}
	return equivalence.Sampled(before, after, "h.t", c.edits).Unexplained
}

// proxy is the only object whose name ends so.
func (c conversion) proxy(t *testing.T, end string) *contour.HTTPProxy {
	t.Helper()
	i := slices.IndexFunc(c.proxies, func(p *contour.HTTPProxy) bool { return strings.HasSuffix(p.Name, end) })
	if i < 0 {
		t.Fatalf("no object is called *%s", end)
	}
	return c.proxies[i]
}

// route is the first route of an object that holds.
func route(t *testing.T, p *contour.HTTPProxy, holds func(contour.Route) bool) *contour.Route {
	t.Helper()
	i := slices.IndexFunc(p.Spec.Routes, holds)
	if i < 0 {
		t.Fatalf("%s has no such route", p.Name)
	}
	return &p.Spec.Routes[i]
}

func dropPath(cs []contour.MatchCondition) []contour.MatchCondition {
	return slices.DeleteFunc(cs, func(c contour.MatchCondition) bool { return c.Header != nil && c.Header.Name == ":path" })
}

func any1(contour.Route) bool { return true }

func weighted(r contour.Route) bool { return len(r.Services) > 1 }

// TestUnchanged: without a mutation nothing is unexplained.
func TestUnchanged(t *testing.T) {
	for _, opts := range []httpproxy.Options{{}, {PlainPrefix: true}, {Allow: []httpproxy.Allow{{Key: "auth-url"}}}} {
		if bad := convert(t, opts).unexplained(t); len(bad) > 0 {
			t.Errorf("%+v: %+v", opts, bad[0])
		}
	}
}

// TestMutations: the check can fail. Each change to the objects is found.
func TestMutations(t *testing.T) {
	for _, mutations := range []map[string]func(*testing.T, *conversion){ofBackends(), ofConditions(), ofAnswers(), ofConnections()} {
		for name, mutate := range mutations {
			t.Run(name, func(t *testing.T) {
				c := convert(t, httpproxy.Options{})
				mutate(t, &c)
				if len(c.unexplained(t)) == 0 {
					t.Error("nothing unexplained was found")
				}
			})
		}
	}
}

func ofBackends() map[string]func(*testing.T, *conversion) {
	return map[string]func(*testing.T, *conversion){
		"a dropped route": func(t *testing.T, c *conversion) {
			p := c.proxy(t, "-login")
			p.Spec.Routes = slices.DeleteFunc(p.Spec.Routes, weighted)
		},
		"a dropped variant": func(t *testing.T, c *conversion) {
			p := c.proxy(t, "-login")
			p.Spec.Routes = slices.DeleteFunc(p.Spec.Routes, func(r contour.Route) bool { return !weighted(r) })
		},
		"a dropped include": func(t *testing.T, c *conversion) {
			p := c.proxy(t, "-fanout")
			p.Spec.Includes = slices.DeleteFunc(p.Spec.Includes, func(i contour.Include) bool { return i.Namespace == "login" })
		},
		"a dropped object": func(t *testing.T, c *conversion) {
			gone := c.proxy(t, "-login")
			c.proxies = slices.DeleteFunc(c.proxies, func(p *contour.HTTPProxy) bool { return p == gone })
		},
		"another service": func(t *testing.T, c *conversion) {
			route(t, c.proxy(t, "-site"), func(r contour.Route) bool { return len(r.Services) == 1 }).Services[0].Name = "other"
		},
		"another port":      func(t *testing.T, c *conversion) { route(t, c.proxy(t, "-login"), weighted).Services[0].Port = 81 },
		"another namespace": func(t *testing.T, c *conversion) { c.proxy(t, "-login").Namespace = "elsewhere" },
		"another weight":    func(t *testing.T, c *conversion) { route(t, c.proxy(t, "-login"), weighted).Services[0].Weight = 50 },
		"a service less": func(t *testing.T, c *conversion) {
			r := route(t, c.proxy(t, "-login"), weighted)
			r.Services = r.Services[:1]
		},
	}
}

func ofConditions() map[string]func(*testing.T, *conversion) {
	return map[string]func(*testing.T, *conversion){
		"no :path on an include": func(t *testing.T, c *conversion) {
			for i := range c.proxy(t, "-fanout").Spec.Includes {
				in := &c.proxy(t, "-fanout").Spec.Includes[i]
				in.Conditions = dropPath(in.Conditions)
			}
		},
		"no :path on the 503": func(t *testing.T, c *conversion) {
			r := route(t, c.proxy(t, "-fanout"), any1)
			r.Conditions = dropPath(r.Conditions)
		},
		"the 503 of a blocked route is gone": func(t *testing.T, c *conversion) { c.proxy(t, "-fanout").Spec.Routes = nil },
		"the 503 of a blocked route is a 200": func(t *testing.T, c *conversion) {
			route(t, c.proxy(t, "-fanout"), any1).DirectResponsePolicy.StatusCode = 200
		},
		"another header value": func(t *testing.T, c *conversion) {
			for _, r := range c.proxy(t, "-login").Spec.Routes {
				for _, cond := range r.Conditions {
					if cond.Header != nil && cond.Header.Name == "x-test" {
						cond.Header.Exact = "false"
					}
				}
			}
		},
	}
}

func ofAnswers() map[string]func(*testing.T, *conversion) {
	return map[string]func(*testing.T, *conversion){
		"another rewrite": func(t *testing.T, c *conversion) {
			p := c.proxy(t, "-api-"+suffix(t, c, "-api-"))
			for i := range p.Spec.Routes {
				p.Spec.Routes[i].PathRewritePolicy.ReplacePrefix[0].Replacement = "/v2/"
			}
		},
		"no rewrite": func(t *testing.T, c *conversion) {
			p := c.proxy(t, "-api-"+suffix(t, c, "-api-"))
			for i := range p.Spec.Routes {
				p.Spec.Routes[i].PathRewritePolicy = nil
			}
		},
		"swapped prefixes": func(t *testing.T, c *conversion) {
			f := c.proxy(t, "-fanout")
			at := func(ns string) *contour.Include {
				return &f.Spec.Includes[slices.IndexFunc(f.Spec.Includes, func(i contour.Include) bool { return i.Namespace == ns })]
			}
			a, b := at("login"), at("api")
			a.Conditions, b.Conditions = b.Conditions, a.Conditions
		},
		"another Location": func(t *testing.T, c *conversion) {
			host := "evil.t"
			route(t, c.proxy(t, "-site"), func(r contour.Route) bool { return r.RequestRedirectPolicy != nil }).RequestRedirectPolicy.Hostname = &host
		},
		"another redirect status": func(t *testing.T, c *conversion) {
			status := contour.RedirectResponseCode(302)
			route(t, c.proxy(t, "-site"), func(r contour.Route) bool { return r.RequestRedirectPolicy != nil }).RequestRedirectPolicy.StatusCode = &status
		},
		"http is let in": func(t *testing.T, c *conversion) { route(t, c.proxy(t, "-login"), weighted).PermitInsecure = true },
		"http is turned away": func(t *testing.T, c *conversion) {
			route(t, c.proxy(t, "-site"), func(r contour.Route) bool { return len(r.Services) == 1 }).PermitInsecure = false
		},
		"the certificate is gone": func(t *testing.T, c *conversion) { c.proxy(t, "-root").Spec.VirtualHost.TLS = nil },
		"a doubled root": func(t *testing.T, c *conversion) {
			twin := c.proxy(t, "-root").DeepCopy()
			twin.Name = "twin"
			c.proxies = append(c.proxies, twin)
		},
		"a longer prefix steals": func(t *testing.T, c *conversion) {
			p := c.proxy(t, "-site")
			p.Spec.Routes = append(p.Spec.Routes, contour.Route{Conditions: []contour.MatchCondition{{Prefix: "/login/x"}}, PermitInsecure: true, Services: []contour.Service{{Name: "site", Port: 80}}})
		},
	}
}

func ofConnections() map[string]func(*testing.T, *conversion) {
	main := func(t *testing.T, c *conversion) *contour.Route {
		return route(t, c.proxy(t, "-site"), func(r contour.Route) bool { return r.EnableWebsockets })
	}
	return map[string]func(*testing.T, *conversion){
		"no websockets":              func(t *testing.T, c *conversion) { main(t, c).EnableWebsockets = false },
		"websockets where none were": func(t *testing.T, c *conversion) { route(t, c.proxy(t, "-login"), weighted).EnableWebsockets = true },
		"another idle timeout":       func(t *testing.T, c *conversion) { main(t, c).TimeoutPolicy.Idle = "61s" },
		"another response timeout":   func(t *testing.T, c *conversion) { main(t, c).TimeoutPolicy.Response = "60s" },
		"no HSTS":                    func(t *testing.T, c *conversion) { main(t, c).ResponseHeadersPolicy = nil },
	}
}

// suffix is the hash behind a part of the only object's name that holds it.
func suffix(t *testing.T, c *conversion, part string) string {
	t.Helper()
	for _, p := range c.proxies {
		if _, hash, ok := strings.Cut(p.Name, part); ok {
			return hash
		}
	}
	t.Fatalf("no object is called *%s*", part)
	return ""
}

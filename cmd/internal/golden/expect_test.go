package golden

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// converted is an Ingress for /a of h.t with annotations, converted.
func converted(t *testing.T, annotations map[string]string) *Converted {
	t.Helper()
	backend := map[string]any{"service": map[string]any{"name": "a", "port": map[string]any{"number": 80}}}
	path := map[string]any{"path": "/a", "pathType": "Prefix", "backend": backend}
	return convertedRule(t, annotations, map[string]any{"host": "h.t", "http": map[string]any{"paths": []any{path}}})
}

// convertedRule is an Ingress with one rule.
func convertedRule(t *testing.T, annotations map[string]string, rule map[string]any) *Converted {
	t.Helper()
	l := lab(&service{name: "ns/a", replicas: 1})
	l.put(t, "IngressClass", ingressClass())
	meta := func(name string) map[string]any { return map[string]any{"name": name, "namespace": "ns"} }
	l.put(t, "Service", map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": meta("a"), "spec": map[string]any{"ports": []any{map[string]any{"port": 80}}}})
	prefixed := map[string]string{}
	for key, value := range annotations {
		prefixed["nginx.ingress.kubernetes.io/"+key] = value
	}
	m := meta("i")
	m["annotations"] = prefixed
	l.put(t, "Ingress", map[string]any{"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": m, "spec": map[string]any{
		"ingressClassName": "nginx", "rules": []any{rule},
	}})
	c, err := l.Convert()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answeredBefore is a line with what nginx would have answered, as its model says.
func answeredBefore(t *testing.T, c *Converted, r Request) *Line {
	t.Helper()
	p := c.before.predict(&r)
	for name, f := range p.options {
		a := Answer{Headers: map[string][]Text{}}
		fmt.Sscan(f["status"], &a.Status)
		if name != "" {
			a.Headers["X-Echo-Backend"] = []Text{Text(name)}
			a.Backend = &Seen{Backend: name, Method: f["backend method"], Path: Text(f["backend path"]), Host: f["backend host"], Proto: f["backend protocol"], Headers: map[string][]Text{}}
			for dim, v := range f {
				if header, ok := strings.CutPrefix(dim, "backend header "); ok {
					a.Backend.Headers[header] = []Text{Text(v)}
				}
			}
		}
		return &Line{Request: r, Observed: a}
	}
	t.Fatal("nothing is predicted")
	return nil
}

// TestExpected: what is expected after a conversion, and why it is not what was recorded.
func TestExpected(t *testing.T) {
	for _, c := range []struct {
		name        string
		annotations map[string]string
		request     Request
		status      string
		why         string // of every difference there is; each has one of these
		outcome     Outcome
	}{
		{"nothing but the platform", nil, Request{Path: "/a"}, "200", "platform/contour: told-upstreams", Outcome{Exact: true}},
		{"a blocked route", map[string]string{"auth-url": "http://auth.t/x"}, Request{Path: "/a"}, "503", "blocked", Outcome{Blocked: true}},
		{"an unknown path", map[string]string{"enable-cors": "true"}, Request{Path: "/b", Method: "OPTIONS"}, "404", "platform/contour: unknown-path-policies", Outcome{Exact: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := converted(t, c.annotations)
			c.request.Host = "h.t"
			e := x.Expect(answeredBefore(t, x, c.request))
			if len(e.Wants) != 1 || e.Wants[0].Facts["status"] != c.status || e.Outcome != c.outcome {
				t.Fatalf("%+v, %+v", e.Wants, e.Outcome)
			}
			if len(e.Wants[0].Changed) == 0 {
				t.Error("nothing differs")
			}
			for _, d := range e.Wants[0].Changed {
				if d.Why != c.why {
					t.Errorf("%v: because of %q, want %q", d, d.Why, c.why)
				}
			}
		})
	}
}

// TestExpectedOfNoPaths: what a host without paths answered, since it asked who the client is, is
// not expected of the 404 that stands in its root.
func TestExpectedOfNoPaths(t *testing.T) {
	x := convertedRule(t, map[string]string{"auth-url": "http://auth.t/x"}, map[string]any{"host": "h.t"})
	line := &Line{Request: Request{Host: "h.t", Path: "/"}, Observed: Answer{Status: 500}}
	e := x.Expect(line)
	if len(e.Wants) != 1 || e.Wants[0].Facts["status"] != "404" || len(e.Wants[0].Changed) != 1 {
		t.Fatalf("%+v", e.Wants)
	}
	if why := e.Wants[0].Changed[0].Why; why != "platform/contour: unknown-path-policies" {
		t.Errorf("because of %q", why)
	}
}

// TestUnnamed: a difference of the two models that no edit and no row names has no reason.
func TestUnnamed(t *testing.T) {
	x := converted(t, nil)
	line := answeredBefore(t, x, Request{Host: "h.t", Path: "/a"})
	h := x.Result.Hosts[0]
	if len(h.Routes) == 0 {
		t.Fatal("there is no route")
	}
	after := x.after
	model := routed(1, *limitedTo("11.0.0.0/8"), nil)
	changed, err := newSide(after.lab, model)
	if err != nil {
		t.Fatal(err)
	}
	x.after = changed
	e := x.Expect(line)
	s := &Score{}
	s.note(line, 0, e.Wants[0].Changed)
	if s.Unexplained != 1 || len(s.Failures) != 1 || !strings.Contains(s.Failures[0], `status: "403", want "200 (forwarded before, access after, and nothing names it)"`) {
		t.Errorf("%+v", s)
	}
}

// TestScoreTravels: a score is the same at the other end of a pipe.
func TestScoreTravels(t *testing.T) {
	s := &Score{Requests: 3, Equal: 1, Explained: 1, Unexplained: 1, ByReason: map[string]int{"a": 1}, Failures: []string{"x"}}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	back, sum := &Score{}, &Score{}
	if err := json.Unmarshal(text, back); err != nil {
		t.Fatal(err)
	}
	sum.add(back)
	sum.add(back)
	var out strings.Builder
	sum.Print(&out, "f", "m")
	if got := out.String(); !strings.HasPrefix(got, "golden f m: 6 requests, 2 equal, 2 explained, 2 unexplained\n") || !strings.Contains(got, "2 by reason: a") {
		t.Error(got)
	}
}

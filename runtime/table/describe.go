package table

import (
	"fmt"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// String describes the decision for people: a line "what  text" for the answer, each
// backend with its share, what the upstream and the client get, what else the route does,
// part by part, what of it is opaque, and where it comes from.
func (d Decision) String() string {
	var b describer
	b.answer(d)
	for _, k := range d.Backends {
		b.line("backend", backend(k, d.Backends))
	}
	if d.Status == 0 {
		b.line("upstream", fmt.Sprintf("%s  Host: %s", d.UpstreamURI, d.UpstreamHost))
	}
	b.headers("request", d.RequestHeaders, d.RequestRemoved)
	b.headers("response", d.ResponseHeaders, d.ResponseRemoved)
	b.place(d)
	if r := d.Route; r != nil {
		b.route(r)
	}
	return b.String()
}

type describer struct{ strings.Builder }

func (b *describer) line(what, text string) { fmt.Fprintf(b, "%-9s %s\n", what, text) }

func (b *describer) answer(d Decision) {
	switch {
	case d.Status == 0:
		b.line("answer", "forwarded")
	case d.Location != "":
		b.line("answer", fmt.Sprintf("%d to %s", d.Status, d.Location))
	default:
		b.line("answer", fmt.Sprintf("%d%s", d.Status, reason(d)))
	}
}

// reason says why a request without redirect is answered at once.
func reason(d Decision) string {
	switch r := d.Route; {
	case r == nil && d.Status == 400:
		return ": the request target is refused"
	case r == nil:
		return ": no route matches"
	case r.Respond != nil && r.Respond.Blocked != "":
		return ": blocked: " + r.Respond.Blocked
	case r.Respond != nil && r.Respond.Implicit:
		return ": no rule speaks of this path"
	case r.Forward != nil && d.Status == 500:
		return ": the rewrite makes an empty path"
	case r.Forward != nil && d.Status == 503:
		return ": no backend can have an endpoint" + unresolved(r.Forward.Backends)
	}
	return ""
}

func unresolved(backends []intent.Backend) string {
	text := ""
	for _, k := range backends {
		text += fmt.Sprintf("; %s/%s: %s", k.Namespace, k.Service, k.Unresolved)
	}
	return text
}

// backend is "namespace/service:port", and its share in percent where there are several.
func backend(k intent.Backend, all []intent.Backend) string {
	text := fmt.Sprintf("%s/%s:%s", k.Namespace, k.Service, k.Port)
	if k.Protocol != intent.HTTP {
		text += " " + string(k.Protocol)
	}
	sum := 0
	for _, other := range all {
		sum += other.Weight
	}
	if len(all) > 1 && sum > 0 {
		text += fmt.Sprintf("  %.3g%%", 100*float64(k.Weight)/float64(sum))
	}
	if k.Unresolved != "" {
		text += "  503: " + k.Unresolved
	}
	return text
}

func (b *describer) headers(what string, set []Header, removed []string) {
	for _, h := range set {
		b.line(what, h.Name+": "+h.Value)
	}
	for _, name := range removed {
		b.line(what, "without "+name)
	}
}

func (b *describer) place(d Decision) {
	switch {
	case d.Host == nil:
		b.line("host", "unknown")
	case d.Host.Name == "":
		b.line("host", "default")
	default:
		b.line("host", d.Host.Name)
	}
}

func (b *describer) route(r *intent.Route) {
	b.line("route", condition(r.Match))
	for _, part := range intent.Parts() {
		if text := r.Text(part); text != "" {
			b.line("does", text)
		}
	}
	for _, o := range r.Opaque {
		text := o.Key
		if o.Security {
			text += " (security)"
		}
		b.line("opaque", text+": "+o.Reason)
	}
	seen := map[string]bool{}
	for _, o := range r.Origins {
		if text := o.String(); !seen[text] {
			seen[text] = true
			b.line("from", text)
		}
	}
}

// condition is a match in one line.
func condition(m intent.Match) string {
	parts := []string{m.Path.String()}
	if len(m.Methods) > 0 {
		parts = append(parts, "method "+strings.Join(m.Methods, "|"))
	}
	for _, group := range []struct {
		name  string
		conds []intent.Cond
	}{{"header", m.Headers}, {"query", m.Query}, {"cookie", m.Cookies}} {
		for _, c := range group.conds {
			parts = append(parts, strings.TrimSpace(group.name+" "+c.String()))
		}
	}
	return strings.Join(parts, ", ")
}

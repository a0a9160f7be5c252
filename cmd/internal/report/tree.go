package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// Tree draws HTTPProxies from their roots down, with the conditions of every include and
// route as they stand in the object, the roots sorted by host. What no root reaches comes
// last.
func Tree(w io.Writer, proxies []*contour.HTTPProxy) error {
	t := &tree{Writer: bufio.NewWriter(w), Style: NewStyle(w), proxies: map[string]*contour.HTTPProxy{}, reached: map[*contour.HTTPProxy]bool{}}
	t.tee, t.end, t.bar = "├─ ", "└─ ", "│  "
	if !unicodeTerminal() {
		t.tee, t.end, t.bar = "|- ", "`- ", "|  "
	}
	sorted := slices.SortedStableFunc(slices.Values(proxies), func(a, b *contour.HTTPProxy) int {
		return cmp.Or(strings.Compare(fqdn(a), fqdn(b)), strings.Compare(nameOf(a), nameOf(b)))
	})
	for _, p := range sorted {
		t.proxies[nameOf(p)] = p
	}
	for _, p := range sorted {
		if p.Spec.VirtualHost != nil {
			t.root(p)
		}
	}
	for _, p := range sorted {
		if !t.reached[p] {
			t.line("%s %s", nameOf(p), t.bad.Render("(no root includes it)"))
			t.children(p, "", []*contour.HTTPProxy{p})
		}
	}
	return t.Flush()
}

// unicodeTerminal says whether the locale can show box-drawing characters.
func unicodeTerminal() bool {
	locale := strings.ToLower(cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG")))
	return os.Getenv("TERM") != "dumb" && (strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8"))
}

type tree struct {
	*bufio.Writer // keeps its error for Flush
	Style
	tee, end, bar string
	proxies       map[string]*contour.HTTPProxy // by nameOf
	reached       map[*contour.HTTPProxy]bool
}

func (t *tree) line(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

func nameOf(p *contour.HTTPProxy) string { return p.Namespace + "/" + p.Name }

func fqdn(p *contour.HTTPProxy) string {
	if p.Spec.VirtualHost == nil {
		return ""
	}
	return p.Spec.VirtualHost.Fqdn
}

func (t *tree) root(p *contour.HTTPProxy) {
	t.reached[p] = true
	tls := ""
	if vh := p.Spec.VirtualHost; vh.TLS != nil && vh.TLS.SecretName != "" {
		tls = ", tls " + vh.TLS.SecretName
	} else if vh.TLS != nil && p.Spec.TCPProxy != nil {
		tls = ", relays tls"
	}
	t.line("%s (root %s%s)", t.Heading(fqdn(p)), nameOf(p), tls)
	t.children(p, "", []*contour.HTTPProxy{p})
}

// children draws the includes and then the routes of a proxy; above are the proxies on the
// way to it.
func (t *tree) children(p *contour.HTTPProxy, indent string, above []*contour.HTTPProxy) {
	last := len(p.Spec.Includes) + len(p.Spec.Routes) - 1
	for i, in := range p.Spec.Includes {
		branch, deeper := t.branch(indent, i == last)
		name := cmp.Or(in.Namespace, p.Namespace) + "/" + in.Name
		child := t.proxies[name]
		text := httpproxy.Describe(in.Conditions) + " -> " + name
		switch {
		case child == nil:
			t.line("%s%s %s", branch, text, t.bad.Render("(missing: answers 502)"))
		case child.Spec.VirtualHost != nil:
			t.line("%s%s %s", branch, text, t.bad.Render("(a root: answers 502)"))
		case slices.Contains(above, child):
			t.line("%s%s %s", branch, text, t.bad.Render("(leads back here: dropped)"))
		default:
			t.reached[child] = true
			t.line("%s%s%s", branch, text, role(child))
			t.children(child, deeper, append(slices.Clip(above), child))
		}
	}
	for i, r := range p.Spec.Routes {
		branch, _ := t.branch(indent, len(p.Spec.Includes)+i == last)
		t.line("%s%s -> %s", branch, httpproxy.Describe(r.Conditions), t.action(r))
	}
}

// branch is what stands before a child, and before what is below it.
func (t *tree) branch(indent string, last bool) (own, deeper string) {
	if last {
		return indent + t.end, indent + "   "
	}
	return indent + t.tee, indent + t.bar
}

// role is what our labels say of an object.
func role(p *contour.HTTPProxy) string {
	role, team := p.Labels["split-ingress.dev/role"], p.Labels["split-ingress.dev/team"]
	if role == "" {
		return ""
	}
	return " (" + strings.TrimSpace(role+" "+team) + ")"
}

// action is what a route does, in a line.
func (t *tree) action(r contour.Route) string {
	switch {
	case r.RequestRedirectPolicy != nil:
		return redirect(r.RequestRedirectPolicy)
	case r.DirectResponsePolicy != nil:
		text := strconv.Itoa(r.DirectResponsePolicy.StatusCode)
		if r.DirectResponsePolicy.StatusCode == 503 {
			text += " " + t.bad.Render("(blocked)")
		}
		return text
	case len(r.Services) == 0:
		return "503 (no Service)"
	}
	var parts []string
	for _, s := range r.Services {
		text := fmt.Sprintf("%s:%d", s.Name, s.Port)
		if len(r.Services) > 1 && !s.Mirror {
			text += fmt.Sprintf(" weight %d", s.Weight)
		}
		if s.Mirror {
			text += " mirror"
		}
		parts = append(parts, text)
	}
	text := strings.Join(parts, ", ")
	for _, rp := range r.GetPrefixReplacements() {
		text += fmt.Sprintf(" as %s", rp.Replacement)
	}
	return text
}

// redirect shows what a redirect changes.
func redirect(p *contour.HTTPRequestRedirectPolicy) string {
	status := 302
	if p.StatusCode != nil {
		status = int(*p.StatusCode)
	}
	text := fmt.Sprintf("%d to ", status)
	if p.Scheme != nil {
		text += *p.Scheme + "://"
	}
	if p.Hostname != nil {
		text += *p.Hostname
	}
	if p.Port != nil {
		text += fmt.Sprintf(":%d", *p.Port)
	}
	switch {
	case p.Path != nil:
		text += *p.Path
	case p.Prefix != nil:
		text += " with prefix " + *p.Prefix
	default:
		text += " the same path"
	}
	return strings.ReplaceAll(text, "to  ", "to ")
}

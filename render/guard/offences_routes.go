package guard

import (
	"regexp"
	"strings"
	"unicode/utf8"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/split-ingress/split-ingress/translate/ownership"
)

// routes are those of a team.
func (c *check) routes(rs []contour.Route) {
	m := c.mount(c.Namespace, c.Name)
	var h *Host
	if m != nil {
		h = c.host(m.Host)
	}
	for _, r := range rs {
		path := pathOfRoute(r)
		c.switches(r, path)
		if h != nil && h.RootIP {
			c.addIf(len(r.IPAllowFilterPolicy) > 0, "ip-policy", "ipAllowPolicy on "+path.key)
			c.addIf(len(r.IPDenyFilterPolicy) > 0, "ip-policy", "ipDenyPolicy on "+path.key)
		}
		c.addIf(h != nil && h.MinTLS != "" && r.PermitInsecure, "insecure", "permitInsecure on "+path.key)
		for _, cond := range r.Conditions {
			c.addIf(strings.Contains(cond.Regex, "|") && !grouped.MatchString(cond.Regex), "regex-escape", "regex "+cond.Regex)
		}
	}
	for _, x := range c.Crossings(&contour.HTTPProxy{ObjectMeta: metav1.ObjectMeta{Namespace: c.Namespace, Name: c.Name}, Spec: contour.HTTPProxySpec{Routes: rs}}) {
		c.add("carve-out", x.What)
	}
}

// Crossing is a route of a team that meets a path given to another, as far as the forms can
// tell that see nothing but the object.
type Crossing struct {
	What  string // of the offence
	Route contour.Route
	Given Given
}

// Crossings are those of an object, in the order of its routes.
func (b *Borders) Crossings(p *contour.HTTPProxy) []Crossing {
	m := b.mount(p.Namespace, p.Name)
	if m == nil {
		return nil
	}
	var out []Crossing
	for _, r := range p.Spec.Routes {
		path := pathOfRoute(r)
		for _, g := range m.Given {
			if path.meets(m, g) {
				out = append(out, Crossing{path.key + " meets " + g.Path, r, g})
			}
		}
	}
	return out
}

func (c *check) addIf(so bool, rule, what string) {
	if so {
		c.add(rule, what)
	}
}

// switches are what turns the root's demands off.
func (c *check) switches(r contour.Route, path routePath) {
	auth, jwt, limit := r.AuthPolicy, r.JWTVerificationPolicy, r.RateLimitPolicy
	c.addIf(auth != nil && auth.Disabled, "auth-off", "authPolicy.disabled on "+path.key)
	c.addIf(jwt != nil && jwt.Disabled, "auth-off", "jwtVerificationPolicy.disabled on "+path.key)
	c.addIf(limit != nil && limit.Global != nil && limit.Global.Disabled, "auth-off", "rateLimitPolicy.global.disabled on "+path.key)
}

// routePath is the path of a route below what includes it.
type routePath struct {
	key  string // as Rules has it
	kind string // of all conditions together: "prefix", "exact" or "regex"
	text string // of all conditions, one behind the other
}

// pathOfRoute reads the path conditions as Contour merges them: any regex makes a regex, else
// the last one decides.
func pathOfRoute(r contour.Route) routePath {
	p := routePath{kind: "prefix"}
	var keys []string
	for _, c := range r.Conditions {
		for _, part := range [][2]string{{"prefix", c.Prefix}, {"exact", c.Exact}, {"regex", c.Regex}} {
			if part[1] == "" {
				continue
			}
			keys = append(keys, part[0]+" "+part[1])
			p.text += part[1]
			if p.kind != "regex" {
				p.kind = part[0]
			}
		}
	}
	if p.key = strings.Join(keys, " "); p.key == "" {
		p.key = "everything"
	}
	return p
}

// meets says whether a route is more specific than a path that is given to another object,
// within that; a regex, whether its beginning leaves that open. An include with a condition on
// :path may stand at "/", so that both ways to read the route count.
func (p routePath) meets(m *Mount, g Given) bool {
	if p.within(m.Path, g) {
		return true
	}
	return len(m.Paths) > 0 && p.within("/", g)
}

func (p routePath) within(base string, g Given) bool {
	if p.kind != "regex" {
		path := joined(base + p.text)
		return path == g.Path || g.Kind == ownership.StringPrefix && strings.HasPrefix(path, g.Path) ||
			g.Kind == ownership.Prefix && strings.HasPrefix(path, g.Path+"/")
	}
	start, given := strings.ToLower(joined(base+p.start())), strings.ToLower(g.Path)
	switch {
	case strings.HasPrefix(given, start):
		return true
	case g.Kind == ownership.Prefix:
		return strings.HasPrefix(start, given+"/")
	}
	return g.Kind == ownership.StringPrefix && strings.HasPrefix(start, given)
}

var (
	// plainStart is the beginning of a regex that stands for itself.
	plainStart = regexp.MustCompile(`^` + plainText)
	// foldedStart is such a beginning in a group that ignores the case of letters.
	foldedStart = regexp.MustCompile(`^/?\(\?i:` + plainText)
	// repeated is a character that may not occur, or occur often, at the end of one of these.
	repeated = regexp.MustCompile(`^(?:/?\(\?i:)?` + plainText + `[*?{]`)
	// optional is a group that may not occur.
	optional = regexp.MustCompile(`\)[*?{]`)
	// grouped is a regex without alternation outside of parentheses, which are followed three deep.
	grouped = regexp.MustCompile(`^` + nested(3) + `$`)
)

// plainText stands for itself, in a regex.
const plainText = `(?:[A-Za-z0-9/_~@%,;=: -]|\\[^A-Za-z0-9])*`

// nested matches text without "|" but in parentheses, of so many within each other.
func nested(depth int) string {
	plain := `[^|()\\\[]|\\(?s:.)|\[\^?\]?(?:[^\]\\]|\\(?s:.))*\]`
	inner := `[^()\\\[]|\\(?s:.)|\[\^?\]?(?:[^\]\\]|\\(?s:.))*\]`
	group := `\((?:` + inner + `)*\)`
	for range depth - 1 {
		group = `\((?:` + inner + `|` + group + `)*\)`
	}
	return `(?:` + plain + `|` + group + `)*`
}

// start is the text that all paths of a regex begin with, as far as it can be told without
// following it. Where there is alternation, what stands before the first parenthesis counts;
// a group that may not occur leaves all open.
func (p routePath) start() string {
	alternatives := strings.Contains(p.text, "|")
	if alternatives && !grouped.MatchString(p.text) || optional.MatchString(p.text) {
		return ""
	}
	found := plainStart.FindString(p.text)
	if folded := foldedStart.FindString(p.text); folded != "" && !alternatives {
		found = strings.Replace(folded, "(?i:", "", 1)
	}
	if found != "" && repeated.MatchString(p.text) {
		_, size := utf8.DecodeLastRuneInString(found)
		found = found[:len(found)-size]
	}
	return strings.ReplaceAll(found, `\`, "")
}

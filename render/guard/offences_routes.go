package guard

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/split-ingress/split-ingress/translate/ownership"
)

// routes are the paths of a team's.
func (c *check) routes(rs []contour.Route) {
	for _, r := range rs {
		for _, cond := range r.Conditions {
			c.addIf(strings.Contains(cond.Regex, "|") && !grouped.MatchString(cond.Regex), "regex-escape", "regex ", cond.Regex)
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
	m := b.Mount(p.Namespace, p.Name)
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

// Crosses is the crossing of a route that stands below includes with some conditions, if it may
// meet a given path there.
func (g Given) Crosses(r contour.Route, above []contour.MatchCondition) (Crossing, bool) {
	whole := r
	whole.Conditions = slices.Concat(above, r.Conditions)
	path := pathOfRoute(whole)
	return Crossing{pathOfRoute(r).key + " meets " + g.Path, r, g}, path.within("/", g, !path.alone)
}

// routePath is the path of a route below what includes it.
type routePath struct {
	key      string // as Rules has it
	kind     string // of all conditions together: "prefix", "exact" or "regex"
	text     string // of all conditions, one behind the other
	alone    bool   // there is no condition but on the path
	replaced bool   // the prefix is replaced
}

// pathOfRoute reads the path conditions as Contour merges them: any regex makes a regex, else
// the last one decides.
func pathOfRoute(r contour.Route) routePath {
	p := routePath{kind: "prefix", replaced: r.PathRewritePolicy != nil && len(r.PathRewritePolicy.ReplacePrefix) > 0}
	var keys, others []string
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
		if c.Header != nil {
			others = append(others, "header "+c.Header.Name)
		}
		if c.QueryParameter != nil {
			others = append(others, "query "+c.QueryParameter.Name)
		}
	}
	if len(keys) == 0 {
		keys = []string{"everything"}
	}
	p.key, p.alone = strings.Join(append(keys, others...), " "), len(others) == 0
	return p
}

// meets says whether a route is more specific than a path that is given to another object,
// within that; a regex, whether its beginning leaves that open. An include with a condition on
// :path may stand at "/", so that both ways to read the route count.
func (p routePath) meets(m *Mount, g Given) bool {
	confined := len(m.Paths) > 0
	if p.within(m.Path, g, confined || !p.alone) {
		return true
	}
	return confined && p.within("/", g, true)
}

// within says whether a route meets a given path where it stands. A prefix takes nothing from an
// exact path, which is asked first, unless that is a prefix, too, with the condition on :path
// that confines its include, and the route has as many conditions.
func (p routePath) within(base string, g Given, conditions bool) bool {
	switch {
	case p.kind == "regex":
		return g.open(strings.ToLower(joined(base + startOf(p.text))))
	case p.kind == "prefix" && (g.Kind == ownership.Regex || g.Kind == ownership.Exact && !conditions):
		return false
	}
	return slices.ContainsFunc(p.forms(joined(base+p.text)), g.takes)
}

// forms are the paths under which Contour serves that of a route: with a slash at the end and
// without, where a prefix is replaced.
func (p routePath) forms(path string) []string {
	if p.kind != "prefix" || !p.replaced {
		return []string{path}
	}
	bare := strings.TrimSuffix(path, "/")
	return []string{path, bare, bare + "/"}
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

// nested matches text without "|" but in parentheses, of so many within each other. What could
// hide one is left out: quotes (\Q...\E), and a bracket in a class, where names of classes are.
func nested(depth int) string {
	bracketed := `\\[^QE]|\[\^?\]?(?:[^\]\[\\]|\\[^QE])*\]`
	plain, inner := `[^|()\\\[]|`+bracketed, `[^()\\\[]|`+bracketed
	group := `\((?:` + inner + `)*\)`
	for range depth - 1 {
		group = `\((?:` + inner + `|` + group + `)*\)`
	}
	return `(?:` + plain + `|` + group + `)*`
}

// startOf is the text that all paths of a regex begin with, as far as it can be told without
// following it: what stands before the first parenthesis, and within one that ignores the case
// of letters and must occur; nothing where alternation is not within parentheses.
func startOf(regex string) string {
	alternatives := strings.Contains(regex, "|")
	if alternatives && !grouped.MatchString(regex) {
		return ""
	}
	found := plainStart.FindString(regex)
	if folded := foldedStart.FindString(regex); folded != "" && !alternatives && !optional.MatchString(regex) {
		found = strings.Replace(folded, "(?i:", "", 1)
	}
	if found != "" && repeated.MatchString(regex) {
		_, size := utf8.DecodeLastRuneInString(found)
		found = found[:len(found)-size]
	}
	return strings.ReplaceAll(found, `\`, "")
}

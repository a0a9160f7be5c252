package intent

import (
	"regexp"
	"strings"
)

// captured is a capture in a template.
var captured = regexp.MustCompile(`\{(\$[1-9])\}`)

// Captured is what a redirect with captures does to the path, as a rewrite with $1 to $9; ok is
// false where its path holds other variables, or does not go on with the query.
func (r Redirect) Captured() (rw Rewrite, ok bool) {
	path, ok := strings.CutSuffix(string(r.Path), "{?query}")
	_, constant := Template(captured.ReplaceAllString(path, "")).Constant()
	to := strings.ReplaceAll(captured.ReplaceAllString(path, "$1"), "{{", "{")
	return Rewrite{Kind: RegexRewrite, From: r.From, To: to, Fold: true}, ok && constant && r.From != ""
}

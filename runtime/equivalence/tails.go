package equivalence

import (
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// tailCase is what a tail of a pattern captures from paths that go on behind its literal in
// one way: by group the number of bytes behind the literal at which it begins, reaching to
// the end of the path; nothing or a slash for what is no rest.
type tailCase struct {
	then   string // the literal goes on with this
	kind   intent.PathKind
	groups [3]int // by number; 0 is not used
}

// Captures that are no rest of the path.
const (
	nothing = -1
	slash   = -2
)

const metaCharacters = `\.+*?()|[]{}^$`

// tails are the ends of patterns whose captures are known. A "$" behind "(.*)" or
// "(.+)" changes nothing.
var tails = []struct {
	text  string
	cases []tailCase
}{
	{`(/|$)(.*)`, []tailCase{{"/", intent.StringPrefix, [3]int{0, slash, 1}}, {"", intent.ExactPath, [3]int{0, nothing, nothing}}}},
	{`($|/)(.*)`, []tailCase{{"/", intent.StringPrefix, [3]int{0, slash, 1}}, {"", intent.ExactPath, [3]int{0, nothing, nothing}}}},
	{`(?:/|$)(.*)`, []tailCase{{"/", intent.StringPrefix, [3]int{0, 1, nothing}}, {"", intent.ExactPath, [3]int{0, nothing, nothing}}}},
	{`(?:/(.*))?$`, []tailCase{{"/", intent.StringPrefix, [3]int{0, 1, nothing}}, {"", intent.ExactPath, [3]int{0, nothing, nothing}}}},
	{`(/(.*))?$`, []tailCase{{"/", intent.StringPrefix, [3]int{0, 0, 1}}, {"", intent.ExactPath, [3]int{0, nothing, nothing}}}},
	{`(/.*)?$`, []tailCase{{"/", intent.StringPrefix, [3]int{0, 0, nothing}}, {"", intent.ExactPath, [3]int{0, nothing, nothing}}}},
	{`/?(.*)`, []tailCase{{"/", intent.StringPrefix, [3]int{0, 1, nothing}}, {"", intent.StringPrefix, [3]int{0, 0, nothing}}}},
	{`()(.*)`, []tailCase{{"", intent.StringPrefix, [3]int{0, nothing, 0}}}},
	{`(.*)`, []tailCase{{"", intent.StringPrefix, [3]int{0, 0, nothing}}}},
	{`(.+)`, []tailCase{{"", intent.StringPrefix, [3]int{0, 0, nothing}}}}, // the literal alone is not matched
	{``, []tailCase{{"", intent.StringPrefix, [3]int{0, nothing, nothing}}}},
}

// splitPattern cuts a pattern without its "^" into a literal and a tail of the list.
func splitPattern(pattern string) (string, []tailCase, bool) {
	if strings.HasSuffix(pattern, "(.*)$") || strings.HasSuffix(pattern, "(.+)$") {
		pattern = strings.TrimSuffix(pattern, "$")
	}
	for _, t := range tails {
		lit, ok := strings.CutSuffix(pattern, t.text)
		if ok && !strings.ContainsAny(lit, metaCharacters) {
			return lit, t.cases, true
		}
	}
	return "", nil, false
}

// expand is the form that a target with captures takes in one case: texts, then at most one
// rest of the path, at the end.
func (c tailCase) expand(to string, literal int) (form, bool) {
	f := form{constant: true}
	var text strings.Builder
	for i := 0; i < len(to); i++ {
		if to[i] != '$' || i+1 == len(to) || to[i+1] < '1' || to[i+1] > '9' {
			text.WriteByte(to[i])
			continue
		}
		i++
		group := nothing
		if n := int(to[i] - '0'); n < len(c.groups) {
			group = c.groups[n]
		}
		switch {
		case group == slash:
			text.WriteByte('/')
		case group >= 0 && (i+1 < len(to) || c.kind == intent.ExactPath):
			return form{}, false // something stands behind the rest
		case group >= 0:
			f.constant, f.drop = false, literal+group
		}
	}
	f.text = text.String()
	return f, true
}

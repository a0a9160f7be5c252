package envoy

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"testing"
)

func TestUnion(t *testing.T) {
	paths := func(n int, path string) string {
		return "(?i:" + strings.TrimSuffix(strings.Repeat(path+"|", n), "|") + ").*"
	}
	for regex, refused := range map[string]bool{
		paths(500, "/api/v[0-9]+/[^/]+/orders(/|$)(.*)"):  false,
		paths(5000, "/api/v[0-9]+/[^/]+/orders(/|$)(.*)"): true,
		paths(3, "/(?:.{99}){10}"):                        false,
		paths(10, "/(?:.{99}){10}"):                       true,
		paths(1, `/\pL{1000}`):                            true,
		paths(1, `/\pL+`):                                 false,
	} {
		if why := Union(regex); (why != "") != refused {
			t.Errorf("%.40s, %d characters: %q", regex, len(regex), why)
		}
	}
}

// TestWeight: patterns as large as Envoy v1.38.3 takes them (to one in a hundred, tried with
// --mode validate) weigh about the 2^19 instructions that its RE2 has room for, or more.
func TestWeight(t *testing.T) {
	repeat := func(of string) func(int) string {
		return func(n int) string { return "/(?i:" + strings.Repeat(of, n) + ")" }
	}
	union := func(of string) func(int) string {
		return func(n int) string {
			var all []string
			for i := range n {
				all = append(all, fmt.Sprintf(of, i))
			}
			return "(?i:" + strings.Join(all, "|") + ").*"
		}
	}
	const room, part = 1 << 19, 50
	for _, c := range []struct {
		name  string
		regex func(int) string
		taken int
	}{
		{"any character", repeat("."), 58202},
		{"a class beyond ASCII", repeat("[^a]"), 49609},
		{"letters", repeat("[a-z]"), 86718},
		{"k", repeat("k"), 139062},
		{"segments", repeat("[^/?]+/"), 43359},
		{"paths", union(`/x%d/[^\?]*a`), 40625},
		{"paths of letters", union(`/x%d/[a-z]+0`), 53125},
		{"paths of figures", union(`/x%d/[0-9]+a`), 114062},
		{"prefixes", union(`/x%d(/|$|\?.*)`), 31445},
	} {
		tree, err := syntax.Parse(c.regex(c.taken/part), syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if n := weight(tree) * part; n < room || n > 5*room/2 {
			t.Errorf("%s: %d, and RE2 takes %d", c.name, n, room)
		}
	}
}

func TestRegex(t *testing.T) {
	for regex, refused := range map[string]bool{
		"/a.*": false, strings.Repeat("a", 2000): false, strings.Repeat("a", 2001): true, `/\pL`: true, "/a{99}": false, "/a{100}": true,
		"/a{2,100}": true, "/" + strings.Repeat("a", 298) + "a{2}": true, "/" + strings.Repeat("a", 294) + "a{2}": false,
		"/(ab){2}": false, "/" + strings.Repeat("a", 44) + "(b){2}": true,
	} {
		if why := Regex(regex); (why != "") != refused {
			t.Errorf("%.40s, %d characters: %q", regex, len(regex), why)
		}
	}
}

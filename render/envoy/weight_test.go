package envoy

import (
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

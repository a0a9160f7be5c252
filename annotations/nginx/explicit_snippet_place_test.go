package nginx

import (
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

// TestTargetPattern: patterns of locations, bound to the start of the path, fit what they
// fitted before; those that an escape could get round have no form.
func TestTargetPattern(t *testing.T) {
	paths := []string{"/", "/admin", "/x/admin/y", "/xadmin", "/.git/config", "/a.bak", "/a.bakx", "/realms/master", "/x/realms/master", "/v1/x", "/bak", "/ADMIN"}
	for pattern, want := range map[string]string{
		"/admin":         "^/(?:.*/)?admin",
		"^/admin":        "^/admin",
		"^/realms/ma":    "^/realms/ma",
		`/\.(git|env)`:   `^/(?:.*/)?\.(git|env)`,
		`\.bak$`:         `^/.*(?:\.bak$)`,
		"^/v[0-9]+/x":    "",
		"^/v[0-9]+x":     "^/v[0-9]+x",
		"/a|/b":          "",
		".bak":           "",
		"^/a.b":          "",
		"^/a.*b":         "^/a.*b",
		"[^/]bak":        "",
		"/*x":            "",
		"^/with space":   "",
		`/api/.*\.php$`:  "",
		"(?:admin|bak)$": "",
		"(admin)/x":      "",
	} {
		got, err := targetPattern(snippet.Location{Modifier: "~", Path: pattern})
		if want == "" {
			if err == nil {
				t.Errorf("%s: %s", pattern, got)
			}
			continue
		}
		if err != nil || got.Value != want {
			t.Errorf("%s: got %q and %v, want %q", pattern, got.Value, err, want)
		}
		was := got
		was.Value = pattern
		for _, path := range paths {
			before, _ := fits(was, path)
			if after, err := fits(got, path); err != nil || before != after {
				t.Errorf("%s: %s: %v before, %v after, %v", pattern, path, before, after, err)
			}
		}
	}
}

// TestTurned: a condition that no target has is turned round, and its branch comes last; which
// branch is taken stays the same.
func TestTurned(t *testing.T) {
	steps, unread := snippet.Read(`if ($http_a !~ ^x+$) { return 403; } if ($http_b = "") { return 404; } if ($http_c = y) { return 405; } return 200;`, snippet.InLocation)
	if len(unread) > 0 {
		t.Fatal(unread)
	}
	branches, stuck := snippet.Branches(steps, nil)
	if stuck != nil {
		t.Fatal(stuck)
	}
	var got []string
	for _, b := range turned(branches) {
		line := ""
		for _, c := range b.When {
			if !sayable(c) {
				t.Errorf("no target has %+v", c)
			}
			line += c.Var + " "
		}
		got = append(got, line+b.Ends().(snippet.Return).Text+string(rune('0'+b.Ends().(snippet.Return).Status%10)))
	}
	if want := "http_c http_b http_a 5, http_b http_a 0, http_a 4, 3"; strings.Join(got, ", ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, ", "), want)
	}
}

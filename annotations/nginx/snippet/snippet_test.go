package snippet

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRead: the directives that are read, each as its action; what nginx refuses was tried
// with nginx 1.22, and what headers-more reads stands in its source (v0.37).
func TestRead(t *testing.T) {
	for text, want := range map[string]Action{
		`add_header N "a b";`:                          Headers{{Op: Add, Name: "N", Value: "a b"}},
		`add_header N v always;`:                       Headers{{Op: Add, Name: "N", Value: "v", Always: true}},
		`more_set_headers "N: v" M:w "O  p q" R "S:";`: Headers{{Op: Replace, Name: "N", Value: "v"}, {Op: Replace, Name: "M", Value: "w"}, {Op: Replace, Name: "O", Value: "p q"}, {Op: Clear, Name: "R"}, {Op: Clear, Name: "S"}},
		`more_set_headers -s "404  503" N:v;`:          Headers{{Op: Replace, Name: "N", Value: "v", Statuses: []string{"404", "503"}}},
		`more_clear_headers N "M: x";`:                 Headers{{Op: Clear, Name: "N"}, {Op: Clear, Name: "M"}},
		`more_set_input_headers "N: v";`:               Inputs{{Op: Replace, Name: "N", Value: "v"}},
		`more_clear_input_headers N;`:                  Inputs{{Op: Clear, Name: "N"}},
		`proxy_set_header N "";`:                       Upstream{"N", ""},
		`proxy_hide_header N;`:                         Hide{"N"},
		`expires max;`:                                 Expires{Date: "Thu, 31 Dec 2037 23:55:55 GMT", CacheControl: "max-age=315360000"},
		`expires -2h;`:                                 Expires{Seconds: -7200, CacheControl: "no-cache"},
		`expires off;`:                                 Expires{Off: true},
		`return 200;`:                                  Return{Status: 200},
		`return 404 "no";`:                             Return{404, "no"},
		`return https://x;`:                            Return{302, "https://x"},
		`rewrite ^/a$ /b permanent;`:                   Rewrite{Pattern: "^/a$", To: "/b", Status: 301},
		`rewrite ^/a$ https://b;`:                      Rewrite{Pattern: "^/a$", To: "https://b", Status: 302},
		`rewrite ^/a$ /b break;`:                       Rewrite{Pattern: "^/a$", To: "/b"},
		`rewrite ^/a$ /b;`:                             Rewrite{Pattern: "^/a$", To: "/b", Last: true},
		`deny all;`:                                    Access{false, "all"},
		`allow 10.0.0.0/8;`:                            Access{true, "10.0.0.0/8"},
		`satisfy any;`:                                 Satisfy{true},
		`set $a "b c";`:                                Set{"a", "b c"},
		`break;`:                                       Break{},
		`default_type text/plain;`:                     DefaultType{"text/plain"},
		`proxy_ssl_name x;`:                            Setting{"proxy_ssl_name", []string{"x"}},
		`if ($a) {}`:                                   If{Cond: Cond{Var: "a"}},
		`if ( $a = "b c" ) { break; }`:                 If{Cond{Var: "a", Op: Equals, Value: "b c"}, []Step{{1, "break", Break{}}}},
		`if ($a !~* "^x") {}`:                          If{Cond: Cond{Var: "a", Op: Matches, Value: "^x", Not: true, Fold: true}},
		`if ($a != '') {}`:                             If{Cond: Cond{Var: "a", Op: Equals, Not: true}},
		`access_log off;`:                              nil,
	} {
		steps, unread := Read(text, InLocation)
		if len(unread) > 0 || len(steps) > 1 {
			t.Errorf("%s: %v %v", text, steps, unread)
			continue
		}
		var got Action
		if len(steps) == 1 {
			got = steps[0].Do
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// TestUnread: what is not read is named with its line and why.
func TestUnread(t *testing.T) {
	for text, want := range map[string]string{
		"\nlua_need_request_body on;":           "line 2: lua_need_request_body: not read",
		"a_by_lua_block { }":                    "line 1: a_by_lua_block: not read",
		"add_header A b c;":                     `line 1: add_header: nginx refuses its configuration, since it knows no "c" here`,
		"more_set_headers -t text/html X:1;":    "line 1: more_set_headers: not read with this option",
		"more_clear_headers 'X-*';":             "line 1: more_clear_headers: not read with a name that is no name of a header",
		"more_set_headers 'Content-Length: 0';": "line 1: more_set_headers: not read for Content-Length, which says where a message ends",
		"return 444;":                           "line 1: return: not read with 444, for which nginx closes the connection",
		"return 301;":                           "line 1: return: not read with 301 alone",
		"return x;":                             `line 1: return: nginx refuses its configuration, since "x" is no status`,
		"deny 1.2.3;":                           `line 1: deny: nginx refuses its configuration, since "1.2.3" is no address`,
		"if (-f $request_filename) { break; }":  "line 1: if: not read with the condition (-f $request_filename)",
		"if ($a) { if ($b) { break; } }":        "line 1: if: not read",
		"if ($a) { deny all; }":                 "line 1: deny: nginx refuses its configuration, since this may not stand in an if",
		"location / { }":                        "line 1: location: not read",
		"proxy_pass http://x;\n\nfoo;":          "line 1: proxy_pass: not read\nline 3: foo: not read",
		"add_header X y":                        "line 1: add_header is not ended by \";\" or a block, so that it changes what the controller writes behind it",
		"expires @5h;":                          `line 1: expires: not read with "@5h" for a time`,
		"set a b;":                              `line 1: set: nginx refuses its configuration, since "a" is no variable`,
		"expires 1h;\nexpires 2h;":              "line 2: expires: nginx refuses its configuration, since it is there twice",
		"more_set_headers;":                     "line 1: more_set_headers: nginx refuses its configuration, since the number of words is wrong",
	} {
		_, unread := Read(text, InLocation)
		var got []string
		for _, u := range unread {
			got = append(got, u.String())
		}
		if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	if _, unread := Read("if ($a) { add_header A b; }", InServer); len(unread) != 1 {
		t.Errorf("add_header in an if of a server: %v", unread)
	}
}

// TestBranches: the ways through, as nginx goes them.
func TestBranches(t *testing.T) {
	for text, want := range map[string]string{
		"return 403;": "-> return",
		"if ($http_a) { return 403; } return 404;":                                                     "http_a -> return\n-> return",
		"if ($host = h) { return 403; }":                                                               "-> return",
		"if ($host = o) { return 403; } break; return 404;":                                            "-> break",
		"set $x $http_a; if ($x = 1) { return 403; }":                                                  "http_a=1 -> return\n->",
		"set $x 0; if ($http_a) { set $x 1; } if ($x) { return 403; }":                                 "http_a -> return\n->",
		"if ($http_a != b) { add_header X 1; } if ($http_c) { more_set_headers Y:1; } add_header Z 1;": "!http_a=b http_c -> 2\n!http_a=b -> 1\nhttp_c -> 2\n-> 1",
		"rewrite ^/a$ /b permanent; rewrite ^/c$ /d break;":                                            "uri~^/a$ -> rewrite\n-> rewrite",
		"rewrite ^/a$ /b break; return 403;":                                                           "uri~^/a$ -> rewrite\n-> return",
		"set $x \"$http_a-\"; if ($x = -) { return 403; }":                                             "line 1: if: not read, since nobody can say what $x is",
	} {
		steps, unread := Read(text, InLocation)
		if len(unread) > 0 {
			t.Fatalf("%s: %v", text, unread)
		}
		branches, stuck := Branches(steps, map[string]string{"host": "h"})
		var lines []string
		if stuck != nil {
			lines = []string{stuck.String()}
		}
		for _, b := range branches {
			lines = append(lines, describe(b))
		}
		if diff := cmp.Diff(want, strings.Join(lines, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// describe is "conditions -> end", or how many steps are in force where there is none.
func describe(b Branch) string {
	var s strings.Builder
	for _, c := range b.When {
		if c.Not {
			s.WriteByte('!')
		}
		s.WriteString(c.Var + []string{"", "=", "~"}[c.Op] + c.Value + " ")
	}
	switch {
	case b.End != nil:
		return s.String() + "-> " + b.End.Name
	case len(b.Steps) > 0:
		return s.String() + fmt.Sprintf("-> %d", len(b.Steps))
	}
	return s.String() + "->"
}

// TestManyBranches: ifs that double the ways are followed to a bound.
func TestManyBranches(t *testing.T) {
	var text strings.Builder
	for i := range 40 {
		fmt.Fprintf(&text, "if ($http_x%d) { set $a%d 1; }\n", i, i)
	}
	steps, _ := Read(text.String(), InLocation)
	if branches, stuck := Branches(steps, nil); branches != nil || stuck == nil {
		t.Errorf("%d branches of 2^40", len(branches))
	}
}

// FuzzRead: nothing panics, whatever is read can be followed, and lines lie in the text.
func FuzzRead(f *testing.F) {
	f.Add("more_set_headers \"X: 1\";\nif ($a = b) { return 403; }\nset $x \"${x}y\"; if ($x) { rewrite ^/(.*)$ /b$1? last; }")
	f.Add("location ^~ /x { deny all; return 403; } location ~ \\.php$ { expires 1h; }")
	f.Fuzz(func(t *testing.T, text string) {
		for _, in := range []Place{InLocation, InServer} {
			steps, unread := Read(text, in)
			for _, s := range steps {
				if s.Line < 1 || s.Line > strings.Count(text, "\n")+1 || s.Name == "" {
					t.Fatalf("%+v", s)
				}
			}
			for _, u := range unread {
				if u.Line < 1 || u.Line > strings.Count(text, "\n")+1 || u.Why == "" {
					t.Fatalf("%+v", u)
				}
			}
			branches, stuck := Branches(steps, map[string]string{"host": "h"})
			if stuck == nil && (len(branches) == 0 || len(branches[len(branches)-1].When) > 0) {
				t.Fatalf("%q: the last branch has conditions: %+v", text, branches)
			}
		}
	})
}

package conf

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestParse: what nginx 1.22 was seen to read, and the source of its ngx_conf_read_token.
func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "",
		"# only\n  # comments":               "",
		"a;b c;":                             "a;\nb c;\n",
		"a 'b c' \"d 'e'\" ;":                "a \"b c\" \"d 'e'\";\n",
		`a "\"\\\t\d" \;x;`:                  "a \"\\\"\\\\\t\\\\d\" \"\\\\;x\";\n",
		"a b#c; # x ;\nd;":                   "a \"b#c\";\nd;\n",
		"a ${b}c $d{e;}":                     "a \"${b}c\" $d {\n\te;\n}\n",
		"if ($a = \"b)\") {}":                "if ($a = b) ) {\n}\n",
		"if ($a ~ \"x{2}\") { return 403; }": "if ($a ~ \"x{2}\" ) {\n\treturn 403;\n}\n",
		"a b}c;":                             "a \"b}c\";\n",
		"a \"\" '';":                         "a \"\" \"\";\n",
		"a{b{c;}d;}e;":                       "a {\n\tb {\n\t\tc;\n\t}\n\td;\n}\ne;\n",
		"x_by_lua_block{ a = { '}' } -- }\n b = [[ } ]] c=\"\\\"}\" --[=[ } ]] ]=] d[1] = 2 }y;": "x_by_lua_block { a = { '}' } -- }\n b = [[ } ]] c=\"\\\"}\" --[=[ } ]] ]=] d[1] = 2 }\ny;\n",
		"set_by_lua_block $a { return 1 }": "set_by_lua_block $a { return 1 }\n",
	} {
		all, err := Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if diff := cmp.Diff(want, String(all)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a;\nb":                     `line 2: b is not ended by ";" or a block`,
		"a;\n}":                     `line 2: unexpected "}": no block is open`,
		"a {\n b }":                 `line 2: unexpected "}": b is not ended by ";"`,
		"a {\n b;":                  `line 2: a block is not closed: expecting "}"`,
		";":                         "line 1: a directive without a name",
		"a;\n\n{}":                  "line 3: a directive without a name",
		"a 'b;\n":                   "line 1: the quote is not closed",
		`a "b"c;`:                   `line 1: unexpected 'c' behind a quote`,
		"a;\nx_by_lua_block { {}":   "line 2: the block of Lua is not closed",
		strings.Repeat("a {", 1000): "line 1: blocks lie too deep in each other",
	} {
		if all, err := Parse(text); err == nil || err.Error() != want || all != nil {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

func TestPlaces(t *testing.T) {
	all, err := Parse("a; b 'x\ny';\n  c {\n\td;\n}\nx_by_lua_block {\n\n}\n\"e\";")
	if err != nil {
		t.Fatal(err)
	}
	var got [][2]int
	for _, d := range append(all, all[2].Block...) {
		got = append(got, [2]int{d.Line, d.Column})
	}
	if diff := cmp.Diff([][2]int{{1, 1}, {1, 4}, {3, 3}, {6, 1}, {9, 1}, {4, 2}}, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

var texts = []string{"", " ", "a", "$x", "${x}", "$", "{", "}", ";", "#", "a#b", `\`, `\"`, `\n`, "\n", "\t", "\r", `"`, "'", "(", ")", "é", "\xff", "if", "--", "[["}

// genDirectives makes any directives.
func genDirectives(depth int) *rapid.Generator[[]Directive] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Directive {
		d := Directive{
			Name: rapid.OneOf(rapid.SampledFrom(texts), rapid.StringMatching(`[a-z_]{1,8}`)).Draw(t, "name"),
			Args: rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(texts), rapid.String()), 0, 3).Draw(t, "args"),
		}
		if len(d.Args) == 0 {
			d.Args = nil
		}
		switch kind := rapid.IntRange(0, 3).Draw(t, "kind"); {
		case kind == 0 && depth > 0:
			d.Block = genDirectives(depth-1).Draw(t, "block")
		case kind == 1:
			d.Name, d.Block = "content_by_lua_block", []Directive{}
			d.Lua = rapid.SampledFrom([]string{"", " return ", "\n{ '}' }\n", "--[[ } ]]", "[=[}]=]", "-- }\n", "a[1]"}).Draw(t, "lua")
		}
		return d
	}), 0, 4)
}

// TestRound: Parse reads back what String prints.
func TestRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := genDirectives(3).Draw(t, "directives")
		text := String(all)
		back, err := Parse(text)
		if err != nil || !Equal(all, back) || String(back) != text {
			t.Fatalf("%v\n%s\n%#v\n%#v", err, text, all, back)
		}
	})
}

var plainName = regexp.MustCompile(`^[a-z_]+$`)

// FuzzParse: nothing panics, what is read is printed and read again, and each directive
// stands where it is said to stand.
func FuzzParse(f *testing.F) {
	f.Add("a;\nb \"c\\\"d\" 'e' {\n f ${g}; }\nx_by_lua_block { \"}\" }")
	f.Add("if ($a ~ \"x{2}\") { return 403; } # }\nlocation ~ \\.php$ {}")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := Parse(text)
		if err != nil {
			return
		}
		back, err := Parse(String(all))
		if err != nil || !Equal(all, back) {
			t.Fatalf("%q became %q: %v", text, String(all), err)
		}
		stands(t, strings.Split(text, "\n"), all)
	})
}

func stands(t *testing.T, lines []string, all []Directive) {
	t.Helper()
	for _, d := range all {
		if d.Line < 1 || d.Line > len(lines) || d.Column < 1 || d.Column > len(lines[d.Line-1]) {
			t.Fatalf("%s at %d:%d of %q", d.Name, d.Line, d.Column, lines)
		}
		at := lines[d.Line-1][d.Column-1:]
		if plainName.MatchString(d.Name) && !strings.HasPrefix(strings.TrimLeft(at, `"'`), d.Name) {
			t.Fatalf("%s does not stand at %d:%d of %q", d.Name, d.Line, d.Column, lines)
		}
		stands(t, lines, d.Block)
	}
}

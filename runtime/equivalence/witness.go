package equivalence

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/automaton"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// unknownHost is a name of no site (RFC 6761, section 6.4).
const unknownHost = "no-such-host.invalid"

// Witness is a host name that a name of a model stands for, and that means this name in
// every table that has it: the name itself; for a wildcard a name below it that no table
// knows by itself; for a regular expression a name that it matches; for the default host a
// name of no site. It is false if there is none: another name always comes first.
func Witness(name string, tables ...*table.Table) (string, bool) {
	for _, w := range candidates(name) {
		if meant(w, name, tables) {
			return w, true
		}
	}
	return "", false
}

func candidates(name string) []string {
	switch {
	case name == "":
		return []string{unknownHost}
	case strings.HasPrefix(name, "*."):
		var all []string
		for _, label := range []string{"sample", "any", "some-name"} {
			all = append(all, label+name[1:])
		}
		for i := range 20 {
			all = append(all, fmt.Sprintf("sample-%d%s", i, name[1:]))
		}
		return all
	case strings.HasPrefix(name, "~"):
		return named(name[1:])
	}
	return []string{name}
}

// meant says whether a host name means a name of a model, and nothing more exact.
func meant(w, name string, tables []*table.Table) bool {
	there := false
	for _, t := range tables {
		h := t.Host(w).Host()
		switch {
		case h != nil && h.Name == name:
			there = true
		case t.Has(name) || h != nil && h.Name == w:
			return false
		}
	}
	return there
}

// named are host names that a pattern matches.
func named(pattern string) []string {
	if _, err := syntax.Parse(pattern, syntax.Perl); err != nil {
		return nil
	}
	re, err := regexp.Compile("(?i)" + pattern)
	if err != nil {
		return nil
	}
	a := automaton.New(automaton.Values("abcdefghijklmnopqrstuvwxyz0123456789-."), false)
	if _, err := a.Add(intent.Path{Kind: intent.RegexPath, Value: pattern, Fold: true}, automaton.Decoded); err != nil {
		return nil
	}
	var out []string
	a.Explore(valueWork, func(e automaton.End) {
		if re.MatchString(e.Text) && e.Text != "" {
			out = append(out, e.Text)
		}
	})
	return out
}

package equivalence

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/automaton"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// kind is what a variable is about.
type kind uint8

const (
	ofScheme kind = iota // http or https
	ofQuery              // whether there is a query
	ofMethod
	ofHeader
	ofArgument
	ofCookie
)

// variable is a part of a request, besides its path, that conditions ask for. Its values
// stand for all that there are: each combination of the conditions that some value meets is
// met by one of them.
type variable struct {
	kind   kind
	name   string
	secure bool // of the scheme: https is served
	conds  []wanted
	values []value
}

// value is one value of a variable; truth says by condition whether it holds.
type value struct {
	text    string
	present bool
	truth   []bool
}

// maxValues bounds the values of one variable.
const maxValues = 2_000

// number is the place of a condition among those of the variable.
func (v *variable) number(c wanted) int {
	if i := slices.Index(v.conds, c); i >= 0 {
		return i
	}
	v.conds = append(v.conds, c)
	return len(v.conds) - 1
}

// settle works out the values, when all conditions are known.
func (v *variable) settle() error {
	texts, err := v.texts()
	if err != nil {
		return err
	}
	tests := make([]table.Test, len(v.conds))
	for i, c := range v.conds {
		if tests[i], err = c.test(); err != nil {
			return err
		}
	}
	add := adding{variable: v, tests: tests, seen: map[string]bool{}}
	if v.kind != ofScheme && v.kind != ofMethod {
		add.value("", false)
	}
	for _, text := range texts {
		if add.value(text, true); len(v.values) > maxValues {
			return fmt.Errorf("conditions on %s tell more than %d values apart", v.name, maxValues)
		}
	}
	return nil
}

// adding collects values that meet different conditions.
type adding struct {
	*variable
	tests []table.Test
	seen  map[string]bool
	key   []byte
}

// value adds a value, unless one that meets the same conditions is there.
func (a *adding) value(text string, present bool) {
	truth := make([]bool, len(a.tests))
	a.key = a.key[:0]
	for i, holds := range a.tests {
		truth[i] = holds(text, present)
		a.key = append(a.key, '0')
		if truth[i] {
			a.key[i] = '1'
		}
	}
	if a.kind == ofScheme || a.kind == ofQuery || !a.seen[string(a.key)] {
		a.seen[string(a.key)] = true
		a.values = append(a.values, value{text, present, truth})
	}
}

// texts are values that stand for all texts.
func (v *variable) texts() ([]string, error) {
	switch v.kind {
	case ofScheme:
		if !v.secure {
			return []string{"http"}, nil
		}
		return []string{"http", "https"}, nil
	case ofMethod:
		texts, err := v.shortest(automaton.Values("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"))
		return append([]string{"GET"}, slices.DeleteFunc(texts, func(s string) bool { return s == "" })...), err
	}
	if texts, ok := v.named(); ok {
		return texts, nil
	}
	return v.shortest(automaton.Values(v.alphabet()))
}

// named are the texts that the conditions name, and one that none does, if no condition
// looks into a text.
func (v *variable) named() ([]string, bool) {
	other := "x"
	if v.kind == ofQuery {
		other = v.name
	}
	var texts []string
	for _, c := range v.conds {
		switch {
		case c.literal() && v.possible(c.Value):
			texts = append(texts, c.Value)
		case c.literal(): // no request has it
		case c.inCookies || c.Op != intent.Present && c.Op != intent.Absent:
			return nil, false
		}
	}
	for slices.Contains(texts, other) {
		other += "x"
	}
	return append([]string{other}, texts...), true
}

// possible says whether a value can stand in a request, as far as values are followed.
func (v *variable) possible(text string) bool {
	if v.kind == ofHeader && strings.TrimSpace(text) != text {
		return false
	}
	alphabet := v.alphabet()
	return !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(alphabet, r) })
}

// alphabet are the characters that a value may hold.
func (v *variable) alphabet() string {
	var b strings.Builder
	for c := byte('!'); c <= '~'; c++ {
		switch {
		case v.kind == ofArgument && (c == '&' || c == '#'), v.kind == ofCookie && (c == ';' || c == ','):
		default:
			b.WriteByte(c)
		}
	}
	if v.kind == ofHeader {
		b.WriteByte(' ')
	}
	return b.String()
}

// valueWork bounds the walk over the values of one variable.
var valueWork = automaton.Work{States: 20_000, Steps: 5_000_000}

// shortest are the shortest texts for all combinations of the conditions.
func (v *variable) shortest(alphabet *automaton.Alphabet) ([]string, error) {
	a := automaton.New(alphabet, false)
	for _, c := range v.conds {
		m, ok := c.pattern()
		if !ok {
			continue
		}
		if !c.followed() {
			return nil, fmt.Errorf("a condition on the cookie %s is not followed beside one on all cookies: %s", c.Name, c.Cond)
		}
		if !c.inCookies && c.Op != intent.Matches && c.Op != intent.NotMatches && !v.possible(c.Value) {
			return nil, fmt.Errorf("a condition on %s asks for characters that are not followed: %q", v.name, c.Value)
		}
		if _, err := a.Add(m, automaton.Decoded); err != nil {
			return nil, fmt.Errorf("condition on %s: %w", v.name, err)
		}
	}
	var texts []string
	if _, done := a.Explore(valueWork, func(e automaton.End) {
		if !v.doubled(e.Text) {
			texts = append(texts, e.Text)
		}
	}); !done {
		return nil, errors.New("conditions on " + v.name + " tell too many values apart")
	}
	return texts, nil
}

// textCondition is what a condition asks of a text; false if only its presence counts.
func textCondition(c intent.Cond) (intent.Path, bool) {
	p := intent.Path{Kind: intent.RegexPath, Value: regexp.QuoteMeta(c.Value), Fold: c.Fold}
	switch c.Op {
	case intent.Present, intent.Absent:
		return p, false
	case intent.Is, intent.IsNot:
		p.Kind, p.Value = intent.ExactPath, c.Value
	case intent.HasPrefix:
		p.Kind, p.Value = intent.StringPrefix, c.Value
	case intent.HasSuffix:
		p.Value += `\z`
	case intent.Matches, intent.NotMatches:
		p.Value = `\A(?:` + c.Value + `)\z`
	}
	return p, true
}

package nginx

import (
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// state is what the controller finds when it reads one annotation.
type state uint8

const (
	missing state = iota
	empty         // there, but without content
	invalid       // refused by the controller's validation
	valid
)

// value is one annotation of ours on one Ingress.
type value struct {
	text   string
	state  state
	origin ledger.Origin
	rule   Rule
}

// values are the annotations of one Ingress that ingress-nginx reads, by short key.
// Aliases stand under their own key.
type values map[string]value

// readValues validates every annotation as the controller does. Empty values are not
// validated by it.
func readValues(ing *manifest.Ingress) values {
	vs := make(values, len(ing.Annotations))
	for _, a := range ing.Annotations {
		short, ours := strings.CutPrefix(a.Key, Prefix)
		if !ours {
			continue
		}
		rule, known := RuleFor(short)
		if !known {
			continue
		}
		v := value{text: a.Value, state: valid, origin: a.Origin, rule: rule}
		switch {
		case a.Value == "":
			v.state = empty
		case rule.Validate != nil && rule.Validate(a.Value) != nil:
			v.state = invalid
		}
		vs[short] = v
	}
	return vs
}

// flag reads a boolean (strconv.ParseBool), else def.
func (vs values) flag(key string, def bool) bool {
	if v := vs[key]; v.state == valid {
		if b, err := strconv.ParseBool(v.text); err == nil {
			return b
		}
	}
	return def
}

// number reads an integer (strconv.Atoi), else def.
func (vs values) number(key string, def int) int {
	if v := vs[key]; v.state == valid {
		if n, err := strconv.Atoi(v.text); err == nil {
			return n
		}
	}
	return def
}

// str reads a text, each of its lines trimmed; a text of blanks is as empty as "".
func (vs values) str(key string) string {
	v := vs[key]
	if v.state != valid {
		return ""
	}
	if !strings.Contains(v.text, "\n") {
		return strings.TrimSpace(v.text)
	}
	lines := strings.Split(v.text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

// hollow says whether the key is there without content, which the controller takes as an
// error where a missing key would be none.
func (vs values) hollow(key string) bool {
	v := vs[key]
	return v.state == empty || (v.state == valid && strings.TrimSpace(v.text) == "")
}

// origins are those of the keys that are there and valid.
func (vs values) origins(keys ...string) []ledger.Origin {
	var os []ledger.Origin
	for _, key := range keys {
		if v := vs[key]; v.state == valid {
			os = append(os, v.origin)
		}
	}
	return os
}

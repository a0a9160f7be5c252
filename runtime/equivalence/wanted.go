package equivalence

import (
	"regexp"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/automaton"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// wanted is one condition on a variable. Where some condition is on the Cookie header as a
// whole, those on cookies are conditions on that header, too.
type wanted struct {
	intent.Cond
	inCookies bool            // the cookie of that name, in a Cookie header
	paths     intent.PathForm // then: whose reading it is
}

// test says whether values meet the condition.
func (w wanted) test() (table.Test, error) {
	if w.inCookies {
		return table.NewCookieTest(w.Cond, w.paths)
	}
	return table.NewTest(w.Cond)
}

// pattern is what the condition asks of a text; false if only its presence counts.
func (w wanted) pattern() (intent.Path, bool) {
	if !w.inCookies {
		return textCondition(w.Cond)
	}
	value, ok := httpproxy.CookieValue(w.Cond)
	if !ok {
		value = `[^;]*`
	}
	return intent.Path{Kind: intent.RegexPath, Value: `\A(?:.*;\s*)?` + regexp.QuoteMeta(w.Name) + `=` + value + `(?:\s*;.*)?\z`}, true
}

// followed says whether pattern tells all values of a Cookie header apart that the condition
// does.
func (w wanted) followed() bool {
	_, ok := httpproxy.CookieValue(w.Cond)
	return !w.inCookies || ok
}

// literal says whether the condition compares a whole value with a text.
func (w wanted) literal() bool {
	return !w.inCookies && !w.Fold && (w.Op == intent.Is || w.Op == intent.IsNot)
}

// doubled says whether a Cookie header holds a cookie of one of the conditions twice, which
// is outside of the domain.
func (v *variable) doubled(text string) bool {
	for _, w := range v.conds {
		if w.inCookies && strings.Count(";"+strings.ReplaceAll(text, " ", ""), ";"+w.Name+"=") > 1 {
			return true
		}
	}
	return false
}

// headerOf is the condition of a route on a cookie, as one on the Cookie header.
func headerOf(c intent.Cond, view automaton.View) wanted {
	w := wanted{Cond: c, inCookies: true}
	if view == automaton.Raw {
		w.paths = intent.Normalized
	}
	return w
}

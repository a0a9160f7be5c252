package lint

import (
	"fmt"
	"time"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// exceptions looks at those of the plan: which have expired, which except nothing, or whatever
// the object breaks, which name no rule, and how many have no end.
func (l *linting) exceptions(p *ownership.Plan, file string, today time.Time) {
	needed := l.needed()
	endless := 0
	for _, e := range p.Exceptions {
		used := needed[ownership.Exception{Rule: e.Rule, Object: e.Object, What: e.What}]
		what := "the exception of " + e.Object + " from " + e.Rule
		if e.What != "" {
			what += " (" + e.What + ")"
		}
		_, known := l.rules[e.Rule]
		switch {
		case !known:
			l.find("unknown-exception", file, e.Line, ledger.Warning, what+" names no rule", "take the id of a rule: guard --explain lists them")
		case expired(e, today) && used:
			l.find("expired-exception", file, e.Line, ledger.Warning, what+" ended on "+e.Expires+", and is still needed: "+e.Reason, "mend the object, or give the exception a later date with a reason")
		case !used:
			l.find("unused-exception", file, e.Line, ledger.Info, what+" excepts nothing here", "take it out of the plan, if the whole site was looked at")
		}
		if used && e.What == "" {
			l.find("wide-exception", file, e.Line, ledger.Info, what+" holds for all that the object breaks of the rule, also what somebody adds later", "say which offence is meant (offence:), in the rule's words")
		}
		if e.Expires == "" {
			endless++
		}
	}
	if endless > 0 {
		l.find("endless-exception", file, 0, ledger.Info, fmt.Sprintf("%d of %d exceptions have no end", endless, len(p.Exceptions)), "give each that should go a date: expires")
	}
}

// needed are the exceptions that offences would be let through by: of each, and of its object.
func (l *linting) needed() map[ownership.Exception]bool {
	out := map[ownership.Exception]bool{}
	for o := range l.broken {
		out[ownership.Exception{Rule: o.Rule, Object: o.Object, What: o.What}] = true
		out[ownership.Exception{Rule: o.Rule, Object: o.Object}] = true
	}
	return out
}

// find adds a finding about the plan.
func (l *linting) find(rule, file string, line int, severity ledger.Severity, message, action string) {
	l.findings = append(l.findings, ledger.Finding{Rule: rule, Severity: severity, Origin: ledger.New(ledger.Place{File: file, Line: line}), Message: message, Action: action})
}

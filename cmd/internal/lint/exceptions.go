package lint

import (
	"fmt"
	"time"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// exceptions looks at those of the plan: which have expired, which except nothing, which name
// no rule, and how many have no end.
func (l *linting) exceptions(p *ownership.Plan, file string, today time.Time) {
	endless := 0
	for _, e := range p.Exceptions {
		used := l.broken[[2]string{e.Rule, e.Object}]
		what := "the exception of " + e.Object + " from " + e.Rule
		_, known := l.rules[e.Rule]
		switch {
		case !known:
			l.find("unknown-exception", file, e.Line, ledger.Warning, what+" names no rule", "take the id of a rule: guard --explain lists them")
		case expired(e, today) && used:
			l.find("expired-exception", file, e.Line, ledger.Warning, what+" ended on "+e.Expires+", and is still needed: "+e.Reason, "mend the object, or give the exception a later date with a reason")
		case !used:
			l.find("unused-exception", file, e.Line, ledger.Info, what+" excepts nothing here", "take it out of the plan, if the whole site was looked at")
		}
		if e.Expires == "" {
			endless++
		}
	}
	if endless > 0 {
		l.find("endless-exception", file, 0, ledger.Info, fmt.Sprintf("%d of %d exceptions have no end", endless, len(p.Exceptions)), "give each that should go a date: expires")
	}
}

// find adds a finding about the plan.
func (l *linting) find(rule, file string, line int, severity ledger.Severity, message, action string) {
	l.findings = append(l.findings, ledger.Finding{Rule: rule, Severity: severity, Origin: ledger.New(ledger.Place{File: file, Line: line}), Message: message, Action: action})
}

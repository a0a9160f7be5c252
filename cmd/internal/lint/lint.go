// Package lint holds all objects of a folder or a cluster together against the borders of an
// ownership plan: every rule, exactly, with the place of each object and a path that shows
// what is wrong.
package lint

import (
	"slices"
	"strings"
	"time"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// Run says what a set of objects breaks of a canonical plan's borders, today: findings sorted,
// with the set's own about what could not be read. Exceptions that have expired do not count.
func Run(set *manifest.Set, plan *ownership.Plan, file string, today time.Time) []ledger.Finding {
	l := &linting{borders: guard.From(current(plan, today)), rules: map[string]guard.Rule{}, broken: map[guard.Offence]bool{}}
	for _, r := range guard.Rules() {
		l.rules[r.ID] = r
	}
	l.objects, l.findings = read(set)
	l.walk()
	all := guard.From(withoutExceptions(plan))
	for _, o := range l.objects {
		for _, found := range all.Offences(o.Object) {
			l.offence(o, found)
		}
	}
	l.crossings()
	l.whole()
	l.exceptions(plan, file, today)
	l.findings = append(l.findings, plan.Findings(file)...)
	return ledger.SortFindings(append(l.findings, set.Findings...))
}

// linting is one run.
type linting struct {
	borders  guard.Borders // with the exceptions that hold today
	rules    map[string]guard.Rule
	objects  []thing
	places   map[string][]place     // of HTTPProxies that are included, by "namespace/name"
	broken   map[guard.Offence]bool // exceptions apart
	findings []ledger.Finding
}

// thing is an object with its place.
type thing struct {
	guard.Object
	kind   string
	origin ledger.Origin
}

func (t thing) id() string { return t.Namespace + "/" + t.Name }

func (t thing) proxy() *contour.HTTPProxy {
	p, _ := t.Value.(*contour.HTTPProxy)
	return p
}

// offence looks closer at what the reference says of one object. An exception that only the other
// forms need, which see less, is needed.
func (l *linting) offence(o thing, found guard.Offence) {
	l.broken[found] = true
	shown := ""
	switch found.Rule {
	case "carve-out":
		if len(l.places[o.id()]) > 0 {
			return // its routes are followed
		}
	case "regex-escape":
		so, path := escapes(l.places[o.id()], strings.TrimPrefix(found.What, "regex "))
		if !so {
			return
		}
		shown = path
	}
	l.add(o, found, shown)
}

// add makes a finding of an offence, unless the plan excepts it.
func (l *linting) add(o thing, found guard.Offence, path string) {
	l.broken[found] = true
	if l.borders.Excepted(found) {
		return
	}
	rule := l.rules[found.Rule]
	message := found.What
	if path != "" {
		message += ", for example " + path
	}
	l.findings = append(l.findings, ledger.Finding{
		Rule: found.Rule, Severity: ledger.Warning, Origin: o.origin, Message: message + ". " + rule.Says,
		Action: "mend it, or ask " + l.borders.Ask(rule) + " for an exception in the plan: rule " + found.Rule + ", object " + found.Object + ", offence " + found.What,
	})
}

// current is a plan without the exceptions that have expired.
func current(p *ownership.Plan, today time.Time) *ownership.Plan {
	out := *p
	out.Exceptions = slices.DeleteFunc(slices.Clone(p.Exceptions), func(e ownership.Exception) bool { return expired(e, today) })
	return &out
}

func withoutExceptions(p *ownership.Plan) *ownership.Plan {
	out := *p
	out.Exceptions = nil
	return &out
}

// expired says whether an exception's last day is over.
func expired(e ownership.Exception, today time.Time) bool {
	last, err := time.Parse(time.DateOnly, e.Expires)
	return err == nil && !today.Before(last.AddDate(0, 0, 1))
}

package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
)

// How much the summary shows of what --report has in full.
const (
	maxCosts    = 8
	maxExamples = 3  // findings of a rule, from warnings upwards
	maxRules    = 20 // of findings
)

// Summary tells people what became of a conversion.
func Summary(w io.Writer, res *convert.Result, class string) error {
	p := &printer{Writer: bufio.NewWriter(w), Style: NewStyle(w)}
	c := Count(res)
	p.row("input", "%s, %s%s", Number(c.Documents, "document"), Number(c.Ingresses, "Ingress"), p.unread(c))
	p.row("hosts", "%s", p.tally(c.Hosts, outcomes()))
	p.row("routes", "%s", p.tally(c.Routes, outcomes()))
	p.row("ledger", "%s", p.tally(c.Fates, fates()))
	p.row("", "understood came out %s", p.tally(c.Outcomes, outcomes()))
	p.costs(res)
	p.findings(res.Findings)
	if c.Proof != (Proofs{}) {
		p.proved(c.Proof)
	}
	if c.Objects > 0 {
		p.borders(res)
		p.next(res, class)
	}
	return p.Flush()
}

// Findings prints all findings grouped by rule, those that weigh most first. No report
// tells the rest, so that there must be none.
func Findings(w io.Writer, fs []ledger.Finding) error {
	p := &printer{Writer: bufio.NewWriter(w), Style: NewStyle(w), all: true}
	p.findings(fs)
	return p.Flush()
}

// Number is "1 host", "2 hosts", "2 Ingresses", "2 HTTPProxies".
func Number(n int, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case strings.HasSuffix(thing, "s"):
		return fmt.Sprintf("%d %ses", n, thing)
	case strings.HasSuffix(thing, "xy"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(thing, "y"))
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

type printer struct {
	*bufio.Writer // keeps its error for Flush
	Style
	all    bool                 // findings
	places [2]map[string]string // of objects, before and after
}

func (p *printer) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// row is a line with a title in front.
func (p *printer) row(title, format string, args ...any) {
	p.line("%s%s", p.heading.Render(title)+strings.Repeat(" ", max(1, 10-len(title))), fmt.Sprintf(format, args...))
}

func (p *printer) unread(c Counts) string {
	if c.Unreadable == 0 {
		return ""
	}
	return ", " + p.bad.Render(fmt.Sprintf("%d unreadable", c.Unreadable))
}

// tally is "3 exact, 1 blocked", without what there is none of.
func (p *printer) tally(counts map[string]int, order []string) string {
	var parts []string
	for _, word := range order {
		if n := counts[word]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, p.word(word)))
		}
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// costs shows what keeps most routes from coming out exact.
func (p *printer) costs(res *convert.Result) {
	all := Costs(res)
	for i, c := range all[:min(len(all), maxCosts)] {
		title := ""
		if i == 0 {
			title = "costs"
		}
		p.row(title, "%s %s: %s", p.word(fmt.Sprintf("%-12s", c.Outcome)), Number(c.Routes, "route"), c.Cause)
	}
	if more := len(all) - maxCosts; more > 0 {
		p.row("", "... and %s: convert --report FILE has all", Number(more, "more cause"))
	}
}

// group are the findings of one rule.
type group struct {
	rule     string
	severity ledger.Severity
	findings []ledger.Finding
}

func groups(fs []ledger.Finding) []group {
	at := map[string]int{}
	var all []group
	for _, f := range fs {
		i, known := at[f.Rule]
		if !known {
			i = len(all)
			at[f.Rule] = i
			all = append(all, group{rule: f.Rule, severity: f.Severity})
		}
		all[i].findings = append(all[i].findings, f)
		all[i].severity = max(all[i].severity, f.Severity)
	}
	slices.SortStableFunc(all, func(a, b group) int {
		return cmp.Or(cmp.Compare(b.severity, a.severity), strings.Compare(a.rule, b.rule))
	})
	return all
}

func (p *printer) findings(fs []ledger.Finding) {
	all := groups(fs)
	rules := min(len(all), maxRules)
	if p.all {
		rules = len(all)
	}
	for i, g := range all[:rules] {
		title := ""
		if i == 0 {
			title = "findings"
		}
		p.row(title, "%s %s: %d", p.word(fmt.Sprintf("%-8s", g.severity)), g.rule, len(g.findings))
		show := 1
		switch {
		case p.all:
			show = len(g.findings)
		case g.severity > ledger.Info:
			show = min(maxExamples, len(g.findings))
		}
		for _, f := range g.findings[:show] {
			p.line("            %s", Place(f))
			p.line("            %s", p.faint.Render("-> "+f.Action))
		}
		if more := len(g.findings) - show; more > 0 {
			p.line("            ... and %d more: convert --report FILE has all", more)
		}
	}
	if more := len(all) - rules; more > 0 {
		p.row("", "... and %s: convert --report FILE has all", Number(more, "more rule"))
	}
}

// Place is a finding's origin, host and message in one line.
func Place(f ledger.Finding) string {
	parts := []string{f.Message}
	if f.Host != "" && !strings.Contains(f.Message, f.Host) {
		parts = append([]string{f.Host}, parts...)
	}
	if at := f.Origin.String(); at != "" {
		parts = append([]string{at}, parts...)
	}
	return strings.Join(parts, ": ")
}

// proved says what the proof came to.
func (p *printer) proved(c Proofs) {
	text := fmt.Sprintf("%s, %s; %s, all named; %d not proved", Number(c.Hosts, "host"), Number(c.Routes, "route"), Number(c.Differences, "difference"), c.NotProved)
	p.row("proof", "proved equal: %s", text)
	if c.Different > 0 {
		p.row("", "%s", p.bad.Render(Number(c.Different, "host")+" withheld for a difference that nothing names"))
	}
	if c.Weaker > 0 {
		p.row("", "%s", p.bad.Render(Number(c.Weaker, "host")+" withheld: something that was guarded would be answered"))
	}
	p.row("platform", "%s, %s: explain platform/contour", Number(len(equivalence.Profile()), "platform difference"), Number(c.Hosts+c.NotProved, "host"))
}

// borders says what holds the roles apart, where that is written.
func (p *printer) borders(res *convert.Result) {
	count := map[string]int{}
	for _, o := range res.Target.Objects {
		count[o.Kind]++
	}
	if count["Role"]+count["ValidatingAdmissionPolicy"] == 0 {
		return
	}
	text := ""
	if n := len(res.Owned.Exceptions); n > 0 {
		text = "; " + Number(n, "exception") + " in the plan that they are made of"
	}
	p.row("borders", "%d roles, %d admission policies%s", count["Role"], count["ValidatingAdmissionPolicy"], text)
}

// next says what the objects need.
func (p *printer) next(res *convert.Result, class string) {
	p.row("contour", "start it with --ingress-class-name=%s --root-namespaces=%s", class, res.Plan.RootNamespace)
	p.row("", "and without --watch-namespaces: it must see the namespaces of fanout and teams too")
}

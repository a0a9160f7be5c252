package golden

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// Expect says what is expected of a line: the recorded answer, but for what the two models
// answer differently, which is as the model after says. Each difference has the reason that
// the conversion or a platform table names for it, if there is one.
func (c *Converted) Expect(line *Line) *Expected {
	x := &expectation{Converted: c, line: line, before: c.before.predict(&line.Request), after: c.after.predict(&line.Request), last: c.last}
	x.edited = c.editsOf(&line.Request)
	e := &Expected{Outcome: x.outcome()}
	if line.Request.Repeat > 1 {
		x.tally(e)
		return e
	}
	recorded := FactsOf(&line.Observed)
	for _, x.option = range x.options(recorded) {
		if share := x.after.shares[x.option]; len(x.after.options) > 1 && share > 0 {
			e.Tries = max(e.Tries, min(int(sure/share)+1, 2000))
		}
		e.Wants = append(e.Wants, x.want(recorded, x.facts(recorded, x.option)))
	}
	if len(e.Wants) == 1 && x.after.kind == forwarded && (x.after.failing("502") || x.after.failing("400")) {
		e.Wants = append(e.Wants, x.want(recorded, e.Wants[0].Facts.With([]string{"status"}, Facts{"status": "503"}))) // as the end of the connection or the answer comes first
		if x.after.failing("400") {
			e.Wants = append(e.Wants, x.want(recorded, Facts{"answer": "none"})) // it breaks off
		}
	}
	x.option = ""
	x.others(e)
	x.last, c.last = nil, x
	return e
}

// want is an answer with its differences from the recorded one, named.
func (x *expectation) want(recorded, facts Facts) Want {
	w := Want{Facts: facts}
	for _, d := range facts.Against(recorded, x.line.Request.method()) {
		w.Changed = append(w.Changed, x.named(d))
	}
	return w
}

// expectation is one on its way.
type expectation struct {
	*Converted
	line          *Line
	before, after prediction
	option        string // the backend of the answer after that is looked at; "": nobody's, or all
	edited        edited
	last          *expectation // of the line before
}

// options are the backends that may answer: the recorded one if that may be, else all. Where
// nginx asked none of them, that one of them does not answer is chance.
func (x *expectation) options(recorded Facts) []string {
	b := recorded["header X-Echo-Backend"]
	if _, ok := x.after.options[b]; ok && (b != "" || x.before.kind == x.after.kind) {
		return []string{b}
	}
	return slices.Sorted(maps.Keys(x.after.options))
}

// facts are those of the answer after. Where the same one answers before and after, they are
// the recorded ones but for the dimensions in which the two models differ.
func (x *expectation) facts(recorded Facts, name string) Facts {
	after := x.after.options[name]
	before, ok := x.before.options[name]
	if !ok || x.chance(recorded) || x.before.kind != x.after.kind || name != recorded["header X-Echo-Backend"] {
		return after
	}
	if unforetold := x.before.authenticated() && before["status"] != recorded["status"]; x.after.kind != forwarded && (unforetold || before["status"] != after["status"]) {
		return after // another answer of the data plane's own has nothing of the recorded one
	}
	var dims []string
	for dim := range merge(before, after) {
		if before[dim] != after[dim] {
			dims = append(dims, dim)
		}
	}
	return recorded.With(dims, after)
}

// chance says whether nginx answered otherwise than its Ingresses say, since AUTO_HTTP took an
// idle connection of the other scheme.
func (x *expectation) chance(recorded Facts) bool {
	before, ok := x.before.options[recorded["header X-Echo-Backend"]]
	return ok && x.lab().auto[hostOf(x.line.Request.Host)] && before["status"] != recorded["status"]
}

func merge(a, b Facts) Facts {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// named is a difference with its reason.
func (x *expectation) named(d Difference) Explained {
	why, platform := x.why(d)
	if why == "" {
		d.Want += fmt.Sprintf(" (%s before, %s after, and nothing names it)", x.before.kind, x.after.kind)
		if h := x.edited.host; h != nil && h.Withheld != "" {
			d.Want += "; the host is withheld: " + h.Withheld
		}
	}
	return Explained{Difference: d, Why: why, Platform: platform}
}

// outcome is what the conversion made of the route that answers before.
func (x *expectation) outcome() Outcome {
	o := Outcome{Withheld: x.edited.host != nil && x.edited.host.Withheld != ""}
	o.Blocked = !o.Withheld && x.blocked()
	o.Exact = !o.Withheld && x.edited.host != nil && x.edited.worst == ledger.Exact
	return o
}

// tally is the expectation for a line that is sent more than once: the recorded shares, if
// both models give the backends the same, else what the model after gives.
func (x *expectation) tally(e *Expected) {
	recorded := x.line.Observed.Tally
	if x.alike() {
		e.Tally = recorded
		return
	}
	e.Tally = x.shares()
	for _, d := range compareTally(&x.line.Request, e.Tally, recorded) {
		e.Gone = append(e.Gone, x.named(d))
	}
}

// alike says whether both models share the requests out in the same way.
func (x *expectation) alike() bool {
	if x.before.kind != x.after.kind || !maps.Equal(x.before.shares, x.after.shares) {
		return false
	}
	for name, before := range x.before.options {
		if before["status"] != x.after.options[name]["status"] {
			return false
		}
	}
	b, a := x.before.decision.Route, x.after.decision.Route
	if b == nil || a == nil || b.Forward == nil || a.Forward == nil {
		return true
	}
	limits := b.Policies != nil && b.Policies.Limits != nil && b.Policies.Limits.PerSecond+b.Policies.Limits.PerMinute+b.Policies.Limits.Connections > 0
	local := a.Policies != nil && a.Policies.Local != nil
	bound := b.Forward.Affinity != nil && len(b.Forward.Backends) > 1 // to primary or canary, which Contour chooses anew
	return (b.Forward.Affinity == nil) == (a.Forward.Affinity == nil) && !bound && !limits && !local
}

// shares are the tally of the model after. What the line takes of the limits before counts for
// the lines behind it, too.
func (x *expectation) shares() map[string]int {
	n := x.line.Request.Repeat
	q := &question{side: &x.Converted.after, r: &x.line.Request, d: x.after.decision}
	if x.before.kind == forwarded {
		(&question{side: &x.Converted.before, r: &x.line.Request, d: x.before.decision}).allowance(n)
	}
	through, status := n, 0
	if x.after.kind == forwarded {
		through, status = q.allowance(n)
	}
	out := map[string]int{}
	if n > through {
		out[statusText(status)] = n - through
	}
	if x.after.kind == noAnswer {
		return map[string]int{noAnswer: n}
	}
	for name, share := range x.after.shares {
		key := strings.TrimSpace(x.after.options[name]["status"] + " " + x.after.options[name]["header X-Echo-Backend"])
		pods := 1
		if s := x.lab().services[name]; s != nil && x.after.kind == forwarded && !x.kept() {
			pods = max(1, s.replicas)
		}
		for i := range pods {
			pod := ""
			if name != "" {
				pod = fmt.Sprintf(" pod-%d", i)
			}
			n := int(math.Round(share*float64(through)*float64(i+1)/float64(pods))) - int(math.Round(share*float64(through)*float64(i)/float64(pods)))
			out[key+pod] += n
		}
	}
	return out
}

func (x *expectation) lab() *Lab { return x.Converted.after.lab }

// kept says whether the model after keeps a client at one endpoint.
func (x *expectation) kept() bool {
	r := x.after.decision.Route
	return r != nil && r.Forward != nil && r.Forward.Affinity != nil
}

// others says which of the recorded requests to others are expected: those to backends are
// as the model after has them, copies as far as it copies; nobody else is asked after.
func (x *expectation) others(e *Expected) {
	asked := map[string]int{}
	for _, w := range also(&x.line.Observed) {
		name := w.Seen["also seen"]
		before, after := x.before.seen[name], x.after.seen[name]
		switch {
		case before != nil && after != nil && w.Seen["also seen method"] == "PRI" && before["backend protocol"] == after["backend protocol"]:
			e.Also = append(e.Also, w) // HTTP/2 to a server that does not speak it
		case after != nil && w.Seen["also seen path"] == before["backend path"] && asked[name] >= x.after.tries[name] && x.before.tries[name] > 1:
			e.Gone = append(e.Gone, x.named(Difference{"also seen", fmt.Sprint(x.after.tries[name], " tries"), fmt.Sprint(x.before.tries[name], " tries")}))
		case before != nil && after != nil && w.Seen["also seen path"] == before["backend path"] && w.Seen["also seen header X-Code"] == "":
			asked[name]++
			x.otherwise(e, w, renamed(before, "backend", "also seen"), renamed(after, "backend", "also seen"))
		case x.before.copies[name] != nil && x.after.copies[name] != nil:
			x.otherwise(e, w, x.before.copies[name], x.after.copies[name])
		case x.late(e, w, name):
		default:
			e.Gone = append(e.Gone, x.named(Difference{"also seen", "", w.Seen["also seen"]}))
		}
	}
}

// late says whether a copy is of the request before, as recordings may have it; it is expected
// as that one's then.
func (x *expectation) late(e *Expected, w Also, name string) bool {
	p := x.last
	if p == nil || p.before.copies[name] == nil || p.before.copies[name]["also seen path"] != w.Seen["also seen path"] {
		return false
	}
	if p.after.copies[name] != nil {
		p.otherwise(e, w, p.before.copies[name], p.after.copies[name])
	} else {
		e.Gone = append(e.Gone, p.named(Difference{"also seen", "", w.Seen["also seen"]}))
	}
	return true
}

// otherwise expects a request to others as it was recorded, but for what differs between the
// two models.
func (x *expectation) otherwise(e *Expected, w Also, before, after Facts) {
	var dims []string
	for dim := range merge(before, after) {
		if before[dim] != after[dim] {
			dims = append(dims, dim)
		}
	}
	facts := w.Seen.With(dims, after)
	e.Also = append(e.Also, Also{Seen: facts})
	for _, d := range facts.Against(w.Seen, "") {
		e.Gone = append(e.Gone, x.named(d))
	}
}

// renamed are facts of one thing as those of another.
func renamed(f Facts, from, to string) Facts {
	out := Facts{}
	for dim, v := range f {
		out[to+strings.TrimPrefix(dim, from)] = v
	}
	return out
}

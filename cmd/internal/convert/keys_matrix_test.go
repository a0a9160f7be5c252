package convert

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/nginx"
)

// shownOutcome is one way in which a key comes out, with the cases that show it.
type shownOutcome struct {
	outcome ledger.Outcome // None: ignored
	with    string         // what it takes beside the annotations; empty: nothing
	reason  string         // of the first case
	cases   []string       // "file name"
}

// outcomesOf are the ways in which a key comes out, best first, as cases show it in which
// it counts, or those that say why it does not. What it takes options for comes behind the
// rest, and only if it is not the same without them.
func outcomesOf(key string, all []keyResult) []shownOutcome {
	var out []shownOutcome
	alone := slices.ContainsFunc(all, func(k keyResult) bool { return k.key == key && k.blockedFor() == "" })
	for _, k := range all {
		if other := k.blockedFor(); k.key == key && other != "" && !alone {
			k.reason = "its route answers 503 for the sake of " + other
		} else if other != "" {
			continue
		}
		if k.key != key || k.fate != ledger.Understood && k.fate != ledger.Ignored {
			continue
		}
		with := k.at.with()
		i := slices.IndexFunc(out, func(o shownOutcome) bool { return o.outcome == k.outcome && o.with == with })
		if i < 0 {
			i = len(out)
			out = append(out, shownOutcome{outcome: k.outcome, with: with, reason: k.reason})
		}
		if name := k.at.file + " " + k.at.name; !slices.Contains(out[i].cases, name) {
			out[i].cases = append(out[i].cases, name)
		}
	}
	out = slices.DeleteFunc(out, func(o shownOutcome) bool {
		return o.with != "" && slices.ContainsFunc(out, func(p shownOutcome) bool { return p.with == "" && p.outcome == o.outcome && p.reason == o.reason })
	})
	slices.SortFunc(out, func(a, b shownOutcome) int {
		return cmp.Or(cmp.Compare(a.with, b.with), cmp.Compare(a.outcome, b.outcome))
	})
	if len(out) > 1 && out[0].outcome == ledger.None { // what it is when it counts says more
		out = out[1:]
	}
	return out
}

var othersBlock = regexp.MustCompile(`^(.*) guards this route and is not carried over$`)

// blockedFor are the other keys for which alone the route of a key answers 503: that says
// nothing about the key.
func (k keyResult) blockedFor() string {
	m := othersBlock.FindStringSubmatch(k.reason)
	if m == nil || slices.Contains(strings.Split(m[1], ", "), nginx.Prefix+k.key) {
		return ""
	}
	return m[1]
}

// with are the options that a case gives, in the words of the page.
func (c keyCase) with() string {
	var out []string
	if c.plan != "" {
		out = append(out, "a plan's authService")
	}
	if strings.Contains(c.flags, "enable-ssl-passthrough") {
		out = append(out, "--enable-ssl-passthrough")
	}
	for _, name := range []string{"allow", "rate-limit-service", "trusted-hops"} {
		if strings.Contains(c.flags, name+"=") {
			out = append(out, "--"+name)
		}
	}
	return strings.Join(out, " and ")
}

func (o shownOutcome) word() string {
	if o.outcome == ledger.None {
		return "ignored"
	}
	return o.outcome.String()
}

// way is the outcome with what it takes.
func (o shownOutcome) way() string {
	if o.with == "" {
		return o.word()
	}
	return o.word() + " with " + o.with
}

// supportMatrix is the page about all keys of ingress-nginx.
func supportMatrix(all, settings []keyResult) string {
	var b strings.Builder
	b.WriteString("# What becomes of ingress-nginx's annotations\n\nMade by `make generate` from the rule table and from the cases under " +
		"[fixtures/keys](../../fixtures/keys), each converted: a row is a way in which a key comes out, with what differs in the first case that shows it. " +
		"*With* names what it takes beside the annotations: options of `convert`, or an `authService` for the host in the ownership plan. " +
		"*Exact*: every request is answered alike, modulo the platform profile (`explain platform/contour`). *Approximated*: equally or more strict, or harmlessly " +
		"different. *Untranslated*: an answer changes, and nothing carries that over. *Blocked*: without it more would be let in, so its routes answer 503 until " +
		"somebody decides. *Ignored*: it changes no answer. `explain KEY` says the same of one key, and what invalid and empty values do.\n\n")
	countOutcomes(&b, all)
	b.WriteString("| key | scope | default | outcome | what differs | in HTTPProxy | case |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, r := range nginx.Rules() {
		key, scope, def := r.Key, string(r.Scope), r.Default
		for _, o := range outcomesOf(r.Key, all) {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", key, scope, cell(def), o.way(), cell(o.reason), cell(toDo(r, o.outcome)), links(o.cases))
			key, scope, def = "", "", ""
		}
	}
	settingsMatrix(&b, settings)
	return b.String()
}

// countOutcomes is the sentence about all keys together.
func countOutcomes(b *strings.Builder, all []keyResult) {
	counts, better := map[string]int{}, 0
	for _, r := range nginx.Rules() {
		ways := outcomesOf(r.Key, all)
		if len(ways) == 0 {
			continue // told by TestKeys
		}
		counts[ways[0].word()]++
		if slices.ContainsFunc(ways, func(o shownOutcome) bool { return o.outcome < ways[0].outcome }) {
			better++
		}
	}
	b.WriteString("Keys by the best way in which they come out without options: ")
	for i, word := range []string{"exact", "approximated", "untranslated", "blocked", "ignored"} {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(b, "%d %s", counts[word], word)
	}
	fmt.Fprintf(b, "; %d keys. Of these %d come out better with something that the outcome names.\n\n", len(nginx.Rules()), better)
}

// settingsMatrix is the second table of the page.
func settingsMatrix(b *strings.Builder, all []keyResult) {
	b.WriteString("\n## The controller's ConfigMap\n\nEach setting on its own beside one Ingress, as [fixtures/settings](../../fixtures/settings/settings.txtar) has it; " +
		"the annotation, where there is one, decides for one Ingress.\n\n| setting | default | annotation | outcome | what differs | in HTTPProxy |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, s := range nginx.Settings() {
		key, def, annotation := s.Key, s.Default, s.Annotation
		for _, o := range outcomesOf(s.Key, all) {
			note := s.Note
			if o.outcome == ledger.Exact || o.outcome == ledger.None {
				note = ""
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", key, cell(def), annotation, o.word(), cell(o.reason), cell(note))
			key, def, annotation = "", "", ""
		}
	}
}

// toDo is what is written for a key that does not come out exact, and what is left to do.
func toDo(r nginx.Rule, o ledger.Outcome) string {
	if o == ledger.Exact || o == ledger.None {
		return ""
	}
	return r.Note
}

// links name cases with their files, at most three.
func links(cases []string) string {
	byFile := map[string][]string{}
	for _, c := range cases[:min(len(cases), 3)] {
		file, name, _ := strings.Cut(c, " ")
		byFile[file] = append(byFile[file], name)
	}
	var out []string
	for _, file := range slices.Sorted(maps.Keys(byFile)) {
		out = append(out, fmt.Sprintf("[%s](../../fixtures/keys/%s.txtar) %s", file, file, strings.Join(byFile[file], ", ")))
	}
	return strings.Join(out, "; ")
}

const longestCell = 400

// cell is the first sentence of a text, as a table's cell.
func cell(text string) string {
	text, _, _ = strings.Cut(text, ". ")
	if len(text) > longestCell {
		cut := strings.LastIndexByte(text[:longestCell], ' ')
		text = text[:cut] + " ..."
	}
	return strings.NewReplacer("|", `\|`, "\n", " ", "*", `\*`, "<", `\<`, "$", `\$`).Replace(text)
}

// outcomeTable is what explain knows: a line a key and outcome, with what it takes behind.
func outcomeTable(all []keyResult) string {
	var b strings.Builder
	b.WriteString("# Made by `make generate` from fixtures/keys: key, outcome, what differs, case, with what.\n")
	for _, r := range nginx.Rules() {
		for _, o := range outcomesOf(r.Key, all) {
			fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%s\n", r.Key, o.word(), strings.NewReplacer("\t", " ", "\n", " ").Replace(o.reason), o.cases[0], o.with)
		}
	}
	return b.String()
}

// settingsTable is the same of settings, whose keys begin with "ConfigMap ".
func settingsTable(all []keyResult) string {
	var b strings.Builder
	for _, s := range nginx.Settings() {
		for _, o := range outcomesOf(s.Key, all) {
			fmt.Fprintf(&b, "ConfigMap %s\t%s\t%s\t%s\t\n", s.Key, o.word(), strings.NewReplacer("\t", " ", "\n", " ").Replace(o.reason), o.cases[0])
		}
	}
	return b.String()
}

package convert

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/nginx"
)

// shownOutcome is one way in which a key comes out, with the cases that show it.
type shownOutcome struct {
	outcome ledger.Outcome // None: ignored
	reason  string         // of the first case
	cases   []string       // "file name"
}

// outcomesOf are the ways in which a key comes out, best first, as cases show it in which
// it counts, or those that say why it does not.
func outcomesOf(key string, all []keyResult) []shownOutcome {
	var out []shownOutcome
	for _, k := range all {
		if k.key != key || strings.Contains(k.at.flags, "allow=") || k.fate != ledger.Understood && k.fate != ledger.Ignored {
			continue
		}
		i := slices.IndexFunc(out, func(o shownOutcome) bool { return o.outcome == k.outcome })
		if i < 0 {
			i = len(out)
			out = append(out, shownOutcome{outcome: k.outcome, reason: k.reason})
		}
		if name := k.at.file + " " + k.at.name; !slices.Contains(out[i].cases, name) {
			out[i].cases = append(out[i].cases, name)
		}
	}
	slices.SortFunc(out, func(a, b shownOutcome) int { return cmp.Compare(a.outcome, b.outcome) })
	if len(out) > 1 && out[0].outcome == ledger.None { // what it is when it counts says more
		out = out[1:]
	}
	return out
}

func (o shownOutcome) word() string {
	if o.outcome == ledger.None {
		return "ignored"
	}
	return o.outcome.String()
}

// supportMatrix is the page about all keys of ingress-nginx.
func supportMatrix(all, settings []keyResult) string {
	var b strings.Builder
	b.WriteString("# What becomes of ingress-nginx's annotations\n\nMade by `make generate` from the rule table and from the cases under " +
		"[fixtures/keys](../../fixtures/keys), each converted: a row is a way in which a key comes out, with what differs in the first case that shows it. " +
		"*Exact*: every request is answered alike, modulo the platform profile (`explain platform/contour`). *Approximated*: equally or more strict, or harmlessly " +
		"different. *Untranslated*: an answer changes, and nothing carries that over. *Blocked*: without it more would be let in, so its routes answer 503 until " +
		"somebody decides. *Ignored*: it changes no answer. `explain KEY` says the same of one key, and what invalid and empty values do.\n\n")
	counts := map[string]int{}
	for _, r := range nginx.Rules() {
		for i, o := range outcomesOf(r.Key, all) {
			if i == 0 {
				counts[o.word()]++
			}
		}
	}
	b.WriteString("Keys by the best way in which they come out: ")
	for i, word := range []string{"exact", "approximated", "untranslated", "blocked", "ignored"} {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%d %s", counts[word], word)
	}
	fmt.Fprintf(&b, "; %d keys.\n\n", len(nginx.Rules()))
	b.WriteString("| key | scope | default | outcome | what differs | what to do | case |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, r := range nginx.Rules() {
		key, scope, def := r.Key, string(r.Scope), r.Default
		for _, o := range outcomesOf(r.Key, all) {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", key, scope, cell(def), o.word(), cell(o.reason), cell(toDo(r, o.outcome)), links(o.cases))
			key, scope, def = "", "", ""
		}
	}
	settingsMatrix(&b, settings)
	return b.String()
}

// settingsMatrix is the second table of the page.
func settingsMatrix(b *strings.Builder, all []keyResult) {
	b.WriteString("\n## The controller's ConfigMap\n\nEach setting on its own beside one Ingress, as [fixtures/settings](../../fixtures/settings/settings.txtar) has it; " +
		"the annotation, where there is one, decides for one Ingress.\n\n| setting | default | annotation | outcome | what differs | what to do |\n| --- | --- | --- | --- | --- | --- |\n")
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

// toDo is what somebody does about an outcome.
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

const longestCell = 160

// cell is the first sentence of a text, as a table's cell.
func cell(text string) string {
	text, _, _ = strings.Cut(text, ". ")
	if len(text) > longestCell {
		cut := strings.LastIndexByte(text[:longestCell], ' ')
		text = text[:cut] + " ..."
	}
	return strings.NewReplacer("|", `\|`, "\n", " ", "*", `\*`, "<", `\<`, "$", `\$`).Replace(text)
}

// outcomeTable is what explain knows: a line a key and outcome.
func outcomeTable(all []keyResult) string {
	var b strings.Builder
	b.WriteString("# Made by `make generate` from fixtures/keys: key, outcome, what differs, case.\n")
	for _, r := range nginx.Rules() {
		for _, o := range outcomesOf(r.Key, all) {
			fmt.Fprintf(&b, "%s\t%s\t%s\t%s\n", r.Key, o.word(), strings.NewReplacer("\t", " ", "\n", " ").Replace(o.reason), o.cases[0])
		}
	}
	return b.String()
}

// settingsTable is the same of settings, whose keys begin with "ConfigMap ".
func settingsTable(all []keyResult) string {
	var b strings.Builder
	for _, s := range nginx.Settings() {
		for _, o := range outcomesOf(s.Key, all) {
			fmt.Fprintf(&b, "ConfigMap %s\t%s\t%s\t%s\n", s.Key, o.word(), strings.NewReplacer("\t", " ", "\n", " ").Replace(o.reason), o.cases[0])
		}
	}
	return b.String()
}

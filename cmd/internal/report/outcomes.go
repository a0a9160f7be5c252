package report

import (
	_ "embed"
	"strings"
)

// outcomesTable is made from the cases under fixtures/keys, each converted: lines of key,
// outcome, what differs, the case, and what it takes beside the annotations.
//
//go:embed outcomes.tsv
var outcomesTable string

// keyOutcome is one way in which a key comes out.
type keyOutcome struct {
	word   string // of an outcome, or "ignored"
	reason string
	shown  string // by this case: file and name
	with   string // what it takes beside the annotations; empty: nothing
}

// keyOutcomes are those of an annotation key without its prefix, or of "ConfigMap KEY", best
// first.
func keyOutcomes(key string) []keyOutcome {
	var out []keyOutcome
	for line := range strings.Lines(outcomesTable) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) == 5 && f[0] == key {
			out = append(out, keyOutcome{f[1], f[2], f[3], f[4]})
		}
	}
	return out
}

// converted says what a conversion makes of a key.
func (p *printer) converted(key string) {
	title := "converted"
	for _, o := range keyOutcomes(key) {
		text := p.word(o.word)
		if o.with != "" {
			text += " with " + o.with
		}
		if o.reason != "" {
			text += ": " + o.reason
		}
		file, name, _ := strings.Cut(o.shown, " ")
		dir := "keys"
		if file == "settings" {
			dir = file
		}
		p.line("  %-10s %s %s", title, text, p.faint.Render("(fixtures/"+dir+"/"+file+".txtar: "+name+")"))
		title = ""
	}
}

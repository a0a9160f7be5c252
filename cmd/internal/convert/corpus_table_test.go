package convert

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/nginx"
)

// tables are the rows of all Markdown tables of a page by their first cell.
type tables map[string][]string

// readTables reads a page like that about the corpus.
func readTables(t *testing.T, file string) tables {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows := tables{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSuffix(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 3 || cells[0] != "" {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows[cells[1]] = cells[2:]
	}
	return rows
}

// was is a number of a row, "0" where there is none.
func (rows tables) was(row string, column int) string {
	if cells := rows[row]; column < len(cells) && cells[column] != "" {
		return cells[column]
	}
	return "0"
}

// sum is that of a column of the table of annotations.
func (rows tables) sum(column int) string {
	sum := 0
	for _, cells := range rows {
		if len(cells) == len(corpusStates) {
			n, _ := strconv.Atoi(cells[column]) // a heading, and an empty cell, are none
			sum += n
		}
	}
	return strconv.Itoa(sum)
}

// corpusStates are the columns of the table of annotations.
var corpusStates = []string{"exact", "approximated", "untranslated", "blocked", "malformed", "ignored", "unknown"}

// corpusTable is the page about both ways to read the corpus, beside what it said before.
func corpusTable(asIs, wideOpen *tally, before tables) string {
	var b strings.Builder
	b.WriteString("# How real manifests come out\n\nMade by `go test ./cmd/internal/convert -run Corpus -args -update` from manifests of public repositories, " +
		"each converted on its own: *as it is*, with the class `nginx` and without classless Ingresses, and *every class*, with each Ingress taken as " +
		"ingress-nginx's. A host counts once a repository, in the worst row that one of its routes is in. *Before* is how they came out when conversions " +
		"went by routing alone, and everything else that annotations ask for was left for somebody to decide.\n\n")
	b.WriteString("| | as it is, before | as it is | every class, before | every class |\n| --- | ---: | ---: | ---: | ---: |\n")
	row := func(name string, x, y int) {
		fmt.Fprintf(&b, "| %s | %s | %d | %s | %d |\n", name, before.was(name, 0), x, before.was(name, 1), y)
	}
	row("documents", asIs.documents, wideOpen.documents)
	row("Ingresses read", asIs.ingresses, wideOpen.ingresses)
	row("documents and objects refused", asIs.unreadable, wideOpen.unreadable)
	for _, name := range []string{"clean", "approximated", "untranslated", "blocked", "withheld", "no form"} {
		row("hosts: "+name, asIs.hosts[name], wideOpen.hosts[name])
	}
	for _, v := range []Verdict{Equal, NotProved, Different} {
		row("hosts compared: "+string(v), asIs.proofs[v], wideOpen.proofs[v])
	}
	row("differences, each named by an edit", asIs.differences, wideOpen.differences)
	b.WriteString("\n## Annotations, every class\n\nNumbers of annotations; where they were others before, those stand in brackets.\n\n")
	fmt.Fprintf(&b, "| key | %s |\n| --- |%s\n", strings.Join(corpusStates, " | "), strings.Repeat(" ---: |", len(corpusStates)))
	b.WriteString("| *all* |")
	for i, s := range corpusStates {
		sum := 0
		for _, counts := range wideOpen.keys {
			sum += counts[s]
		}
		b.WriteString(compared(fmt.Sprint(sum), before.sum(i)))
	}
	b.WriteByte('\n')
	for _, key := range slices.Sorted(maps.Keys(wideOpen.keys)) {
		short := strings.TrimPrefix(key, nginx.Prefix)
		fmt.Fprintf(&b, "| %s |", short)
		for i, s := range corpusStates {
			b.WriteString(compared(fmt.Sprint(wideOpen.keys[key][s]), before.was(short, i)))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// compared is a cell with a number and what it was; a zero that was one is left out.
func compared(is, was string) string {
	switch {
	case is == was && is == "0":
		return " |"
	case is == was:
		return " " + is + " |"
	}
	return " " + is + " (" + was + ") |"
}

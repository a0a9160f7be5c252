package convert

import (
	"testing"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// TestExitCode: the highest code wins, and a host withheld for another reason than an
// unexplained difference does not count as one.
func TestExitCode(t *testing.T) {
	blocked := []ledger.Finding{{Severity: ledger.Refusal}}
	for name, c := range map[string]struct {
		res   Result
		never bool
		want  int
	}{
		"nothing":     {Result{Meaning: Meaning{Set: &manifest.Set{}}}, false, 0},
		"blocked":     {Result{Meaning: Meaning{Set: &manifest.Set{}}, Findings: blocked}, false, 2},
		"none":        {Result{Meaning: Meaning{Set: &manifest.Set{}}, Findings: blocked}, true, 0},
		"unreadable":  {Result{Meaning: Meaning{Set: &manifest.Set{Unreadable: 1}}, Findings: blocked}, false, 3},
		"withheld":    {Result{Meaning: Meaning{Set: &manifest.Set{}}, Findings: blocked, Hosts: []Host{{Withheld: "no form"}}}, false, 2},
		"unexplained": {Result{Meaning: Meaning{Set: &manifest.Set{Unreadable: 1}}, Hosts: []Host{{}, {Withheld: "unexplained difference: GET /"}}}, true, 4},
	} {
		if got := c.res.ExitCode(ledger.Refusal, c.never); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

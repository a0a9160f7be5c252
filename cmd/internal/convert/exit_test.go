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
	open := []ledger.Finding{{Severity: ledger.Warning, Rule: "not-proved"}}
	for name, c := range map[string]struct {
		res  Result
		fail FailOn
		want int
	}{
		"nothing":     {Result{Meaning: Meaning{Set: &manifest.Set{}}}, FailOn{Severity: ledger.Refusal}, 0},
		"blocked":     {Result{Meaning: Meaning{Set: &manifest.Set{}}, Findings: blocked}, FailOn{Severity: ledger.Refusal}, 2},
		"none":        {Result{Meaning: Meaning{Set: &manifest.Set{}}, Findings: blocked}, FailOn{Never: true}, 0},
		"unreadable":  {Result{Meaning: Meaning{Set: &manifest.Set{Unreadable: 1}}, Findings: blocked}, FailOn{Severity: ledger.Refusal}, 3},
		"not proved":  {Result{Meaning: Meaning{Set: &manifest.Set{}}, Findings: open}, FailOn{Severity: ledger.Refusal}, 0},
		"and counts":  {Result{Meaning: Meaning{Set: &manifest.Set{}}, Findings: open}, FailOn{Severity: ledger.Refusal, NotProved: true}, 2},
		"withheld":    {Result{Meaning: Meaning{Set: &manifest.Set{}}, Findings: blocked, Hosts: []Host{{Withheld: "no form"}}}, FailOn{Severity: ledger.Refusal}, 2},
		"unexplained": {Result{Meaning: Meaning{Set: &manifest.Set{Unreadable: 1}}, Hosts: []Host{{}, {Withheld: "unexplained difference: GET /"}}}, FailOn{Never: true}, 4},
	} {
		if got := c.res.ExitCode(c.fail); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

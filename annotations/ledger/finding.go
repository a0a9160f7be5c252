package ledger

import (
	"cmp"
	"slices"
)

// Severity ranks a finding.
type Severity uint8

// The severities, mildest first.
const (
	Info Severity = iota
	Warning
	Error   // a document or object that could not be read
	Refusal // a route that is blocked or a host that is withheld
)

var severityNames = []string{"info", "warning", "error", "blocked"}

func (s Severity) String() string { return severityNames[s] }

// MarshalText writes the name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name.
func (s *Severity) UnmarshalText(text []byte) error { return unmarshalName(s, severityNames, text) }

// Finding is something that a person should know about the input or the result.
type Finding struct {
	Rule     string   `json:"rule"` // stable id, explained by `explain RULE`
	Severity Severity `json:"severity"`
	Origin   Origin   `json:"origin"`
	Host     string   `json:"host,omitempty"`
	Message  string   `json:"message"` // what is so
	Action   string   `json:"action"`  // what to do
}

// SortFindings orders findings by severity (worst first), origin, rule, host and message,
// and drops those that are equal.
func SortFindings(fs []Finding) []Finding {
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(b.Severity, a.Severity), a.Origin.Compare(b.Origin),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Host, b.Host), cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(fs)
}

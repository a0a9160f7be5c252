package ledger

import (
	"fmt"
	"slices"
)

// Fate is what interpretation made of an entry, before any target.
type Fate uint8

// The fates. An entry that is still Open when the run ends is a bug of ours.
const (
	Open       Fate = iota
	Understood      // it has a meaning, which the target must carry
	Ignored         // the controller does not let it change an answer
	Malformed       // the value is invalid; the reason says what the controller does with it
	Unknown         // no controller reads it
)

// Outcome is what the target made of an understood entry, best first.
type Outcome uint8

// The outcomes, worst last. None means that no target has closed the entry.
const (
	None Outcome = iota
	Exact
	Approximated // carried over with a named difference
	Untranslated // changes an answer, and nothing carries that over
	Blocked      // dropping it would be less strict, so the route answers 503
)

var (
	fateNames    = []string{"open", "understood", "ignored", "malformed", "unknown"}
	outcomeNames = []string{"none", "exact", "approximated", "untranslated", "blocked"}
	kindNames    = []string{"document", "annotation", "label", "field"}
)

// Kind says what sort of input an entry accounts for.
type Kind uint8

// The kinds of entries.
const (
	Document Kind = iota
	Annotation
	Label
	Field
)

func (f Fate) String() string    { return fateNames[f] }
func (o Outcome) String() string { return outcomeNames[o] }
func (k Kind) String() string    { return kindNames[k] }

// MarshalText writes the name.
func (f Fate) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// MarshalText writes the name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// MarshalText writes the name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a name.
func (f *Fate) UnmarshalText(text []byte) error { return unmarshalName(f, fateNames, text) }

// UnmarshalText reads a name.
func (o *Outcome) UnmarshalText(text []byte) error { return unmarshalName(o, outcomeNames, text) }

// UnmarshalText reads a name.
func (k *Kind) UnmarshalText(text []byte) error { return unmarshalName(k, kindNames, text) }

func unmarshalName[T ~uint8](to *T, names []string, text []byte) error {
	i := slices.Index(names, string(text))
	if i < 0 {
		return fmt.Errorf("%q is none of %v", text, names)
	}
	*to = T(i)
	return nil
}

// Entry accounts for one document, annotation, label or field of the input.
type Entry struct {
	Origin
	Value   string        `json:"value,omitempty"` // as written; withheld where it may be secret
	Kind    Kind          `json:"kind"`            // beside Fate: there are very many entries
	Fate    Fate          `json:"fate"`
	Outcome Outcome       `json:"outcome,omitempty"` // the worst over all routes; None unless understood
	Reason  string        `json:"reason,omitempty"`  // never empty, unless the outcome is exact
	Where   []string      `json:"where,omitempty"`   // objects that carry it, sorted
	Routes  []RouteResult `json:"routes,omitempty"`  // the routes where it did not come out exact
}

// RouteResult is the outcome of an entry on one route.
type RouteResult struct {
	Host    string  `json:"host"`
	Route   string  `json:"route"` // the printed path match
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason"`
}

package intent

import (
	"fmt"
	"slices"
	"strings"
)

// Match is the condition of a route: the path, and all of the others.
type Match struct {
	Path    Path     `text:"path"`
	Methods []string `text:"method"` // one of them; none: any
	Headers []Cond   `text:"header"` // ":method", ":path" with the query, ":authority" and ":scheme" are the request's own
	Query   []Cond   `text:"query"`
	Cookies []Cond   `text:"cookie"`
}

// PathKind is how a path is compared.
type PathKind uint8

// The path kinds.
const (
	// StringPrefix: the path starts with Value.
	StringPrefix PathKind = iota
	// SegmentPrefix: the path is Value, or goes on with "/" behind it. A Value that
	// ends in "/" is the same as without it, and "/" matches every path.
	SegmentPrefix
	// ExactPath: the path is Value.
	ExactPath
	// RegexPath: Value, a regular expression in RE2 syntax, is searched in the path.
	// "^" and "$" are in Value where the match is bound to an end, so that an
	// open-ended match is one without "$".
	RegexPath
)

var pathKindNames = []string{"prefix", "segment", "exact", "regex"}

// Path is a condition on the path of the request, without its query.
type Path struct {
	Kind  PathKind
	Value string
	Fold  bool // letters compare without their case
}

func (p Path) String() string {
	kind := pathKindNames[p.Kind]
	if p.Fold {
		kind += "-fold"
	}
	return kind + " " + p.Value
}

// MarshalText writes "kind value", or "kind-fold value".
func (p Path) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *Path) UnmarshalText(text []byte) error {
	kind, value, ok := strings.Cut(string(text), " ")
	kind, fold := strings.CutSuffix(kind, "-fold")
	i := slices.Index(pathKindNames, kind)
	if !ok || i < 0 {
		return fmt.Errorf("path %q: want one of %v and a value", text, pathKindNames)
	}
	*p = Path{Kind: PathKind(i), Value: value, Fold: fold}
	return nil
}

// Op is how a condition compares a header, query argument or cookie.
type Op uint8

// The operators. All but Absent need the thing to be there.
const (
	Present Op = iota
	Absent
	Is         // equal
	HasPrefix  // starts with
	HasSuffix  // ends with
	Contains   // has it somewhere
	Matches    // RE2, the whole value
	IsNot      // not equal
	NotHas     // Contains does not hold
	NotMatches // Matches does not hold
)

var opNames = []string{"present", "absent", "is", "has-prefix", "has-suffix", "contains", "matches", "is-not", "has-not", "matches-not"}

// Cond is a condition on a header (name without case), query argument or cookie. Of a
// name that occurs more than once the first counts.
type Cond struct {
	Name         string
	Op           Op
	Value        string
	Fold         bool // letters compare without their case
	MissingEmpty bool // absent is read as empty, which lets negative operators hold
}

func (c Cond) String() string {
	op := opNames[c.Op]
	if c.Fold {
		op += "-fold"
	}
	if c.MissingEmpty {
		op += "-or-missing"
	}
	return c.Name + " " + op + " " + c.Value
}

// MarshalText writes "name operator value".
func (c Cond) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *Cond) UnmarshalText(text []byte) error {
	parts := strings.SplitN(string(text), " ", 3)
	if len(parts) != 3 {
		return fmt.Errorf("condition %q: want name, operator and value", text)
	}
	op, missing := strings.CutSuffix(parts[1], "-or-missing")
	op, fold := strings.CutSuffix(op, "-fold")
	i := slices.Index(opNames, op)
	if i < 0 {
		return fmt.Errorf("condition %q: operator is none of %v", text, opNames)
	}
	*c = Cond{Name: parts[0], Op: Op(i), Value: parts[2], Fold: fold, MissingEmpty: missing}
	return nil
}

var pathFormNames = []string{"decoded", "normalized"}

// MarshalText writes the name.
func (f PathForm) MarshalText() ([]byte, error) { return []byte(pathFormNames[f]), nil }

// UnmarshalText reads a name.
func (f *PathForm) UnmarshalText(text []byte) error {
	i := slices.Index(pathFormNames, string(text))
	if i < 0 {
		return fmt.Errorf("path form %q is none of %v", text, pathFormNames)
	}
	*f = PathForm(i)
	return nil
}

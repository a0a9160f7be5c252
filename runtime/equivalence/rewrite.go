package equivalence

import (
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/automaton"
)

// form is an upstream path as a function of the request's: a text, and behind it what is
// left of the path without its first bytes. A constant has no rest.
type form struct {
	text     string
	drop     int
	constant bool
}

// identity leaves the path as it is.
var identity = form{}

// rewriteForms are the cases of a rewrite, the first one that applies counting. Where none
// applies the path stays.
type rewriteForms struct {
	cases []rewriteCase
	why   string // why the rewrite is not followed; else ""
}

type rewriteCase struct {
	when int // number of a condition on the path
	form form
}

// unfollowed says that a rewrite has none of the forms that are followed.
const unfollowed = "a rewrite that is more than a text and the rest of the path"

// rewrites are the forms of a route's rewrite, or of its redirect to a part of the path; nil
// where it has none.
func (q *question) rewrites(r *intent.Route, view automaton.View) (*rewriteForms, error) {
	rw := rewriteOf(r)
	if rw == nil {
		return nil, nil
	}
	var cases []guardedForm
	switch rw.Kind {
	case intent.FullPath:
		cases = []guardedForm{{intent.Path{Kind: intent.StringPrefix, Value: "/"}, form{text: rw.To, constant: true}}}
	case intent.SwapPrefix:
		cases = []guardedForm{{intent.Path{Kind: intent.StringPrefix, Value: rw.From, Fold: rw.Fold}, form{text: rw.To, drop: len(rw.From)}}}
	default:
		var ok bool
		if cases, ok = capturing(rw, r.Match.Path); !ok {
			return &rewriteForms{why: unfollowed}, nil
		}
	}
	out := &rewriteForms{}
	for _, c := range cases {
		n, err := q.path(c.when, view)
		if err != nil {
			return nil, err
		}
		q.probed(n)
		out.cases = append(out.cases, rewriteCase{n, c.form})
		if err := q.alone(c, view); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// alone tells the path that a case is about to the byte from those that go on: only there
// the result is one text, which may be empty.
func (q *question) alone(c guardedForm, view automaton.View) error {
	p := c.when
	p.Kind = intent.ExactPath
	n, err := q.path(p, view)
	if err == nil {
		q.probed(n)
	}
	return err
}

// of is what a rewrite does to the paths of an end; false if it is not followed.
func (f *rewriteForms) of(e automaton.End) (form, bool) {
	if f == nil {
		return identity, true
	}
	if f.why != "" {
		return form{}, false
	}
	for _, c := range f.cases {
		if e.Holds.Has(c.when) {
			return c.form, true
		}
	}
	return identity, true
}

// agree says whether two forms are one function on the paths of an end, whose first bytes
// are fixed, up to the whole path where exact is set.
func agree(f, g form, e automaton.End, fixed int, exact bool) bool {
	switch {
	case f == g:
		return true
	case exact && fixed == len(e.Text):
		return f.apply(e.Text) == g.apply(e.Text)
	case f.constant || g.constant:
		return false
	}
	far := max(f.drop, g.drop)
	if f.drop != g.drop && far > fixed || far > len(e.Text) {
		return false
	}
	return f.text+e.Text[f.drop:far] == g.text+e.Text[g.drop:far]
}

func (f form) apply(path string) string {
	if f.constant || f.drop > len(path) {
		return f.text
	}
	return f.text + path[f.drop:]
}

// guardedForm is a form with the paths that it is for.
type guardedForm struct {
	when intent.Path
	form form
}

// capturing reads a regular expression that is a literal with one of the tails below, and a
// target that is a text with the captured rest behind it.
func capturing(rw *intent.Rewrite, match intent.Path) ([]guardedForm, bool) {
	from := strings.TrimPrefix(rw.From, "^")
	if !strings.HasPrefix(rw.From, "^") && rw.Fold != match.Fold {
		return nil, false // found elsewhere, where the letters have the case
	}
	if match.Kind != intent.RegexPath || strings.TrimPrefix(match.Value, "^") != from || !strings.HasPrefix(match.Value, "^") {
		return nil, false // the pattern may be found further behind in the path
	}
	lit, tail, ok := splitPattern(from)
	if !ok {
		return nil, false
	}
	var out []guardedForm
	for _, c := range tail {
		f, ok := c.expand(rw.To, len(lit))
		if !ok {
			return nil, false
		}
		out = append(out, guardedForm{intent.Path{Kind: c.kind, Value: lit + c.then, Fold: rw.Fold}, f})
	}
	return out, true
}

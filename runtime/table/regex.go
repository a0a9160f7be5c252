package table

import (
	"regexp"
	"regexp/syntax"
	"sync"
	"unicode/utf8"
)

// regexes are the regular expressions of a model; equal ones are compiled once.
type regexes struct {
	compiled map[expression]compiled
	rewrites map[expression]*rewriter
}

// expression is the text of a regular expression.
type expression struct {
	text  string
	fold  bool // letters compare without their case
	whole bool // the value has to match from end to end
}

type compiled struct {
	regex *regexp.Regexp
	err   error
}

func newRegexes() *regexes {
	return &regexes{compiled: map[expression]compiled{}, rewrites: map[expression]*rewriter{}}
}

func (e expression) String() string {
	text := e.text
	if e.whole {
		text = `\A(?:` + text + `)\z`
	}
	if e.fold {
		text = "(?i)" + text
	}
	return text
}

func (x *regexes) compile(e expression) (*regexp.Regexp, error) {
	known, ok := x.compiled[e]
	if !ok {
		known.regex, known.err = regexp.Compile(e.String())
		x.compiled[e] = known
	}
	return known.regex, known.err
}

// rewriter is the regular expression of a rewrite, compiled when it is first used: of many
// routes few are asked for, and a match does without it.
type rewriter struct {
	expression
	once  sync.Once
	regex *regexp.Regexp
}

// rewriter fails where the expression would not compile.
func (x *regexes) rewriter(e expression) (*rewriter, error) {
	if r := x.rewrites[e]; r != nil {
		return r, nil
	}
	if !plainlyValid(e.text) {
		if _, err := syntax.Parse(e.String(), syntax.Perl); err != nil {
			return nil, err
		}
	}
	r := &rewriter{expression: e}
	x.rewrites[e] = r
	return r, nil
}

// plainlyValid says whether an expression compiles for sure.
func plainlyValid(text string) bool {
	_, _, ok := plainText(text)
	return ok && len(text) < 1<<10 && utf8.ValidString(text)
}

// submatches is where the path and its captures match, as FindStringSubmatchIndex gives it.
func (r *rewriter) submatches(path string) []int {
	r.once.Do(func() { r.regex = regexp.MustCompile(r.expression.String()) })
	return r.regex.FindStringSubmatchIndex(path)
}

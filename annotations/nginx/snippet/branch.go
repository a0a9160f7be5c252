package snippet

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Branch is one way through the steps of a place.
type Branch struct {
	When  []Cond            // all of them hold; variables are nginx's own
	Steps []Step            // what is in force then, without what runs in its place
	End   *Step             // a Return, Rewrite or Break; nil: the end was reached
	Vars  map[string]string // of set, for the texts of Steps and End; they hold no others of set
}

// Ends is what a branch comes to; nil: it goes on to the location's upstream.
func (b Branch) Ends() Action {
	if b.End == nil {
		return nil
	}
	return b.End.Do
}

// mostBranches is how many ways through one snippet are followed.
const mostBranches = 64

// Branches follows the steps of a place as nginx's rewrite module runs them. Of the
// branches the first whose conditions hold is taken; the last one has none. Constants are
// variables of nginx that are known beforehand, without "$". The Unread is where it can not
// be followed.
func Branches(steps []Step, constants map[string]string) ([]Branch, *Unread) {
	w := &walk{base: declared(steps), constants: constants}
	vars := map[string]string{}
	for _, s := range Sets(steps) {
		vars[s.Do.(Set).Name] = "" // until it is set
	}
	w.run(steps, Branch{Steps: w.base, Vars: vars})
	if w.stuck != nil {
		return nil, w.stuck
	}
	return w.out, nil
}

type walk struct {
	base      []Step // of the place itself
	constants map[string]string
	out       []Branch
	stuck     *Unread
}

func (w *walk) stop(s Step, why string) { w.stuck = &Unread{Line: s.Line, Name: s.Name, Why: why} }

func (w *walk) run(todo []Step, b Branch) {
	for i, s := range todo {
		switch a := s.Do.(type) {
		case Set:
			vars := clone(b.Vars)
			vars[a.Name] = Fill(a.Value, vars)
			b.Vars = vars
		case Return, Break:
			b.End = &todo[i]
		case Rewrite:
			w.rewrite(todo[i:], a, b)
			return
		case If:
			w.decide(todo[i:], a, b)
			return
		}
		if b.End != nil {
			break
		}
	}
	if len(w.out) == mostBranches && w.stuck == nil {
		w.stuck = &Unread{Line: 1, Why: "not read, since there are too many conditions"}
	}
	if w.stuck == nil {
		w.out = append(w.out, b)
	}
}

// decide goes both ways of an if. What its block declares takes the place of what another
// if before it declared.
func (w *walk) decide(todo []Step, a If, b Branch) {
	then := func(b Branch) {
		b.Steps = Inherit(w.base, declared(a.Then))
		w.run(slices.Concat(a.Then, todo[1:]), b)
	}
	w.split(todo, a.Cond, b, then)
}

// rewrite goes on where the pattern is not found. One that only changes the path ends there,
// since what comes behind it would see the new path.
func (w *walk) rewrite(todo []Step, a Rewrite, b Branch) {
	cond := Cond{Var: "uri", Op: Matches, Value: a.Pattern}
	if a.Status == 0 && len(todo) == 1 {
		b.End = &todo[0]
		w.run(nil, b)
		return
	}
	w.split(todo, cond, b, func(b Branch) {
		b.End = &todo[0]
		w.run(nil, b)
	})
}

// split goes both ways, or the one that is known to be taken.
func (w *walk) split(todo []Step, c Cond, b Branch, then func(Branch)) {
	if w.stuck != nil {
		return
	}
	if value, constant, ok := w.resolve(b, &c); !ok {
		w.stop(todo[0], fmt.Sprintf("not read, since nobody can say what $%s is", c.Var))
	} else if constant {
		holds, err := c.Holds(value)
		switch {
		case err != nil:
			w.stop(todo[0], err.Error())
		case holds:
			then(b)
		default:
			w.run(todo[1:], b)
		}
	} else {
		yes := b
		c.Line = todo[0].Line
		yes.When = append(slices.Clip(b.When), c)
		then(yes)
		w.run(todo[1:], b)
	}
}

// resolve puts what set gave in the place of the condition's variable. A constant one has a
// value; ok is false where it is a text with variables in it.
func (w *walk) resolve(b Branch, c *Cond) (value string, constant, ok bool) {
	c.Value = b.fillOperand(*c)
	ok = c.Op == Matches || !strings.Contains(c.Value, "$")
	if value, isSet := b.Vars[c.Var]; isSet {
		name := strings.Trim(value, "${}")
		switch {
		case !strings.Contains(value, "$"):
			return value, true, ok
		case value != "$"+name && value != "${"+name+"}" || !variableName.MatchString("$"+name):
			return "", false, false
		}
		c.Var = name
	}
	value, constant = w.constants[c.Var]
	return value, constant, ok
}

// fillOperand is what a condition compares with; a "$" in a pattern is no variable.
func (b Branch) fillOperand(c Cond) string {
	if c.Op == Matches {
		return c.Value
	}
	return Fill(c.Value, b.Vars)
}

// Holds says whether the condition holds for a value; the error names a pattern that is no
// regular expression here (RE2).
func (c Cond) Holds(value string) (bool, error) {
	holds := false
	switch c.Op {
	case Filled:
		holds = value != "" && value != "0"
	case Equals:
		holds = value == c.Value
	case Matches:
		pattern := c.Value
		if c.Fold {
			pattern = "(?i)" + pattern
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			return false, fmt.Errorf("not read, since %q is no regular expression of RE2", c.Value)
		}
		holds = re.MatchString(value)
	}
	return holds != c.Not, nil
}

var variable = regexp.MustCompile(`\$(?:\{(\w+)\}|(\w+))`)

// Fill puts the values of variables into a text; others stay as they are written.
func Fill(text string, vars map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(found string) string {
		if value, known := vars[strings.Trim(found, "${}")]; known {
			return value
		}
		return found
	})
}

func clone(m map[string]string) map[string]string {
	out := make(map[string]string, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	return out
}

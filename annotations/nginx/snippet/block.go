package snippet

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/nginx/conf"
)

// CondOp is how an if compares.
type CondOp uint8

// The operators.
const (
	Filled  CondOp = iota // neither empty nor "0"
	Equals                // "=", "!="
	Matches               // "~", "!~" and, without case, "~*", "!~*"
)

// Cond is the condition of an if.
type Cond struct {
	Var   string // without "$"
	Op    CondOp
	Value string
	Not   bool
	Fold  bool // letters compare without their case
	Line  int  // of the directive that asks; in a Branch only
}

var condOps = map[string]Cond{
	"=": {Op: Equals}, "!=": {Op: Equals, Not: true}, "~": {Op: Matches}, "~*": {Op: Matches, Fold: true},
	"!~": {Op: Matches, Not: true}, "!~*": {Op: Matches, Not: true, Fold: true},
}

// readIf reads an if with its block.
func readIf(d conf.Directive, in Place) (Action, []Unread, error) {
	cond, err := readCond(d.Args)
	if d.Block == nil {
		err = errors.New("nginx refuses its configuration, since there is no block")
	}
	if in == InServer {
		in = inServerIf
	} else {
		in = inIf
	}
	then, unread := read(d.Block, in)
	return If{cond, then}, unread, err
}

// readCond reads the words between the parentheses, which may cling to them.
func readCond(args []string) (Cond, error) {
	words := slices.Clone(args)
	n := len(words)
	if n == 0 || !strings.HasPrefix(words[0], "(") || !strings.HasSuffix(words[n-1], ")") || n == 1 && len(words[0]) < 3 {
		return Cond{}, errors.New("nginx refuses its configuration, since there is no condition in parentheses")
	}
	words[0] = words[0][1:]
	words[n-1] = strings.TrimSuffix(words[n-1], ")")
	if n > 1 && args[n-1] == ")" {
		words = words[:n-1]
	}
	if n > 1 && args[0] == "(" {
		words = words[1:]
	}
	if len(words) != 1 && len(words) != 3 || !variableName.MatchString(words[0]) {
		return Cond{}, fmt.Errorf("not read with the condition %s", strings.Join(args, " "))
	}
	c := Cond{}
	if len(words) == 3 {
		var known bool
		if c, known = condOps[words[1]]; !known {
			return Cond{}, fmt.Errorf("not read with the condition %s", strings.Join(args, " "))
		}
		c.Value = words[2]
	}
	c.Var = words[0][1:]
	return c, nil
}

// readLocation reads a location of a server with its block.
func readLocation(d conf.Directive) (Action, []Unread, error) {
	if d.Block == nil {
		return nil, nil, errors.New("nginx refuses its configuration, since there is no block")
	}
	l := Location{Line: d.Line}
	switch {
	case len(d.Args) == 1:
		l.Path = d.Args[0]
		for _, m := range []string{"=", "^~", "~*", "~"} { // they may cling to the path
			if rest, found := strings.CutPrefix(l.Path, m); found {
				l.Modifier, l.Path = m, rest
				break
			}
		}
	case len(d.Args) == 2 && slices.Contains([]string{"=", "^~", "~*", "~"}, d.Args[0]):
		l.Modifier, l.Path = d.Args[0], d.Args[1]
	default:
		return nil, nil, errArgs
	}
	steps, unread := read(d.Block, InLocation)
	l.Steps = steps
	if !strings.HasPrefix(l.Modifier, "~") && !strings.HasPrefix(l.Path, "/") {
		return nil, unread, fmt.Errorf("not read with the path %q", l.Path)
	}
	return l, unread, nil
}

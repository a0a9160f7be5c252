package nginx

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

// narrowPath is the condition on a path that holds where both do; it is not possible where
// they exclude each other.
func narrowPath(p intent.Path, c snippet.Cond) (narrowed intent.Path, possible bool, err error) {
	if p.Kind == intent.ExactPath && !p.Fold {
		holds, err := c.Holds(p.Value)
		return p, holds, err
	}
	shape := patternShape{literal: c.Value, exact: true}
	if c.Op == snippet.Matches {
		if shape, err = shapeOf(c.Value); err != nil {
			return p, false, err
		}
	}
	simple := !c.Fold && !p.Fold
	switch {
	case c.Not || c.Op == snippet.Filled:
	case shape.exact && !c.Fold:
		possible, err := fits(p, shape.literal)
		return intent.Path{Kind: intent.ExactPath, Value: shape.literal}, possible, err
	case everything(p) && shape.open && !c.Fold && shape.literal != "":
		return intent.Path{Kind: intent.StringPrefix, Value: shape.literal}, true, nil
	case everything(p):
		return intent.Path{Kind: intent.RegexPath, Value: c.Value, Fold: c.Fold}, true, nil
	case p.Kind == intent.RegexPath || !simple || shape.literal == "":
	case shape.open && strings.HasPrefix(p.Value, shape.literal):
		return p, true, nil
	case beginsIn(p, shape.literal) && shape.open:
		return intent.Path{Kind: intent.StringPrefix, Value: shape.literal}, true, nil
	case beginsIn(p, shape.literal):
		return intent.Path{Kind: intent.RegexPath, Value: c.Value}, true, nil
	case !strings.HasPrefix(p.Value, shape.literal) && !strings.HasPrefix(shape.literal, p.Value):
		return p, false, nil
	}
	return p, false, fmt.Errorf("not read with a condition on $uri that the path %s does not decide", p.Value)
}

// everything says whether every path fits.
func everything(p intent.Path) bool {
	return p.Value == "/" && (p.Kind == intent.SegmentPrefix || p.Kind == intent.StringPrefix) || p.Kind == intent.RegexPath && p.Value == "^/"
}

// beginsIn says whether every path that begins with a text fits.
func beginsIn(p intent.Path, start string) bool {
	if p.Kind == intent.SegmentPrefix {
		return strings.HasPrefix(start, strings.TrimSuffix(p.Value, "/")+"/")
	}
	return p.Kind == intent.StringPrefix && strings.HasPrefix(start, p.Value)
}

// fits says whether a path fulfils a condition; the error is that of a pattern that is none
// of RE2.
func fits(p intent.Path, path string) (bool, error) {
	value := p.Value
	if p.Kind == intent.RegexPath {
		if p.Fold {
			value = "(?i)" + value
		}
		re, err := regexp.Compile(value)
		if err != nil {
			return false, fmt.Errorf("not read beside the path %q, which is no regular expression of RE2", p.Value)
		}
		return re.MatchString(path), nil
	}
	if p.Fold {
		value, path = strings.ToLower(value), strings.ToLower(path)
	}
	switch p.Kind {
	case intent.ExactPath:
		return path == value, nil
	case intent.SegmentPrefix:
		bare := strings.TrimSuffix(value, "/")
		return path == bare || strings.HasPrefix(path, bare+"/"), nil
	}
	return strings.HasPrefix(path, value), nil
}

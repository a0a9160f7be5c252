package nginx

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

// everywhere puts what a server answers before it looks for a location into each place of
// the host, for targets that look for the path first.
func (p *serverSpot) everywhere(front []intent.Route) []intent.Route {
	if n := len(front); n == 0 {
		return p.routes
	} else if last := front[n-1].Match; last.Equal(intent.Match{Path: last.Path}) {
		return front // nothing comes to a location
	}
	var out []intent.Route
	done := map[intent.Path]bool{}
	at := func(path intent.Path) {
		for _, r := range front {
			if r.Match.Path = path; !done[path] {
				out = append(out, r)
			}
		}
		done[path] = true
	}
	for _, r := range p.routes {
		at(r.Match.Path)
		out = append(out, r)
	}
	at(front[0].Match.Path)
	return out
}

// unplaceable is why a location can not stand between those of the host in targets, which ask
// exact paths first, then the longest pattern, then the longest prefix; or nil.
func (p *serverSpot) unplaceable(l snippet.Location) error {
	_, regex := p.srv.blocks()
	switch {
	case l.Modifier == "=", l.Modifier == "", l.Modifier == "^~" && !regex:
		return nil
	case regex:
		return errors.New("not carried over on a host in regex mode, where Contour asks the longest pattern first: give the path a rule of its own in the Ingress")
	}
	path, err := targetPattern(l)
	if err != nil {
		return err
	}
	for _, r := range p.routes {
		own := intent.Path{Kind: intent.ExactPath, Value: r.Match.Path.Value}
		inside := r.Match.Path.Kind == intent.ExactPath || r.Match.Path.Kind == intent.SegmentPrefix && own.Value != "/"
		if fit, err := fits(path, own.Value); inside && !r.Bare && (fit || err != nil) {
			return fmt.Errorf("not carried over: nginx asks the path %s of the Ingress before this pattern, and Contour after it", own.Value)
		}
	}
	return nil
}

var errPattern = errors.New("not carried over with this pattern, which escapes of reserved characters would get round in Envoy: write the text that the paths begin with")

// targetPattern is the path of a location with a pattern, which targets bind to the start of
// paths: a text anywhere, or behind any slash.
func targetPattern(l snippet.Location) (intent.Path, error) {
	p := intent.Path{Kind: intent.RegexPath, Fold: l.Modifier == "~*"}
	tree, err := syntax.Parse(l.Path, syntax.Perl)
	switch {
	case err != nil:
		return p, err
	case strings.ContainsFunc(l.Path, func(r rune) bool { return r > '~' || strings.ContainsRune("\"#%<>` ", r) }), tree.Op == syntax.OpAlternate:
		return p, errPattern
	case strings.HasPrefix(l.Path, "^/"):
		text := l.Path[2:]
		if p.Value = l.Path; strings.ContainsAny(text, `\.+*?()|[]{}^$`) && !unreserved(text) {
			err = errPattern
		}
		return p, err
	case strings.HasPrefix(l.Path, "/") && len(l.Path) > 1 && !strings.ContainsAny(l.Path[1:2], "*+?{"):
		text := l.Path[1:]
		if p.Value = "^/" + behindSlash + text; strings.ContainsAny(strings.ReplaceAll(text, `\.`, ""), `\.+*?()|[]{}^$`) && !unreserved(text) {
			err = errPattern
		}
		return p, err
	}
	first := tree
	for first.Op == syntax.OpConcat || first.Op == syntax.OpCapture {
		first = first.Sub[0]
	}
	if first.Op != syntax.OpLiteral || first.Rune[0] == '/' || !unreserved(l.Path) {
		return p, errPattern
	}
	p.Value = "^/.*(?:" + l.Path + ")"
	return p, nil
}

// behindSlash is how patterns go on behind "^/" that fit behind any slash.
const behindSlash = "(?:.*/)?"

// unreserved says whether a pattern asks for no single character that may stand escaped in a
// path.
func unreserved(pattern string) bool {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	return err == nil && tree.Op != syntax.OpAlternate && plain(tree)
}

func plain(tree *syntax.Regexp) bool {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._~", r)
	}
	switch tree.Op {
	case syntax.OpLiteral:
		return !slices.ContainsFunc(tree.Rune, func(r rune) bool { return !safe(r) })
	case syntax.OpCharClass:
		for i := 0; i+1 < len(tree.Rune); i += 2 {
			for r := tree.Rune[i]; r <= tree.Rune[i+1]; r++ {
				if !safe(r) {
					return false
				}
			}
		}
		return true
	case syntax.OpStar, syntax.OpPlus:
		if op := tree.Sub[0].Op; op == syntax.OpAnyChar || op == syntax.OpAnyCharNotNL {
			return true
		}
	case syntax.OpEndText, syntax.OpEmptyMatch:
		return true
	case syntax.OpConcat, syntax.OpAlternate, syntax.OpCapture, syntax.OpQuest:
	default:
		return false
	}
	return !slices.ContainsFunc(tree.Sub, func(sub *syntax.Regexp) bool { return !plain(sub) })
}

package table

import (
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// ending is how a path may go on behind a text that it begins with.
type ending uint8

const (
	openEnd    ending = iota // in any way
	segmentEnd               // with "/", or not at all
	exactEnd                 // not at all
)

// endingAt is how a path does go on at a place in it; it serves every ending up to that.
func endingAt(path string, at int) ending {
	switch {
	case at == len(path):
		return exactEnd
	case path[at] == '/':
		return segmentEnd
	}
	return openEnd
}

// shape is what a path has to look like: a text that it begins with, and how it may go on
// behind that. It is false for a regular expression that says more.
func shape(p intent.Path) (text string, end ending, ok bool) {
	switch p.Kind {
	case intent.SegmentPrefix:
		return strings.TrimSuffix(p.Value, "/"), segmentEnd, true
	case intent.ExactPath:
		return p.Value, exactEnd, true
	case intent.RegexPath:
		pattern, bound := strings.CutPrefix(p.Value, "^")
		if !bound {
			return "", openEnd, false
		}
		return plainText(pattern)
	}
	return p.Value, openEnd, true
}

// plainText is the text of a pattern that has nothing else but a tail of the usual ones,
// most of which are there for the captures of a rewrite only.
func plainText(pattern string) (text string, end ending, ok bool) {
	at := strings.IndexAny(pattern, `\.+*?()|[]{}^$`)
	if at < 0 {
		return pattern, openEnd, true
	}
	text = pattern[:at]
	switch pattern[at:] {
	case "$":
		return text, exactEnd, true
	case "(/|$)", "(/|$)(.*)":
		return text, segmentEnd, true
	case "(.*)", ".*":
		return text, openEnd, true
	case "?", "*", "?(.*)": // the slash before it may be missing
		text, ok = strings.CutSuffix(text, "/")
		return text, openEnd, ok
	}
	return "", openEnd, false
}

// Plain is a condition without a pattern that lets the same paths through, if there is one,
// else the condition itself.
func Plain(p intent.Path) intent.Path {
	text, end, ok := shape(p)
	if p.Kind != intent.RegexPath || !ok || end == segmentEnd && strings.HasSuffix(text, "/") {
		return p
	}
	kinds := [...]intent.PathKind{openEnd: intent.StringPrefix, segmentEnd: intent.SegmentPrefix, exactEnd: intent.ExactPath}
	return intent.Path{Kind: kinds[end], Value: text, Fold: p.Fold}
}

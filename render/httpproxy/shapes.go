package httpproxy

import (
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// piece is one HTTPProxy route that stands for a part of a rewriting location.
type piece struct {
	path    intent.Path
	rewrite *intent.Rewrite // nil: the path stays
}

// shape is a rewrite that prefix replacements can say, and what they say otherwise.
type shape struct {
	literal string // the literal start of the location
	pieces  []piece
	openEnd bool        // requests that go on behind the literal are not carried over
	empty   bool        // the literal itself was answered 500
	below   intent.Path // of a constant rewrite: everything that is rewritten
}

// tail is an end of a location's pattern behind a literal, with the capture that holds the
// rest of the path.
type tail struct {
	pattern, capture string
	bare             bool // the literal itself matches
	slash            bool // the literal and a slash matches, the capture begins behind it
	open             bool // the literal and any other character matches
}

var tails = []tail{
	{`(/|$)(.*)`, "$2", true, true, false},
	{`(/|$)(.*)$`, "$2", true, true, false},
	{`($|/)(.*)`, "$2", true, true, false},
	{`(?:/|$)(.*)`, "$1", true, true, false},
	{`(?:/(.*))?$`, "$1", true, true, false},
	{`(/(.*))?$`, "$2", true, true, false},
	{`/?(.*)`, "$1", true, true, true},
	{`/?(.*)$`, "$1", true, true, true},
	{`/(.*)`, "$1", false, true, false},
	{`/(.*)$`, "$1", false, true, false},
	{`/(.+)`, "", false, false, false}, // known, and without a form
	{`(/.*)?$`, "$1", true, false, false},
	{`()(.*)`, "$2", true, false, true},
	{`(.*)`, "$1", true, false, true},
	{`(.*)$`, "$1", true, false, true},
}

// splitTail cuts a location's pattern into its literal start and a known tail.
func splitTail(pattern string) (string, tail, bool) {
	for _, t := range tails {
		lit, ok := strings.CutSuffix(pattern, t.pattern)
		if ok && !strings.ContainsAny(lit, metaCharacters) && t.capture != "" {
			return lit, t, true
		}
	}
	return "", tail{}, false
}

// shapeOf finds the prefix replacements for a regex rewrite of a location.
func shapeOf(rw *intent.Rewrite) (shape, bool) {
	lit, t, ok := splitTail(rw.From)
	if !ok {
		return shape{}, false
	}
	to, ok := strings.CutSuffix(rw.To, t.capture)
	if !ok || strings.Contains(to, "$") || (to != "" && to[0] != '/') {
		return shape{}, false // a path without a leading slash is none
	}
	if strings.HasSuffix(lit, "/") && !t.slash {
		// "/(.*)" behind a shorter literal is the same as "(.*)" behind this one
		lit, t = strings.TrimSuffix(lit, "/"), tail{capture: t.capture, slash: true}
	}
	if t.slash {
		return slashShape(lit, to, t)
	}
	return plainShape(lit, to, t)
}

// slashShape: "/lit/rest" becomes to+rest, and "/lit" becomes to.
func slashShape(lit, to string, t tail) (shape, bool) {
	s := shape{literal: lit, empty: to == ""}
	if to == "" {
		return shape{}, false // the rest without a slash: no path
	}
	s.pieces = append(s.pieces, piece{intent.Path{Kind: intent.StringPrefix, Value: lit + "/"}, swap(lit+"/", to)})
	if t.bare && !t.open && lit != "" {
		s.pieces = append(s.pieces, piece{intent.Path{Kind: intent.ExactPath, Value: lit}, swap(lit, to)})
	}
	if t.open && lit != "" {
		s.pieces = append(s.pieces, piece{intent.Path{Kind: intent.StringPrefix, Value: lit}, swap(lit, to)})
	}
	return s, true
}

// plainShape: "/lit"+rest becomes to+rest, where the rest may begin with a slash.
func plainShape(lit, to string, t tail) (shape, bool) {
	s := shape{literal: lit}
	if lit == "" {
		return shape{}, false
	}
	if to == "" { // a rest without a slash is no path, and an empty one is answered 500
		s.empty, s.openEnd = true, t.open
		s.pieces = []piece{
			{intent.Path{Kind: intent.StringPrefix, Value: lit + "/"}, swap(lit+"/", "/")},
		}
		return s, true
	}
	if t.open {
		s.pieces = []piece{{intent.Path{Kind: intent.StringPrefix, Value: lit}, swap(lit, to)}}
		return s, true
	}
	if strings.HasSuffix(to, "/") {
		return shape{}, false
	}
	s.pieces = []piece{
		{intent.Path{Kind: intent.StringPrefix, Value: lit + "/"}, swap(lit+"/", to+"/")},
		{intent.Path{Kind: intent.ExactPath, Value: lit}, swap(lit, to)},
	}
	return s, true
}

// swap replaces a prefix; nil where that changes nothing.
func swap(from, to string) *intent.Rewrite {
	if from == to {
		return nil
	}
	return &intent.Rewrite{Kind: intent.SwapPrefix, From: from, To: to}
}

// constantShape is a rewrite to one path, which is exact for the literal itself.
func constantShape(pattern string, rw *intent.Rewrite) (shape, bool) {
	lit, ok := pattern, !strings.ContainsAny(pattern, metaCharacters)
	below := intent.StringPrefix
	if !ok {
		var t tail
		switch lit, t, ok = splitTail(pattern); {
		case ok && !t.bare:
			lit += "/"
		case !t.open:
			below = intent.SegmentPrefix
		}
	}
	if !ok || lit == "" || !strings.HasPrefix(rw.To, "/") {
		return shape{}, false
	}
	if lit == "/" {
		below = intent.StringPrefix
	}
	s := shape{literal: lit, below: intent.Path{Kind: below, Value: lit}}
	s.pieces = []piece{{intent.Path{Kind: intent.ExactPath, Value: lit}, swap(lit, rw.To)}}
	return s, true
}

package table

import (
	"regexp"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// index finds the routes of a host table without a scan.
type index struct {
	*HostTable
	tries [2]trie // texts that compare with, and without, their case
}

// first searches the first route that matches.
func (x *index) first(p *Prepared, v *view) search {
	s := search{request: p, view: v, routes: x.routes, best: int32(len(x.routes))}
	for i := range x.tries {
		s.in(&x.tries[i])
	}
	return s
}

// indexer makes the indexes of a table; equal regular expressions are read once.
type indexer struct {
	grower
	keys     [2][]key // of the host at hand
	leadings map[leadingOf]string
}

type leadingOf struct {
	regex *regexp.Regexp
	fold  bool
}

func (ix *indexer) index(h *HostTable) *index {
	ix.keys[0], ix.keys[1] = ix.keys[0][:0], ix.keys[1][:0]
	for i := range h.routes {
		r := &h.routes[i]
		if r.never {
			continue
		}
		text, end := ix.text(r)
		fold := 0
		if r.Match.Path.Fold {
			fold, text = 1, lowerText(text)
		}
		checked := r.path != nil || len(r.Match.Methods) > 0 || len(r.conds) > 0
		ix.keys[fold] = append(ix.keys[fold], key{text, entry{route: int32(i), end: end, checked: checked}})
	}
	x := &index{HostTable: h}
	for fold, keys := range ix.keys {
		x.tries[fold] = ix.grow(keys, fold == 1)
	}
	return x
}

// text is what every path begins with that the route matches, and how it goes on.
func (ix *indexer) text(r *route) (string, ending) {
	p := r.Match.Path
	switch p.Kind {
	case intent.SegmentPrefix:
		return strings.TrimSuffix(p.Value, "/"), segmentEnd
	case intent.ExactPath:
		return p.Value, exactEnd
	case intent.RegexPath:
		if r.plain != "" {
			return r.plain, openEnd
		}
		return ix.leading(r.path, p.Fold), openEnd
	}
	return p.Value, openEnd
}

func (ix *indexer) leading(re *regexp.Regexp, fold bool) string {
	of := leadingOf{re, fold}
	text, known := ix.leadings[of]
	if !known {
		text = leading(re, fold)
		ix.leadings[of] = text
	}
	return text
}

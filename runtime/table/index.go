package table

import (
	"regexp"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// index is a host table with its roots in the forest, or none: the trie of texts that
// compare with their case, and of those that do not.
type index struct {
	HostTable
	model         []intent.Route // the host's
	exact, folded int32
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
	x := &index{HostTable: *h, exact: ix.grow(ix.keys[0]), folded: ix.grow(ix.keys[1])}
	if h.host != nil {
		x.model = h.host.Routes
	}
	return x
}

// text is what every path begins with that the route matches, and how it goes on.
func (ix *indexer) text(r *route) (string, ending) {
	if r.path == nil {
		return r.text, r.end
	}
	return ix.leading(r.path, r.Match.Path.Fold), openEnd
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

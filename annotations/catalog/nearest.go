package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// Another prefix costs as much as this many half edits of the name.
const otherPrefix = 3

// candidate is a real key with its distance, in half edits, from the key in question.
type candidate struct {
	key       string
	cost      int
	favourite int
	prefixGap int
}

func (a candidate) compare(b candidate) int {
	return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.favourite, b.favourite),
		cmp.Compare(a.prefixGap, b.prefixGap), cmp.Compare(a.key, b.key))
}

// Nearest is the real key that somebody who wrote this one may have meant: what replaced
// it, else the one with the fewest edits, under the same prefix rather than under a similar
// one. It is false if nothing is near, or if the key is read as it stands.
func (c *Catalog) Nearest(key string) (string, bool) {
	if len(c.Controllers(key)) > 0 {
		return "", false
	}
	if r, ok := c.removed[key]; ok {
		return r.replacement, r.replacement != ""
	}
	prefix, name, ok := strings.Cut(key, "/")
	if !ok {
		prefix, name = "", key
	}
	best := candidate{cost: -1}
	for _, f := range c.families {
		gap, related := prefixGap(prefix, f.prefix)
		if !related {
			continue
		}
		if found, ok := f.nearest(name, gap); ok && (best.cost < 0 || found.compare(best) < 0) {
			best = found
		}
	}
	return best.key, best.cost >= 0
}

// nearest is the family's best candidate for a name.
func (f family) nearest(name string, gap int) (candidate, bool) {
	name = strings.ToLower(name)
	best := candidate{cost: -1}
	for _, other := range f.names {
		edits := nameGap(name, strings.ToLower(other))
		if edits < 0 {
			continue
		}
		cand := candidate{key: f.prefix + "/" + other, cost: 2 * edits, prefixGap: gap, favourite: len(favourites)}
		if gap > 0 {
			cand.cost += otherPrefix
		}
		if i := slices.Index(favourites, f.prefix); i >= 0 {
			cand.favourite = i
		}
		if best.cost < 0 || cand.compare(best) < 0 {
			best = cand
		}
	}
	return best, best.cost >= 0
}

// KnownPrefix says whether a controller reads whole keys that begin with a prefix and '/'.
func (c *Catalog) KnownPrefix(prefix string) bool {
	return slices.ContainsFunc(c.families, func(f family) bool { return f.prefix == prefix })
}

// NearestName is the name with the fewest edits from one that is none of them, or that has its
// words in another order; the first of those that are as near. It is false if none is near.
func NearestName(name string, names []string) (string, bool) {
	best, gap := "", -1
	for _, other := range names {
		if d := nameGap(strings.ToLower(name), other); d >= 0 && (gap < 0 || d < gap) {
			best, gap = other, d
		}
	}
	return best, gap >= 0
}

// nameGap is the number of edits between two names, 1 if only their words are in another
// order, and -1 if that is more than a third of the name (or than three).
func nameGap(a, b string) int {
	limit := min(3, max(1, len(a)/3))
	if d := len(a) - len(b); d > limit || -d > limit {
		return -1
	}
	if d := distance(a, b); d <= limit {
		return d
	}
	if len(a) == len(b) && slices.Equal(words(a), words(b)) {
		return 1
	}
	return -1
}

// prefixGap says how far apart two prefixes are, and whether so near that one may be meant
// for the other: no prefix at all, the same first label, a favourite without its first label, or
// two edits.
func prefixGap(a, b string) (gap int, related bool) {
	if a == b {
		return 0, true
	}
	if a == "" {
		return 1, true
	}
	gap = distance(strings.ToLower(a), b)
	first, _, _ := strings.Cut(a, ".")
	unnamed := strings.HasSuffix(b, "."+a) && slices.Contains(favourites, b)
	return gap, strings.HasPrefix(b, first+".") || unnamed || gap <= 2
}

func words(name string) []string {
	ws := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	slices.Sort(ws)
	return ws
}

// distance is the number of bytes to insert, delete or replace to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

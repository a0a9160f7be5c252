package nginx

import (
	"cmp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// block is a location as nginx gets it: a Prefix location without regex is written twice,
// as "/p/" and as "= /p".
type block struct {
	*location
	path string // of the block
	kind pathKind
}

// rewrites says whether the block's rewrite-target does anything: it does nothing if it
// equals the block's own path.
func (b block) rewrites() bool {
	return b.object != nil && b.object.rewrite.target != "" && b.object.rewrite.target != b.path
}

// blocks are a server's location blocks in the order of the configuration file, and
// whether one of them makes all of them case-insensitive regexes (spec items 21, 22).
func (srv *server) blocks() (bs []block, regex bool) {
	locations := slices.Clone(srv.locations)
	slices.SortStableFunc(locations, func(a, b *location) int {
		return cmp.Or(cmp.Compare(len(b.path), len(a.path)), cmp.Compare(b.path, a.path))
	})
	exact := map[string]bool{}
	for _, l := range locations {
		if l.kind == exactPath {
			exact[l.path] = true
		}
	}
	for _, l := range locations {
		b := block{l, l.path, l.kind}
		fixed := l.path == "/" || l.kind == exactPath || b.rewrites() || (l.object != nil && l.object.rewrite.regex)
		if fixed {
			bs = append(bs, b)
			continue
		}
		b.path = strings.TrimSuffix(l.path, "/") + "/"
		bs = append(bs, b)
		if !exact[l.path] {
			bs = append(bs, block{l, l.path, exactPath})
		}
	}
	for _, b := range bs {
		if b.rewrites() || (b.object != nil && b.object.rewrite.regex) {
			return bs, true
		}
	}
	return bs, false
}

// matched is a block with the condition under which nginx chooses it.
type matched struct {
	block
	path intent.Path
}

// regexOrder keeps the file's order: the first regex that matches wins.
func (c *controller) regexOrder(bs []block) []matched {
	var ms []matched
	for _, b := range bs {
		if brokenPattern("^" + b.path) {
			c.stuck(b.location, "is no regular expression")
			continue
		}
		if n := len(ms); n > 0 && ms[n-1].location == b.location && ms[n-1].rewrites() == b.rewrites() {
			ms[n-1] = matched{b, intent.Path{Kind: intent.RegexPath, Value: "^" + b.path, Fold: true}}
			continue // "^/p/" before "^/p" of one location adds nothing
		}
		ms = append(ms, matched{b, intent.Path{Kind: intent.RegexPath, Value: "^" + b.path, Fold: true}})
	}
	return ms
}

// literalOrder puts exact blocks first and then the longest prefix first.
func (c *controller) literalOrder(bs []block) []matched {
	var ms []matched
	add := func(b block, p intent.Path) { ms = append(ms, matched{b, p}) }
	for _, b := range c.distinct(bs) {
		switch {
		case b.kind == exactPath && b.location.kind == prefixPath:
			// the second half of a Prefix location, said by its segment prefix
		case b.kind == exactPath:
			add(b, intent.Path{Kind: intent.ExactPath, Value: b.path})
		case strings.HasSuffix(b.location.path, "/") && b.path != "/":
			add(b, intent.Path{Kind: intent.StringPrefix, Value: b.path})
		default:
			add(b, intent.Path{Kind: intent.SegmentPrefix, Value: b.location.path})
		}
	}
	slices.SortStableFunc(ms, func(a, b matched) int {
		return cmp.Or(cmp.Compare(rank(a.path), rank(b.path)), cmp.Compare(len(b.block.path), len(a.block.path)),
			cmp.Compare(b.path.Value, a.path.Value))
	})
	return ms
}

// distinct leaves out the locations that nginx refuses because an older one has the same
// block.
func (c *controller) distinct(bs []block) []block {
	type id struct {
		path string
		kind pathKind
	}
	seen, refused := map[id]*location{}, map[*location]bool{}
	for _, b := range bs {
		key := id{b.path, b.kind}
		old, young := seen[key], b.location
		if old == nil || old == young || old.object == nil || young.object == nil {
			seen[key] = young
			continue
		}
		if c.age(young) < c.age(old) {
			old, young = young, old
		}
		seen[key] = old
		if !refused[young] {
			c.stuck(young, "is the same location as the path "+old.path+" of "+old.object.key())
		}
		refused[young] = true
	}
	return slices.DeleteFunc(slices.Clone(bs), func(b block) bool { return refused[b.location] })
}

// age is a location's place in the order of the Ingresses, and of their paths.
func (c *controller) age(l *location) int {
	return slices.IndexFunc(c.objects, func(o *object) bool { return o.key() == l.object.key() })
}

func rank(p intent.Path) int {
	if p.Kind == intent.ExactPath {
		return 0
	}
	return 1
}

// Package catalog knows which annotation keys exist in the field: which controllers read
// a key, which real key an invented one is nearest to, and what becomes of the keys that
// belong to no ingress controller.
package catalog

import (
	_ "embed" // the data files
	"fmt"
	"slices"
	"strings"
)

//go:generate go run ./internal/gen/write ../../../shared/spec/annotations

//go:embed keys.tsv
var keysTSV string

//go:embed removed.tsv
var removedTSV string

// Catalog is the knowledge about annotation keys. It is made by New, never changes and may
// be used from several goroutines.
type Catalog struct {
	readers  map[string][]string   // controllers by whole key, sorted
	prefixes map[string][]wildcard // by the part before the '/'
	families []family
	removed  map[string]removal
	cross    map[string][]CrossRule // by the part before the '/'
}

// wildcard is a key that goes on with a name of the user's choice.
type wildcard struct {
	start      string
	controller string
}

// family are the whole keys of one prefix, as suggestions.
type family struct {
	prefix string
	names  []string
}

// New loads the embedded data; it takes about a millisecond. An error means that the data
// files were damaged when the program was built.
func New() (*Catalog, error) {
	c := &Catalog{
		readers:  make(map[string][]string, 2000),
		prefixes: map[string][]wildcard{},
		removed:  map[string]removal{},
		cross:    crossRules(),
	}
	if err := c.loadKeys(keysTSV); err != nil {
		return nil, err
	}
	if err := c.loadRemoved(removedTSV); err != nil {
		return nil, err
	}
	return c, nil
}

// loadKeys reads lines of controller and key, sorted by both.
func (c *Catalog) loadKeys(data string) error {
	at := map[string]int{}
	for line := range strings.Lines(data) {
		controller, key, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		prefix, name, hasName := strings.Cut(key, "/")
		if !ok || !hasName {
			return fmt.Errorf("keys.tsv: %q: want controller, tab and prefix/name; run go generate", line)
		}
		c.add(controller, key)
		for _, a := range alternatives {
			if a.controller == controller && a.own == prefix {
				c.add(controller, a.also+"/"+name)
			}
		}
		if strings.HasSuffix(name, "*") {
			continue
		}
		i, known := at[prefix]
		if !known {
			i = len(c.families)
			at[prefix] = i
			c.families = append(c.families, family{prefix: prefix})
		}
		c.families[i].names = append(c.families[i].names, name)
	}
	return nil
}

func (c *Catalog) add(controller, key string) {
	if start, ok := strings.CutSuffix(key, "*"); ok {
		prefix, _, _ := strings.Cut(key, "/")
		c.prefixes[prefix] = append(c.prefixes[prefix], wildcard{start, controller})
		return
	}
	c.readers[key] = insert(c.readers[key], controller)
}

// Controllers are the names of the controllers and tools that read a key, sorted; none if
// nobody does. A key with a part of the user's choice is found too, as long as there is
// something in that part. The caller must not change the slice.
func (c *Catalog) Controllers(key string) []string {
	found := c.readers[key]
	prefix, _, _ := strings.Cut(key, "/")
	for _, w := range c.prefixes[prefix] {
		if len(key) > len(w.start) && strings.HasPrefix(key, w.start) {
			found = insert(slices.Clip(found), w.controller)
		}
	}
	return found
}

// insert puts a name into a sorted slice, once. It changes the slice in place only where
// that has room, so callers that share one clip it first.
func insert(sorted []string, name string) []string {
	i, found := slices.BinarySearch(sorted, name)
	if found {
		return sorted
	}
	return slices.Insert(sorted, i, name)
}

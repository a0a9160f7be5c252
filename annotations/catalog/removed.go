package catalog

import (
	"fmt"
	"strings"
)

// removal is what became of a key under ingress-nginx's prefix that it does not read.
type removal struct{ status, replacement string }

// OnceRead is the note of keys that ingress-nginx has dropped.
const OnceRead = "ingress-nginx read this key once, and does so no longer"

// notes say what a status of removed.tsv means.
var notes = map[string]string{
	"removed":   OnceRead,
	"bogus":     "no version of ingress-nginx reads this key",
	"configmap": "ingress-nginx reads this from its ConfigMap only, for all hosts at once",
}

func (c *Catalog) loadRemoved(data string) error {
	for line := range strings.Lines(data) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(columns) != 3 || notes[columns[1]] == "" {
			return fmt.Errorf("removed.tsv: %q: want key, status and replacement; run go generate", line)
		}
		c.removed[columns[0]] = removal{columns[1], columns[2]}
	}
	return nil
}

// Removed says whether a key is one that ingress-nginx has dropped, or that people write
// although it never existed: the key to use instead (empty if there is none), and a note
// that says which of the two it is.
func (c *Catalog) Removed(key string) (replacement, note string, ok bool) {
	r, ok := c.removed[key]
	return r.replacement, notes[r.status], ok
}

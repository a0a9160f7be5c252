// Package gen turns the tables of annotation facts into the data files that package
// catalog embeds. Only keys and what a removed key was replaced by are taken over.
package gen

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Files are the data files by name: keys.tsv (controller, key) and removed.tsv (key,
// status, replacement), both sorted.
type Files struct{ Keys, Removed []byte }

// removedTable holds the keys that ingress-nginx has dropped, or that it never had.
const removedTable = "ingress-nginx-removed-or-bogus"

// takesSuffix lists keys that are read with a name after them, which the tables say
// in words only.
var takesSuffix = map[string]string{
	"higress.io/match-header":                                 "higress.io/match-header-*",
	"higress.io/match-query":                                  "higress.io/match-query-*",
	"higress.io/match-pseudo-header":                          "higress.io/match-pseudo-header-*",
	"konghq.com/headers":                                      "konghq.com/headers.*",
	"traefik.ingress.kubernetes.io/router.tls.domains.n.main": "traefik.ingress.kubernetes.io/router.tls.domains.*",
	"traefik.ingress.kubernetes.io/router.tls.domains.n.sans": "traefik.ingress.kubernetes.io/router.tls.domains.*",
}

// Generate reads INDEX.tsv and the tables that it names from a directory.
func Generate(dir string) (Files, error) {
	index, err := rows(dir, "INDEX")
	if err != nil {
		return Files{}, err
	}
	var lines []string
	for _, row := range index {
		table, err := rows(dir, row[0])
		if err != nil {
			return Files{}, err
		}
		for _, r := range table {
			if fromConfigMap(r[1]) {
				continue
			}
			lines = append(lines, row[0]+"\t"+pattern(r[0]))
		}
	}
	removed, err := removedLines(dir)
	if err != nil {
		return Files{}, err
	}
	return Files{Keys: text(lines), Removed: text(removed)}, nil
}

// fromConfigMap says whether a key of that scope is read from the controller's ConfigMap
// only, where it stands without a prefix.
func fromConfigMap(scope string) bool { return scope == "Global" || scope == "configmap" }

// pattern ends a key with '*' where a name chosen by the user begins.
func pattern(key string) string {
	if p, ok := takesSuffix[key]; ok {
		return p
	}
	if i := strings.IndexAny(key, "$<*"); i >= 0 {
		return key[:i] + "*"
	}
	return key
}

// rows are the lines of a table in columns, at least two, without comments.
func rows(dir, name string) ([][]string, error) {
	path := filepath.Join(dir, name+".tsv")
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", name, err)
	}
	var all [][]string
	for n, line := range strings.Split(string(data), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		columns := strings.Split(strings.TrimSuffix(line, "\r"), "\t")
		if len(columns) < 2 {
			return nil, fmt.Errorf("%s:%d: want at least two columns", path, n+1)
		}
		all = append(all, columns)
	}
	return all, nil
}

func text(lines []string) []byte {
	slices.SortFunc(lines, cmp.Compare[string])
	return []byte(strings.Join(slices.Compact(lines), "\n") + "\n")
}

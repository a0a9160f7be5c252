package gen

import (
	"fmt"
	"strings"
)

// loose resolves replacements that the table names only roughly.
var loose = map[string]string{
	"proxy-ssl":     "proxy-ssl-secret",
	"opentelemetry": "enable-opentelemetry",
}

// removedLines are key, status (removed, bogus or configmap) and the replacing key, which
// may be empty. The last column of the table says it in one word, as in
// "removed-use-backend-protocol", "BOGUS-is-nginx.org" or "BOGUS-configmap-only".
func removedLines(dir string) ([]string, error) {
	table, err := rows(dir, removedTable)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, row := range table {
		key, word := row[0], row[len(row)-1]
		status, rest, _ := strings.Cut(word, "-")
		status = strings.ToLower(status)
		if status != "removed" && status != "bogus" {
			return nil, fmt.Errorf("%s: %s: unknown status %q", removedTable, key, word)
		}
		if rest == "configmap-only" {
			status = "configmap"
		}
		lines = append(lines, key+"\t"+status+"\t"+replacement(key, rest))
	}
	return lines, nil
}

// replacement is the key that "...use-NAME" or "is-PREFIX" stands for.
func replacement(key, rest string) string {
	prefix, name, _ := strings.Cut(key, "/")
	if _, used, ok := strings.Cut(rest, "use-"); ok {
		if full, ok := loose[used]; ok {
			used = full
		}
		return prefix + "/" + used
	}
	if other, ok := strings.CutPrefix(rest, "is-"); ok {
		return other + "/" + name
	}
	return ""
}

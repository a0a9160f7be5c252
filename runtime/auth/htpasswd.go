package auth

import (
	"maps"
	"slices"
	"strings"
)

// users are the lines of an htpasswd file by user.
type users map[string]secret

// readFile reads an htpasswd file as nginx does: "user:hash" and perhaps ":comment" on a
// line, "#" at its start for a comment. The first line of a user counts.
func readFile(text string) users {
	all := users{}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "\r") {
			continue
		}
		user, rest, ok := strings.Cut(line, ":")
		if _, twice := all[user]; !ok || twice || user == "" {
			continue
		}
		if end := strings.IndexAny(rest, ":\r"); end >= 0 {
			rest = rest[:end]
		}
		all[user] = readSecret(rest)
	}
	return all
}

// mapped is the file that a Secret whose keys are the users stands for: a line each. What
// follows the first line of a value is left out; it would make users of its own.
func mapped(data map[string][]byte) string {
	var b strings.Builder
	for _, user := range slices.Sorted(maps.Keys(data)) {
		line, _, _ := strings.Cut(string(data[user]), "\n")
		b.WriteString(user + ":" + line + "\n")
	}
	return b.String()
}

// costliest is the secret of these users that takes longest to compare with a password.
func (u users) costliest() secret {
	var most secret
	for _, name := range slices.Sorted(maps.Keys(u)) {
		if u[name].cost > most.cost {
			most = u[name]
		}
	}
	return most
}

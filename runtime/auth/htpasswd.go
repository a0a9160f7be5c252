package auth

import (
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

// readMap reads a Secret whose keys are the users.
func readMap(data map[string][]byte) users {
	all := users{}
	for user, hash := range data {
		for name, s := range readFile(user + ":" + string(hash)) {
			if name == user {
				all[name] = s
			}
		}
	}
	return all
}

// costliest is the secret of these users that takes longest to compare with a password.
func (u users) costliest() secret {
	var most secret
	for _, name := range u.names() {
		if u[name].cost > most.cost {
			most = u[name]
		}
	}
	return most
}

func (u users) names() []string {
	names := make([]string, 0, len(u))
	for name := range u {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

package ownership

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// hosts reads the host rules; teams are sorted by name.
func (r *reader) hosts(spec fields, teams []Team) []HostRule {
	var hosts []HostRule
	lines := map[string]int{}
	for _, n := range r.list(spec, "hosts") {
		f, ok := r.mapping(n, "host", []string{"host", "paths"}, []string{"authService", "tls", "ipPolicy", "rateLimits", "ingresses"})
		if !ok {
			continue
		}
		h := HostRule{}
		h.Host, h.Line = r.text(f, "host")
		if lower := strings.ToLower(h.Host); lower != h.Host && !strings.HasPrefix(h.Host, "~") {
			r.at(h.Line, "host %q: names have no case; write %q", h.Host, lower)
		}
		if first, twice := lines[h.Host]; twice {
			r.at(h.Line, "host %q is on line %d already; join the two", h.Host, first)
		}
		if h.Host != "" || f.values["host"] != nil && isText(f.values["host"]) {
			lines[h.Host] = h.Line
		}
		h.AuthService = r.object(f, "authService")
		r.guarded(f, &h)
		seen := map[key]int{}
		for _, n := range r.list(f, "paths") {
			if c, ok := r.claim(n, teams); ok {
				r.overlap(h.Host, c, seen)
				h.Claims = append(h.Claims, c)
			}
		}
		hosts = append(hosts, h)
	}
	return hosts
}

// objectName is what a name of an object is (RFC 1123).
var objectName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// object is a filled text "namespace/name"; empty if it is none.
func (r *reader) object(f fields, key string) string {
	s, line := r.filled(f, key)
	if s == "" {
		return ""
	}
	namespace, name, _ := strings.Cut(s, "/")
	if namespace != sanitise(namespace) || !objectName.MatchString(namespace) || !objectName.MatchString(name) || len(name) > 253 {
		r.at(line, "%s %q: want namespace/name, in lower-case letters, digits and dashes", key, s)
		return ""
	}
	return s
}

// overlap notes a path that is claimed twice in one way.
func (r *reader) overlap(host string, c Claim, seen map[key]int) {
	var k key
	k.kind, k.path = canonical(c.Kind, c.Path)
	if first, twice := seen[k]; twice {
		r.at(c.Line, "host %q: %s %s overlaps the claim on line %d, which is the same; drop one", host, c.Kind, c.Path, first)
		return
	}
	seen[k] = c.Line
}

// claim is false if the path itself could not be read.
func (r *reader) claim(n *yaml.Node, teams []Team) (Claim, bool) {
	f, ok := r.mapping(n, "path", []string{"path", "team", "namespace"}, []string{"match"})
	if !ok {
		return Claim{}, false
	}
	var c Claim
	var teamLine, nsLine int
	c.Path, c.Line = r.text(f, "path")
	c.Team, teamLine = r.filled(f, "team")
	c.Namespace, nsLine = r.filled(f, "namespace")
	c.Kind = r.kind(f)
	path := f.values["path"]
	if path == nil || path.Kind != yaml.ScalarNode {
		return c, false
	}
	c.Why = oneLine(strings.TrimLeft(path.LineComment, "#"))
	if c.Team == "" {
		return c, true
	}
	i, found := slices.BinarySearchFunc(teams, c.Team, func(t Team, name string) int { return cmp.Compare(t.Name, name) })
	switch {
	case !found:
		r.at(teamLine, "team %q is not among spec.teams%s", c.Team, r.suggest(c.Team, names(teams)))
	case c.Namespace != "" && !slices.Contains(teams[i].Namespaces, c.Namespace):
		r.at(nsLine, "namespace %q is none of team %s's (%s); add it there, or name the team that has it",
			c.Namespace, c.Team, strings.Join(teams[i].Namespaces, ", "))
	}
	return c, true
}

func (r *reader) kind(f fields) ClaimKind {
	word, line := r.filled(f, "match")
	if word == "" {
		return Prefix
	}
	i := slices.Index(kindNames[:], word)
	if i < 0 {
		r.at(line, "match %q is none of %s%s", word, fmt.Sprint(kindNames), r.suggest(word, kindNames[:]))
		return Prefix
	}
	return ClaimKind(i)
}

func names(teams []Team) []string {
	all := make([]string, len(teams))
	for i, t := range teams {
		all[i] = t.Name
	}
	return all
}

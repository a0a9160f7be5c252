package ownership

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const header = `# Who owns which paths of which hosts. Edit it, and convert obeys it.
# A path goes to the narrowest claim that covers it. match: prefix (the default: /a takes in
# /a and /a/b, not /ab), string-prefix (/ab too), exact, or regex (the Ingress's own).
# A team's objects reach Services of the claim's namespace only. authService: namespace/name beside
# a host is the gRPC ExtensionService that decides who may pass where passwords or auth-url did.
# tls: "1.2" or "1.3": the root must have a certificate, and takes no older version. ipPolicy: root:
# the root's lists of addresses hold for all teams; rateLimits: root: so do its rate limits.
# ingresses: kept: the host is not converted yet.
# rootAdmins, siteAdmins and a team's subjects are whom the roles are bound to; certificateNamespaces
# are those of others where root admins keep Certificates and delegate Secrets.
`

// Write prints a canonical plan as a file for people, with the reasons as comments: the
// same bytes for the same plan. Read gives back what was written, but for lines. Bytes that
// are no UTF-8 become U+FFFD.
func (p *Plan) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	f := func(format string, args ...any) { fmt.Fprintf(b, format, args...) } // b keeps the error for Flush
	f("%sapiVersion: %s\nkind: %s\nspec:\n", header, APIVersion, FileKind)
	f("  rootNamespace: %s\n  fanoutNamespace: %s\n", scalar(p.RootNamespace), scalar(p.FanoutNamespace))
	writeRoles(b, p)
	heading(b, "  teams:", len(p.Teams))
	for _, t := range p.Teams {
		writeTeam(b, t)
	}
	heading(b, "  hosts:", len(p.Hosts))
	for _, h := range p.Hosts {
		f("  - host: %s\n", scalar(h.Host))
		if h.AuthService != "" {
			f("    authService: %s\n", scalar(h.AuthService))
		}
		writeGuarded(b, h)
		heading(b, "    paths:", len(h.Claims))
		for _, c := range h.Claims {
			writeClaim(b, c)
		}
	}
	heading(b, "  exceptions:", len(p.Exceptions))
	for _, e := range p.Exceptions {
		f("  - rule: %s\n    object: %s\n", scalar(e.Rule), scalar(e.Object))
		if e.What != "" {
			f("    offence: %s\n", scalar(e.What))
		}
		f("    reason: %s\n", scalar(e.Reason))
		if e.Expires != "" {
			f("    expires: %s\n", scalar(e.Expires))
		}
	}
	return b.Flush()
}

// heading begins a list, which stands on the same line if it is empty.
func heading(b *bufio.Writer, key string, items int) {
	b.WriteString(key)
	if items == 0 {
		b.WriteString(" []")
	}
	b.WriteByte('\n')
}

func writeTeam(b *bufio.Writer, t Team) {
	namespaces := make([]string, len(t.Namespaces))
	for i, ns := range t.Namespaces {
		namespaces[i] = scalar(ns)
	}
	fmt.Fprintf(b, "  - name: %s\n    namespaces: [%s]\n", scalar(t.Name), strings.Join(namespaces, ", "))
	heading(b, "    subjects:", len(t.Subjects))
	writeSubjects(b, t.Subjects, "    ")
}

func writeClaim(b *bufio.Writer, c Claim) {
	fmt.Fprintf(b, "    - path: %s", scalar(c.Path))
	if why := oneLine(c.Why); why != "" {
		fmt.Fprintf(b, " # %s", why)
	}
	b.WriteByte('\n')
	if c.Kind != Prefix {
		fmt.Fprintf(b, "      match: %s\n", c.Kind)
	}
	fmt.Fprintf(b, "      team: %s\n      namespace: %s\n", scalar(c.Team), scalar(c.Namespace))
}

var (
	plain = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9./_-]*$`)
	// reserved words are no text to readers of YAML 1.1 or 1.2.
	reserved = []string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
)

// scalar is a text as YAML has it, in quotes where it could be read as something else.
// Go's escapes are YAML's.
func scalar(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if plain.MatchString(s) && !slices.Contains(reserved, strings.ToLower(s)) {
		return s
	}
	return strconv.Quote(s)
}

// oneLine makes a text fit for a comment: single blanks, nothing unprintable, no "#" first.
func oneLine(s string) string {
	if isOneLine(s) {
		return s
	}
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
	return strings.TrimLeft(s, "# ")
}

// isOneLine knows the usual case: words of printable ASCII with single blanks between.
func isOneLine(s string) bool {
	last := byte(' ')
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && last == ' ' {
			return false
		}
		last = s[i]
	}
	return s == "" || last != ' ' && s[0] != '#'
}

package nginx

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/sharedtest"
)

// facts are the lines of a table of annotation facts beside the repository.
func facts(t *testing.T, name string) [][]string {
	t.Helper()
	data, err := os.ReadFile(sharedtest.Path(t, "spec", "annotations", name))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "annotation\t") {
			continue
		}
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows
}

// sharper are the keys where the specification (§1, item 2) overrides the table of effects.
var sharper = map[string]OnInvalid{
	"auth-request-redirect":  InvalidRemovesAuth,
	"auth-always-set-cookie": InvalidRemovesAuth,
	"auth-cache-duration":    InvalidRemovesAuth,
	"temporal-redirect-code": InvalidDropsIfTemporalRedirect,
	"mirror-target":          InvalidMirrorsToApp,
}

func TestRulesAreAllKeys(t *testing.T) {
	var want []string
	for _, row := range facts(t, "ingress-nginx.tsv") {
		key := strings.TrimPrefix(row[0], Prefix)
		want = append(want, key)
		rule, ok := RuleFor(key)
		if !ok {
			t.Errorf("%s: no rule", key)
			continue
		}
		if critical := strings.HasSuffix(row[1], "risk=critical"); rule.Critical != critical {
			t.Errorf("%s: critical %v, want %v", key, rule.Critical, critical)
		}
		if to, ok := strings.CutPrefix(row[1], "alias of "); ok && rule.AliasOf != to {
			t.Errorf("%s: alias of %q, want %q", key, rule.AliasOf, to)
		}
	}
	slices.Sort(want)
	var got []string
	for _, r := range Rules() {
		got = append(got, r.Key)
	}
	if !slices.Equal(got, want) {
		t.Errorf("rules for\n%v\nwant\n%v", got, want)
	}
	if len(got) != 138 {
		t.Errorf("%d rules, want 138", len(got))
	}
}

func TestRulesAgreeWithEffects(t *testing.T) {
	for _, row := range facts(t, "ingress-nginx-effects.tsv") {
		for _, key := range append([]string{row[0]}, strings.Fields(row[1])...) {
			rule, _ := RuleFor(key)
			if key != row[0] && rule.AliasOf != row[0] {
				t.Errorf("%s: alias of %q, want %q", key, rule.AliasOf, row[0])
			}
			// A reach beyond the paths is in the rule's effect: the host's regex mode, and
			// the CA of proxy-ssl-secret.
			scope := strings.TrimSuffix(strings.TrimSuffix(row[3], "(+host)"), "+server")
			if string(rule.Scope) != scope {
				t.Errorf("%s: scope %s, want %s", key, rule.Scope, scope)
			}
			want := measured(t, row[6])
			if s, ok := sharper[key]; ok {
				want = s
			}
			if rule.Invalid != want {
				t.Errorf("%s: invalid %q, want %q", key, rule.Invalid, want)
			}
			if unvalidated := strings.HasPrefix(row[6], "n/a"); (rule.Validate == nil) != unvalidated {
				t.Errorf("%s: validated %v, want %v", key, rule.Validate != nil, !unvalidated)
			}
		}
	}
}

// inWords are defaults that the rules say in other words than the table, with the table's.
var inWords = map[string]string{
	"allowlist-source-range": "global whitelist-source-range", "denylist-source-range": "global denylist-source-range",
	"auth-realm": `"" -> auth_basic ""`, "custom-http-errors": "global custom-http-errors", "default-backend": "global default backend",
	"enable-modsecurity": "global", "enable-opentelemetry": "global", "load-balance": `global load-balance, "" = round_robin`,
	"mirror-host": "host of mirror-target", "session-cookie-path": "path of the Ingress rule ($location_path)",
	"session-cookie-secure": "unset => follows scheme ($https)", "ssl-ciphers": "global", "upstream-vhost": "$best_http_host",
	"ssl-prefer-server-ciphers": "unset",         // then the ConfigMap's holds
	"auth-method":               "client method", // the specification overrides it (item 51): a GET
}

// TestDefaultsAreTheTables: a default is the table's, without its remarks in parentheses.
func TestDefaultsAreTheTables(t *testing.T) {
	for _, row := range facts(t, "ingress-nginx-effects.tsv") {
		rule, _ := RuleFor(row[0])
		plain, _, _ := strings.Cut(row[7], " (")
		if plain == "none" || plain == "unset" || plain == "-" {
			plain = ""
		}
		words, other := inWords[row[0]]
		if other && (row[7] != words || rule.Default == plain) || !other && rule.Default != plain {
			t.Errorf("%s: default %q, want %q", row[0], rule.Default, row[7])
		}
	}
}

func measured(t *testing.T, column string) OnInvalid {
	switch {
	case strings.HasPrefix(column, "ignored"), strings.HasPrefix(column, "n/a"):
		return InvalidIgnored
	case column == "INGRESS DROPPED":
		return InvalidDropsIngress
	case strings.HasPrefix(column, "LOCATIONS DENIED (503)"):
		return InvalidDenies
	}
	t.Fatalf("unknown consequence %q", column)
	return 0
}

// TestPatternsAreTheTables compares each validator with the expression in the table, over
// generated values.
func TestPatternsAreTheTables(t *testing.T) {
	shape := regexp.MustCompile(`^(?:regex )?(\^?\S.*?)( \(spaces removed before match\))?(; no CR/LF)?$`)
	count := 0
	for _, row := range facts(t, "ingress-nginx-effects.tsv") {
		if !strings.HasPrefix(row[5], "regex ") {
			continue
		}
		count++
		parts := shape.FindStringSubmatch(row[5])
		re, err := regexp.Compile(parts[1])
		if err != nil {
			t.Fatalf("%s: %v", row[0], err)
		}
		squeeze, oneLine := parts[2] != "", parts[3] != ""
		rule, _ := RuleFor(row[0])
		value := rapid.OneOf(
			rapid.StringMatching(`[ -~\r\n]{1,8}`),
			rapid.StringMatching(`[a-z0-9/ ,.:$_-]{1,10}`),
			rapid.StringMatching(strings.ReplaceAll(parts[1], "(^0|", "^(0|")),
		).Filter(func(s string) bool { return s != "" })
		rapid.Check(t, func(rt *rapid.T) {
			v := value.Draw(rt, "value")
			match := v
			if squeeze {
				match = strings.ReplaceAll(v, " ", "")
			}
			want := strings.TrimSpace(v) != "" && re.MatchString(match) && !(oneLine && strings.ContainsAny(v, "\r\n"))
			if got := rule.Validate(v) == nil; got != want {
				rt.Fatalf("%s: %q valid: %v, want %v", row[0], v, got, want)
			}
		})
	}
	if count < 50 {
		t.Errorf("only %d expressions found in the table", count)
	}
}

func TestRulesAreComplete(t *testing.T) {
	for _, r := range Rules() {
		if r.Effect == "" || strings.HasSuffix(r.Effect, ".") {
			t.Errorf("%s: effect %q: want a clause without full stop", r.Key, r.Effect)
		}
		if !r.Routing && (r.Note == "" || strings.HasSuffix(r.Note, ".")) {
			t.Errorf("%s: note %q: want a clause without full stop", r.Key, r.Note)
		}
		if r.Inert && (r.Security || r.Routing) {
			t.Errorf("%s: inert, but it bears security or is about routing", r.Key)
		}
		if main, ok := RuleFor(r.AliasOf); r.AliasOf != "" && (!ok || main.Scope != r.Scope ||
			main.Invalid != r.Invalid || main.Security != r.Security) {
			t.Errorf("%s: differs from %s", r.Key, r.AliasOf)
		}
	}
}

func TestRouting(t *testing.T) {
	want := strings.Fields(`app-root canary canary-by-cookie canary-by-header canary-by-header-pattern
		canary-by-header-value canary-weight canary-weight-total force-ssl-redirect from-to-www-redirect
		permanent-redirect permanent-redirect-code preserve-trailing-slash relative-redirects rewrite-target
		server-alias ssl-redirect temporal-redirect temporal-redirect-code use-port-in-redirects use-regex
		x-forwarded-prefix`)
	var got []string
	for _, r := range Rules() {
		if r.Routing {
			got = append(got, r.Key)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("routing\n%v\nwant\n%v", got, want)
	}
}

// TestProtecting holds down which keys must not be lost silently, family by family.
func TestProtecting(t *testing.T) {
	protects := regexp.MustCompile(`^(auth-.*|.*-source-range|satisfy|.*-snippet|enable-modsecurity|enable-owasp-core-rules|` +
		`enable-global-auth|limit-.*|proxy-ssl-.*|ssl-.*|force-ssl-redirect|custom-headers|permanent-redirect|temporal-redirect)$`)
	harmless := map[string]string{
		"auth-keepalive":            "connections to the auth service",
		"auth-keepalive-requests":   "connections to the auth service",
		"auth-keepalive-timeout":    "connections to the auth service",
		"auth-keepalive-share-vars": "connections to the auth service",
		"limit-allowlist":           "an exemption: without it limits are stricter",
		"limit-whitelist":           "an exemption: without it limits are stricter",
		"limit-rate":                "responses come faster, and no request more is let in",
		"limit-rate-after":          "an exemption: without it limits are stricter",
	}
	for _, r := range Rules() {
		want := protects.MatchString(r.Key) && harmless[r.Key] == ""
		if r.Security != want {
			t.Errorf("%s: security %v, want %v", r.Key, r.Security, want)
		}
	}
}

func TestEmptyValues(t *testing.T) {
	for _, r := range Rules() {
		want := InvalidIgnored
		switch {
		case strings.HasSuffix(r.Key, "-snippet"):
			want = InvalidDropsIngress
		case r.Key == "allowlist-source-range", r.Key == "denylist-source-range", r.Key == "auth-secret":
			want = InvalidDenies
		}
		if r.Empty != want {
			t.Errorf("%s: empty %q, want %q", r.Key, r.Empty, want)
		}
		cancels := slices.Contains([]string{"from-to-www-redirect", "relative-redirects", "temporal-redirect",
			"temporal-redirect-code", "permanent-redirect", "permanent-redirect-code"}, r.Key)
		if r.EmptyCancelsRedirects != cancels {
			t.Errorf("%s: empty cancels redirects: %v, want %v", r.Key, r.EmptyCancelsRedirects, cancels)
		}
	}
}

func TestRulesAreFresh(t *testing.T) {
	Rules()[0].Key = "changed"
	if got := Rules()[0].Key; got != "affinity" {
		t.Errorf("first rule is %q after a caller changed its slice", got)
	}
	if _, ok := RuleFor("rate-limit"); ok {
		t.Error("rate-limit: a rule for a key that does not exist")
	}
}

package httpproxy

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

func genPath() *rapid.Generator[string] {
	return rapid.OneOf(rapid.StringMatching(`(/[a-z.+(){}\[\]|*?^$\\~%-]{1,4}){1,3}`), rapid.Map(rapid.String(), func(s string) string { return "/" + s + "x" }))
}

// TestForms: what Encode writes into regexes, Decode reads back.
func TestForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := genPath().Draw(t, "path")
		for re, kind := range map[string]intent.PathKind{segmentRegex(path): intent.SegmentPrefix, exactRegex(path): intent.ExactPath} {
			if got, ok := ReadPathRegex(re); !ok || got != (intent.Path{Kind: kind, Value: path}) {
				t.Fatalf("%s: got %v, %v", re, got, ok)
			}
			if _, err := regexp.Compile(re); err != nil {
				t.Fatal(err)
			}
		}
		for _, prefix := range []string{path, path + "/"} {
			merged := regexp.QuoteMeta(strings.TrimRight(prefix, "/")) + "(?:" + wholePrefix(prefix) + ")"
			if got, ok := readWholePrefix(merged); !ok || got != prefix {
				t.Fatalf("%s: got %q, %v", merged, got, ok)
			}
		}
		c := intent.Cond{Name: strings.ReplaceAll(rapid.String().Draw(t, "name"), "=", "_"), Op: intent.Is, Value: rapid.String().Draw(t, "value")}
		if got, ok := readCookieRegex(cookieRegex(c)); !ok || got != c {
			t.Fatalf("%s: got %v, %v", cookieRegex(c), got, ok)
		}
	})
}

func TestCookieRegex(t *testing.T) {
	re := regexp.MustCompile(`^(?:` + cookieRegex(intent.Cond{Name: "a.b", Value: "1+"}) + `)$`)
	for header, want := range map[string]bool{
		"a.b=1+": true, "x=y; a.b=1+": true, "a.b=1+; x=y": true, "x=y;a.b=1+ ;z=": true,
		"a.b=1": false, "a.b=1+2": false, "xa.b=1+": false, "axb=1+": false, "x=a.b=1+": false, "": false,
	} {
		if re.MatchString(header) != want {
			t.Errorf("%q: want %v", header, want)
		}
	}
}

var patterns = []string{
	"^/", "^/a", "^/a$", "^/a/b", "^/a.b", "^/[ab]+", "^/a(/|$)", "^/(a|b)/b", "^/a*b", "^/a?$", "^/aa|^/b", "^/.{2}$", "^/(?:a/)?b$", "^/b(.*)",
}

// TestMeets: a pattern and a prefix or path meet if and only if some path of a few letters
// matches both.
func TestMeets(t *testing.T) {
	var texts []string
	for all := []string{"/"}; len(all[0]) < 6; {
		texts = append(texts, all...)
		var longer []string
		for _, s := range all {
			for _, c := range []string{"a", "b", "/", "A"} {
				longer = append(longer, s+c)
			}
		}
		all = longer
	}
	for _, fold := range []bool{false, true} {
		for _, pattern := range patterns {
			expr := pattern
			if fold {
				expr = "(?i)" + pattern
			}
			re := regexp.MustCompile(expr)
			for _, path := range texts[:1+4+16] {
				for _, kind := range []intent.PathKind{intent.StringPrefix, intent.ExactPath} {
					want := false
					for _, s := range texts {
						want = want || re.MatchString(s) && (s == path || kind == intent.StringPrefix && strings.HasPrefix(s, path))
					}
					p := intent.Path{Kind: intent.RegexPath, Value: pattern, Fold: fold}
					if got := meets(p, intent.Path{Kind: kind, Value: path}); got != want {
						t.Errorf("%s and %s %s: got %v", p, pathKind(kind), path, got)
					}
				}
			}
		}
	}
	if !meets(intent.Path{Kind: intent.RegexPath, Value: "^/(?=a)"}, intent.Path{Value: "/b"}) {
		t.Error("of a pattern that does not parse anything may be true")
	}
}

func pathKind(k intent.PathKind) string { return strings.TrimSpace(intent.Path{Kind: k}.String()) }

// TestExtends: a pattern that extends another one matches nothing that the other does not.
func TestExtends(t *testing.T) {
	texts := []string{"/", "/a", "/b", "/aa", "/ab", "/ba", "/a/", "/a/b", "/x/a", "/aab", "/c"}
	for _, c := range append(patterns, "^/a{2", "^/a|/b", "^/x") {
		for _, more := range []string{"b", "/", "*", "+", "?", "{2}", "|/c", "}", "$", "(b)"} {
			p := intent.Path{Kind: intent.RegexPath, Value: c + more}
			re, err := regexp.Compile(p.Value)
			if err != nil || !extends(p, intent.Path{Kind: intent.RegexPath, Value: c}) {
				continue
			}
			for _, s := range texts {
				if re.MatchString(s) && !regexp.MustCompile(c).MatchString(s) {
					t.Errorf("%s matches %s, and %s does not", p.Value, s, c)
				}
			}
		}
	}
	if !extends(intent.Path{Kind: intent.RegexPath, Value: "^/a.b/"}, intent.Path{Kind: intent.RegexPath, Value: "^/a.b"}) {
		t.Error("^/a.b/ does not extend ^/a.b")
	}
}

func TestBelow(t *testing.T) {
	for _, c := range []struct {
		path, prefix, rest string
		ok                 bool
	}{
		{"/a", "", "/a", true}, {"/a", "/", "/a", true}, {"/a", "/a", "", true}, {"/a/b", "/a", "/b", true}, {"/a/", "/a", "/", true},
		{"/ab", "/a", "b", false}, {"/b", "/a", "/b", false}, {"/a/b", "/a/", "/b", true}, {"/a/", "/a/", "", true}, {"/a", "/a/", "/a", false},
	} {
		rest, ok := below(c.path, c.prefix)
		if ok != c.ok || ok && rest != c.rest {
			t.Errorf("%s below %s: got %q, %v", c.path, c.prefix, rest, ok)
		}
		if ok && mergeSlashes(c.prefix+rest) != c.path {
			t.Errorf("%s below %s: Contour makes %s of it", c.path, c.prefix, mergeSlashes(c.prefix+rest))
		}
	}
}

func TestAllow(t *testing.T) {
	o := Options{Allow: []Allow{ParseAllow("auth-url@h.t=a=b"), ParseAllow("p/whitelist-source-range"), ParseAllow("x@")}}
	for _, c := range []struct {
		key, host, reason string
		ok                bool
	}{
		{"nginx.ingress.kubernetes.io/auth-url", "h.t", "a=b", true}, {"auth-url", "h.t", "a=b", true}, {"auth-url", "g.t", "", false},
		{"p/whitelist-source-range", "g.t", "", true}, {"q/whitelist-source-range", "g.t", "", false}, {"x", "any.t", "", true}, {"auth-urls", "h.t", "", false},
	} {
		if got, ok := o.allows(c.key, c.host); ok != c.ok || got.Reason != c.reason {
			t.Errorf("%s at %s: got %v, %v", c.key, c.host, got, ok)
		}
	}
}

// TestCertificateOptions: cert-manager's annotations, and those that have no field.
func TestCertificateOptions(t *testing.T) {
	var c Certificate
	for key, value := range map[string]string{
		"common-name": "h.t", "duration": "1h", "renew-before": "1m", "alt-names": "a.t, b.t", "ip-sans": "10.0.0.1", "uri-sans": "spiffe://x", "email-sans": "a@b.t",
		"usages": "server auth,client auth", "revision-history-limit": "3", "subject-organizations": "o", "subject-countries": "c", "subject-organizationalunits": "u",
		"subject-localities": "l", "subject-provinces": "p", "subject-streetaddresses": "s", "subject-postalcodes": "z", "subject-serialnumber": "n",
		"private-key-algorithm": "ECDSA", "private-key-encoding": "PKCS8", "private-key-rotation-policy": "Always", "private-key-size": "384",
	} {
		if !c.set("cert-manager.io/"+key, value) {
			t.Errorf("%s is not carried over", key)
		}
	}
	s := c.Spec
	if len(s.DNSNames) != 2 || s.DNSNames[1] != "b.t" || len(s.Usages) != 2 || s.Subject.SerialNumber != "n" || s.PrivateKey.Size != 384 || s.RevisionHistoryLimit != 3 {
		t.Errorf("got %+v", s)
	}
	for key, value := range map[string]string{
		"cert-manager.io/unknown": "x", "cert-manager.io/subject-x": "x", "cert-manager.io/private-key-x": "x", "acme.cert-manager.io/http01-edit-in-place": "true",
		"cert-manager.io/private-key-size": "big", "cert-manager.io/revision-history-limit": "many",
	} {
		if c.set(key, value) {
			t.Errorf("%s: %s is said to be carried over", key, value)
		}
	}
}

// TestCovers: what is answered in letters of either case, or by a pattern, covers no more than that.
func TestCovers(t *testing.T) {
	pattern := func(value string) intent.Path { return intent.Path{Kind: intent.RegexPath, Value: value, Fold: true} }
	folded := intent.Path{Kind: intent.StringPrefix, Value: "/a", Fold: true}
	exact := func(value string) intent.Path { return intent.Path{Kind: intent.ExactPath, Value: value} }
	for _, c := range []struct {
		by, path intent.Path
		want     bool
	}{
		{folded, exact("/A"), true}, {folded, exact("/Ab"), true}, {folded, exact("/b"), false}, {folded, exact("/"), false},
		{intent.Path{Kind: intent.StringPrefix, Value: "/a"}, exact("/A"), false},
		{intent.Path{Kind: intent.StringPrefix, Value: "/k", Fold: true}, exact("/\u212a"), false},
		{pattern("^/b(/|$)(.*)"), exact("/b"), true}, {pattern("^/b(/|$)(.*)"), exact("/B"), true}, {pattern("^/b(/|$)(.*)"), exact("/bx"), false},
		{pattern("^/b(/|$)(.*)"), intent.Path{Kind: intent.StringPrefix, Value: "/b"}, false},
		{intent.Path{Kind: intent.RegexPath, Value: "^/b.*"}, exact("/B"), false}, {pattern("^/(?!x)y"), exact("/y"), false},
	} {
		if got := covers(c.by, c.path); got != c.want {
			t.Errorf("%s covers %s: got %v", c.by, c.path, got)
		}
	}
}

package nginx

import (
	"fmt"
	"math/big"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// FuzzNetworks: what the validation takes is a network each, whose address is inside, and a
// list reads the same when it is read from what came out.
func FuzzNetworks(f *testing.F) {
	for _, s := range []string{"", "10.0.0.1", "10.0.0.0/8, ::1", "::ffff:1.2.3.4", "1.2.3.4/33", "fe80::1%eth0", "2001:db8::/32,,1.1.1.1/0", "01.2.3.4", "::ffff:1.2.3.4/120", "::ffff:0.0.0.0/0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		out := networks(list)
		if again := networks(strings.Join(out, ",")); !slices.Equal(again, out) {
			t.Fatalf("%q: %q, and read again %q", list, out, again)
		}
		if isCIDRs(list) != nil {
			return
		}
		for item := range strings.SplitSeq(list, ",") {
			address, _, _ := strings.Cut(strings.TrimSpace(item), "/")
			ip := net.ParseIP(address)
			if ip.To4() != nil && strings.Contains(address, ":") {
				continue // Go writes IPv4 in IPv6 as IPv4, whose networks have other lengths
			}
			inside := slices.ContainsFunc(out, func(network string) bool {
				_, n, err := net.ParseCIDR(network)
				return err == nil && n.Contains(ip)
			})
			if !inside {
				t.Fatalf("%q is valid, and %s is not in %q", list, address, out)
			}
		}
	})
}

var sizeText = regexp.MustCompile(`^(\d+)([kKmMgG]?)$`)

// FuzzByteSize: a size is what it is with numbers of any length.
func FuzzByteSize(f *testing.F) {
	for _, s := range []string{"", "0", "1", "4k", "8M", "1g", "1G", "+1", "-1", "k", "9223372036854775807", "9007199254740992k", "8589934591g", "1 k", " 1k ", "1_000"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, text string, long bool) {
		want, ok := new(big.Int), false
		if m := sizeText.FindStringSubmatch(strings.TrimSpace(text)); m != nil {
			exponent := strings.Index("kmg", strings.ToLower(m[2])) + 1
			if m[2] == "" {
				exponent = 0
			}
			want.SetString(m[1], 10)
			want.Lsh(want, uint(10*exponent)) //nolint:gosec // 0 to 30
			ok = want.IsInt64() && (long || exponent < 3)
		}
		if !ok {
			want.SetInt64(0)
		}
		if got, is := byteSize(text, long); is != ok || got != want.Int64() {
			t.Fatalf("%q, %v: %d, %v; want %d, %v", text, long, got, is, want, ok)
		}
	})
}

var durationsText = regexp.MustCompile(`^[^\S\n]*\S`)

// FuzzCacheDuration: statuses come before the time, and a time there must be.
func FuzzCacheDuration(f *testing.F) {
	for _, s := range []string{"", "5m", "200 5m", "200 202 401 5m", "5m 200", "200", "x 5m", "5m 10s", "5M", "500ms", "200 5 m"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !durationsText.MatchString(text) && isCacheDuration(text) {
			t.Fatalf("%q holds nothing", text)
		}
		words := strings.Fields(text)
		last := -1 // the last status
		first := len(words)
		for i := len(words) - 1; i >= 0; i-- {
			switch digits := strings.TrimRight(words[i], "msdhwMy"); {
			case len(words[i]) == 3 && digits == words[i] && isNumber(digits):
				last = max(last, i)
			case isNumber(digits) && slices.Contains([]string{"ms", "s", "m", "h", "d", "w", "M", "y"}, words[i][len(digits):]):
				first = i
			}
		}
		if want := first < len(words) && last < first; isCacheDuration(text) != want {
			t.Fatalf("%q: %v, want %v", text, !want, want)
		}
	})
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// FuzzSeconds: a time of nginx's is our number of seconds, or left as it stands.
func FuzzSeconds(f *testing.F) {
	for _, s := range []string{"60", "60s", "1m", "1h", "1500ms", "1.5s", "-1s", "", "s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out := inSeconds("proxy-read-timeout", text)
		if out == text {
			return
		}
		n, err := strconv.Atoi(out)
		if err != nil || isInt(out) != nil {
			t.Fatalf("%q became %q", text, out)
		}
		if again := inSeconds("proxy-read-timeout", fmt.Sprint(n)+"s"); again != out {
			t.Fatalf("%q became %q, and that %q", text, out, again)
		}
	})
}

// FuzzCookieName: a name that the validation takes holds only its characters, and blanks,
// and is the name of the cookie, trimmed.
func FuzzCookieName(f *testing.F) {
	for _, s := range []string{"", "route", "a b", " a ", "x;y", "a\nb", "é", "INGRESS.COOKIE/1:~"} {
		f.Add(s)
	}
	rule, _ := RuleFor("session-cookie-name")
	f.Fuzz(func(t *testing.T, name string) {
		want := strings.TrimSpace(name) != ""
		for i := range len(name) {
			want = want && (isWord(name[i]) || strings.IndexByte(" /-.~:", name[i]) >= 0)
		}
		if got := rule.Validate(name) == nil; got != want {
			t.Fatalf("%q: valid %v, want %v", name, got, want)
		}
		ing := &manifest.Ingress{Annotations: []manifest.KeyValue{{Key: Prefix + "session-cookie-name", Value: name}}}
		cookie := affinityOf(&object{Ingress: ing, values: readValues(ing)}).Cookie
		if valid := strings.TrimSpace(name); want && cookie != valid || !want && cookie != "INGRESSCOOKIE" {
			t.Fatalf("%q: the cookie is %q", name, cookie)
		}
	})
}

var variableText = regexp.MustCompile(`\$(?:\{(\w+)\}|([1-9])|(\w+))`)

// FuzzVariables: a text is taken if every "$" begins a variable that is known.
func FuzzVariables(f *testing.F) {
	for _, s := range []string{"", "$", "$$", "a$host", "${host}", "${host", "${}", "$1x", "${1}", "$0", "$http_x-y", "$nosuch", "$host$nosuch", "$é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		known := true
		for _, m := range variableText.FindAllStringSubmatch(text, -1) {
			if name := m[1] + m[3]; name != "" {
				family := slices.ContainsFunc(nginxFamilies, func(p string) bool { return strings.HasPrefix(name, p) })
				known = known && (family || slices.Contains(nginxVariables, name))
			}
		}
		want := known && !strings.Contains(variableText.ReplaceAllString(text, ""), "$")
		if got := unknownVariable(text) == ""; got != want {
			t.Fatalf("%q: known %v, want %v (%q)", text, got, want, unknownVariable(text))
		}
	})
}

package judge

import (
	"math/rand/v2"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// Witnesses are the requests of a proof: one for every decision that requests can meet, and
// with it one for every difference. Those of another source come behind them.
func Witnesses(more Requests) Requests {
	return func(before, after *table.Table, host string) []table.Request {
		out := equivalence.Prove(before, after, host, nil, equivalence.Bounds{}).Requests
		out = slices.DeleteFunc(out, func(r table.Request) bool { // there is no https to a host without a certificate
			return r.Scheme == "https" && !secured(after.Host(r.Host).Host())
		})
		return append(out, more(before, after, host)...)
	}
}

// secured says whether the routes of a host are asked over https: TLS that is relayed is the
// application's.
func secured(h *intent.Host) bool { return h != nil && h.TLS != nil && h.TLS.Passthrough == nil }

// Around makes at most n requests for each host: at and around every path of either side,
// each condition on headers met and not met, over http and, where there is a certificate,
// https. Of more than n, those come first that reach a decision which no other has reached;
// for the rest the seed decides.
func Around(n int, seed uint64) Requests {
	return func(before, after *table.Table, host string) []table.Request {
		name := host
		if rest, ok := strings.CutPrefix(host, "*."); ok {
			name = "sample." + rest
		}
		paths, heads := []string{"/", "/unknown-zz?a=b"}, [][]table.Header{nil}
		schemes := []string{"http"}
		for _, h := range []*intent.Host{before.Host(name).Host(), after.Host(name).Host()} {
			if h == nil {
				continue
			}
			for _, r := range h.Routes {
				paths = append(paths, pathsAround(r.Match.Path)...)
				heads = append(heads, headersFor(r.Match)...)
			}
		}
		if secured(after.Host(name).Host()) {
			schemes = append(schemes, "https")
		}
		slices.Sort(paths)
		var out []table.Request
		for _, p := range slices.Compact(paths) {
			for _, hs := range heads[:min(len(heads), 24)] {
				for _, s := range schemes {
					out = append(out, table.Request{Scheme: s, Host: name, Method: "GET", URI: p, Headers: hs})
				}
			}
		}
		random := rand.New(rand.NewPCG(seed, uint64(len(host))))
		random.Shuffle(len(out), func(i, k int) { out[i], out[k] = out[k], out[i] })
		return newFirst(after, out)[:min(len(out), n)]
	}
}

// newFirst puts those requests first of which each gets a decision that none before it got.
func newFirst(t *table.Table, rs []table.Request) []table.Request {
	type reached struct {
		route, status int
		scheme        string
	}
	seen := map[reached]bool{}
	var first, rest []table.Request
	for _, r := range rs {
		d := t.Match(r)
		if at := (reached{d.RouteIndex, d.Status, r.Scheme}); !seen[at] {
			seen[at] = true
			first = append(first, r)
			continue
		}
		rest = append(rest, r)
	}
	return append(first, rest...)
}

// pathsAround tell a path condition from its neighbours.
func pathsAround(p intent.Path) []string {
	var out []string
	for _, s := range texts(p) {
		bare := strings.TrimRight(s, "/")
		for _, path := range []string{bare, bare + "/", bare + "/x", bare + "x", bare + "?q=1", strings.ToUpper(bare)} {
			if strings.HasPrefix(path, "/") && !strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`%#\"<>^{|}`+"`", r) }) {
				out = append(out, path)
			}
		}
	}
	return out
}

// texts are what the path condition matches.
func texts(p intent.Path) []string {
	if p.Kind != intent.RegexPath {
		return []string{p.Value}
	}
	return matched(p.Value)
}

// matched are texts that a pattern matches, with repetitions left out and taken once.
func matched(pattern string) []string {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	var out []string
	for rounds := range 2 {
		var b strings.Builder
		write(&b, tree, rounds)
		out = append(out, b.String())
	}
	return out
}

func write(b *strings.Builder, re *syntax.Regexp, rounds int) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(strings.ToLower(string(re.Rune)))
	case syntax.OpCharClass:
		if len(re.Rune) > 0 {
			b.WriteRune(re.Rune[len(re.Rune)-2])
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('q')
	case syntax.OpStar, syntax.OpQuest:
		for range rounds {
			write(b, re.Sub[0], rounds)
		}
	case syntax.OpRepeat:
		for range max(re.Min, min(rounds, re.Max)) {
			write(b, re.Sub[0], rounds)
		}
	case syntax.OpAlternate:
		write(b, re.Sub[rounds*(len(re.Sub)-1)], rounds)
	default:
		for _, sub := range re.Sub {
			write(b, sub, rounds)
		}
	}
}

// headersFor are header sets that meet the conditions of a match, all together and each
// alone, and one that meets none.
func headersFor(m intent.Match) [][]table.Header {
	var all []table.Header
	for _, c := range m.Headers {
		if strings.HasPrefix(c.Name, ":") {
			continue
		}
		value := c.Value
		if c.Op == intent.Matches {
			if ts := matched(c.Value); len(ts) > 0 {
				value = ts[len(ts)-1]
			}
		}
		if c.Op == intent.Present || c.Op == intent.Absent {
			value = "zz-other"
		}
		all = append(all, table.Header{Name: c.Name, Value: value})
	}
	for _, c := range m.Cookies {
		all = append(all, table.Header{Name: "Cookie", Value: "a=b; " + c.Name + "=" + c.Value})
	}
	if len(all) == 0 {
		return nil
	}
	out := [][]table.Header{all}
	for _, h := range all {
		out = append(out, []table.Header{h}, []table.Header{{Name: h.Name, Value: "zz-other"}})
	}
	return out
}

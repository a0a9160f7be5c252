package equivalence

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// maxSamples bounds the requests per host; with many routes fewer are asked, but no less
// than a quarter, so that maxLooks bounds the routes that they are held against.
const (
	maxSamples = 20_000
	maxLooks   = 4_000_000
)

// samples are the requests that may show a difference between two versions of a host: at
// and around every path of either, each condition met and none met, over http and, with
// TLS, https.
type samples struct {
	host  string
	paths []string
	heads [][]table.Header
	asked map[string]bool // paths on which routes ask for headers
	tls   bool
	// relays says that no request over https comes to the routes on either side.
	relays bool
	limit  int // of requests
}

func newSamples(name string, before, after *intent.Host) samples {
	routes := 1
	for _, h := range []*intent.Host{before, after} {
		if h != nil {
			routes += len(h.Routes)
		}
	}
	return samples{
		limit: max(min(maxSamples, maxLooks/routes), maxSamples/4),
		host:  hostName(name), paths: samplePaths(before, after), heads: sampleHeaders(before, after),
		asked: conditional(before, after), tls: before != nil && before.TLS != nil && !relays(before), relays: relays(before) && relays(after),
	}
}

func (s samples) each(visit func(table.Request)) {
	ask := func(scheme, uri string, hs []table.Header) {
		visit(table.Request{Scheme: scheme, Host: s.host, Method: "GET", URI: uri, Headers: hs})
	}
	for _, p := range s.paths {
		for _, hs := range chosen(s.heads, s.asked[p]) {
			if s.tls {
				ask("https", p, hs)
			}
			ask("http", p, hs)
		}
	}
	ask("http", s.paths[0]+"?a=b", nil)
	if !s.relays {
		ask("https", s.paths[0]+"?a=b/", nil)
	}
}

// visit asks as many requests as the limit lets through, spread over all of them, and says
// how many it left out.
func (s samples) visit(ask func(table.Request)) (skipped int) {
	total := 0
	s.each(func(table.Request) { total++ })
	every := uint64(total+s.limit-1) / uint64(max(s.limit, 1))
	n := uint64(0)
	s.each(func(r table.Request) {
		n++
		if spread := n * 0x9e3779b97f4a7c15 >> 32; every > 1 && spread%every != 0 { // no period meets that of the paths
			skipped++
			return
		}
		ask(r)
	})
	return skipped
}

// Samples are requests that may show a difference between two versions of a host, at most
// 20,000; either version may be nil.
func Samples(name string, before, after *intent.Host) []table.Request {
	var all []table.Request
	newSamples(name, before, after).visit(func(r table.Request) { all = append(all, r) })
	return all
}

// conditional are the paths around routes that have conditions on headers or cookies.
func conditional(hosts ...*intent.Host) map[string]bool {
	var out map[string]bool
	for _, h := range hosts {
		if h == nil {
			continue
		}
		for _, r := range h.Routes {
			if len(r.Match.Headers)+len(r.Match.Cookies) == 0 {
				continue
			}
			if out == nil {
				out = map[string]bool{}
			}
			for _, p := range around(r.Match.Path) {
				out[p] = true
			}
		}
	}
	return out
}

// chosen are all header sets where a route asks for headers, elsewhere none and one.
func chosen(heads [][]table.Header, asked bool) [][]table.Header {
	if asked {
		return heads
	}
	return heads[:min(2, len(heads))]
}

// hostName is a host that a model's name stands for.
func hostName(name string) string {
	if rest, ok := strings.CutPrefix(name, "*."); ok {
		return "sample." + rest
	}
	return name
}

// samplePaths are clean paths (no escapes, no empty or dot segments) at and around the
// paths of the routes, sorted and unique, "/" and an unknown one among them.
func samplePaths(hosts ...*intent.Host) []string {
	seen := map[intent.Path]bool{}
	paths := []string{"/", "/unknown-zz"}
	for _, h := range hosts {
		if h == nil {
			continue
		}
		for _, r := range h.Routes {
			if seen[r.Match.Path] {
				continue
			}
			seen[r.Match.Path] = true
			for _, p := range around(r.Match.Path) {
				if clean(p) {
					paths = append(paths, p)
				}
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// around are the paths that tell a path condition from its neighbours.
func around(p intent.Path) []string {
	if p.Kind == intent.RegexPath {
		var out []string
		for _, s := range examples(p.Value) {
			out = append(out, s, s+"/x", s+"x")
			if p.Fold {
				out = append(out, strings.ToUpper(s))
			}
		}
		return out
	}
	bare := strings.TrimRight(p.Value, "/")
	return []string{bare, bare + "/", bare + "/x", bare + "x", strings.ToUpper(bare)}
}

// clean says whether both data planes read the path alike.
func clean(p string) bool {
	if !strings.HasPrefix(p, "/") || strings.Contains(p, "//") {
		return false
	}
	for _, segment := range strings.Split(p, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return !strings.ContainsFunc(p, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`%?#\"<>^{|}`+"`", r) })
}

// sampleHeaders are header sets: none, and one for every condition on a header or cookie.
func sampleHeaders(hosts ...*intent.Host) [][]table.Header {
	sets := [][]table.Header{nil}
	add := func(h table.Header) {
		if !slices.ContainsFunc(sets, func(s []table.Header) bool { return slices.Contains(s, h) }) {
			sets = append(sets, []table.Header{h})
		}
	}
	for _, host := range hosts {
		if host == nil {
			continue
		}
		for _, r := range host.Routes {
			for _, c := range r.Match.Headers {
				for _, v := range values(c) {
					add(table.Header{Name: c.Name, Value: v})
				}
			}
			for _, c := range r.Match.Cookies {
				add(table.Header{Name: "Cookie", Value: c.Name + "=" + c.Value})
			}
		}
	}
	return append(sets, pairs(sets)...)
}

// pairs joins sets of different headers, so that the order of conditions shows.
func pairs(sets [][]table.Header) [][]table.Header {
	var out [][]table.Header
	for i, a := range sets {
		for _, b := range sets[i+1:] {
			if len(a) == 1 && len(b) == 1 && a[0].Name != b[0].Name && len(out) < 16 {
				out = append(out, []table.Header{a[0], b[0]})
			}
		}
	}
	return out
}

// values are header values that meet a condition, and one that does not.
func values(c intent.Cond) []string {
	switch c.Op {
	case intent.Matches:
		return append(examples(c.Value), "zz-other")
	case intent.Present, intent.Absent:
		return []string{"zz-other"}
	}
	return []string{c.Value, "zz-other"}
}

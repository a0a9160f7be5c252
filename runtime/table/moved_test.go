package table

import (
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// TestCapturesInLocations: every row was seen with nginx 1.22, where
// `rewrite "(?i)FROM" https://n.tPATH break` answers in the location of FROM.
func TestCapturesInLocations(t *testing.T) {
	for _, c := range []struct {
		from      string
		path      intent.Template
		uri, want string // behind https://n.t
	}{
		{"/a/(.*)", "/{$1}", "/a/", "/"},
		{"/a/(.*)", "/{$1}", "/A/x?q=1", "/x?q=1"},
		{"/a/(.*)", "/{$1}", "/a//b/../c", "/c"},
		{"/a/(.*)", "/{$1}", "/a/x%2Fy", "/x/y"},
		{"/a/(.*)", "/{$1}", "/a/%41%2f%3a%3D%7E", "/A/:=~"},
		{"/a/(.*)", "/{$1}", "/a/x%3Fb%2Bc%26d%23e%20f%25g", "/x?b%2Bc%26d%23e%20f%25g"},
		{"/a/(.*)", "/{$1}", "/a/x%3Fb?q=1", "/x?b?q=1"},
		{"/a/(.*)", "/{$1}", "/a/x+y", "/x+y"},
		{"/a/(.*)", "/{$1}", "/a/%C3%A4", "/%C3%A4"},
		{"/a/(.*)", "/{$1}", "/a/\xc3\xa4", "/\xc3\xa4"},
		{"/a/(.*)", "/{$1}", "/a/a%22b%09", "/a%22b%09"},
		{"/a/(.*)", "/{$1}", `/a/"b{x}`, `/"b{x}`},
		{"/a/(.*)", "/{$1}", "/a/%7Bx%7D%3B%7C", "/{x};|"},
		{"/a/(.*)", "/{$1}", "/a/%2541", "/%2541"},
		{"/a/(.*)", "/{$1}", "/a/x?a+%", "/x?a+%"},
		{"/j(/|$)(.*)", "/{$2}", "/j", "/"},
		{"/j(/|$)(.*)", "/{$2}", "/J/z", "/z"},
		{"/f/(.*)", "/{$2}/{uri}", "/f/x?q=1", "///f/x?q=1?q=1"},
		{"/g/(.*)", "{path}", "/g/x%20y?q", "/g/x y?q"},
	} {
		r := intent.Route{Match: intent.Match{Path: intent.Path{Kind: intent.RegexPath, Value: "^" + c.from, Fold: true}}}
		r.Redirect = &intent.Redirect{Status: 302, Scheme: "https", Host: "n.t", Path: c.path + "{?query}", From: c.from}
		d := newTable(t, intent.Decoded, intent.Host{Name: "a.t", Routes: []intent.Route{r}}).Match(Request{Host: "a.t", URI: c.uri})
		if d.Status != 302 || d.Location != "https://n.t"+c.want {
			t.Errorf("%s of %s: %d %q, want %q", c.from, c.uri, d.Status, d.Location, c.want)
		}
	}
}

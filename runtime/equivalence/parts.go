package equivalence

import (
	"cmp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// partly are the parts in which two routes differ, but for what the platform profile covers:
// the defaults of the two data planes, where nothing of the input asks for the part.
func partly(before, after *intent.Route) []intent.Dimension {
	return slices.DeleteFunc(intent.DiffersIn(before, after), func(d intent.Dimension) bool {
		asked := before != nil && slices.ContainsFunc(before.Asked, func(a intent.Asked) bool { return a.Dimension == d })
		return !asked && httpproxy.ByPlatform(d, before, after)
	})
}

// text is what a route does in a part; nothing does nothing.
func text(r *intent.Route, d intent.Dimension) string {
	if r == nil {
		return ""
	}
	return r.Text(d)
}

// parts are those of routes.
var parts = intent.Parts()

// names says whether an edit about a part is about exactly the difference of two routes. Of
// other dimensions that is told elsewhere.
func names(e intent.Edit, before, after *intent.Route) bool {
	if !slices.Contains(parts, e.Dimension) {
		return true
	}
	return e.From == text(before, e.Dimension) && e.To == text(after, e.Dimension)
}

// secrecy are the parts of how hosts are served over https in which two differ: whom they ask
// for a certificate, and which versions and ciphers they speak, where the one before says
// anything of them.
func secrecy(r table.Request, before, after table.Decision) []intent.Dimension {
	var d dimensions
	b, a := tlsOf(before), tlsOf(after)
	if r.Scheme != "https" || b == nil || a == nil || after.Status >= 400 {
		return nil
	}
	d.add(!same(b.Client, a.Client), intent.ClientCertificates)
	differ := func(before, after string) bool { return before != "" && before != after }
	d.add(b.AnyOrder != a.AnyOrder || differ(b.Ciphers, a.Ciphers) || differ(b.MinVersion, a.MinVersion) || differ(b.MaxVersion, a.MaxVersion), intent.TLSCiphers)
	return d
}

func tlsOf(d table.Decision) *intent.TLS {
	if d.Host == nil {
		return nil
	}
	return d.Host.TLS
}

// namesTLS is names for the parts of how a host is served over https.
func namesTLS(e intent.Edit, before, after table.Decision) bool {
	if e.Dimension != intent.ClientCertificates && e.Dimension != intent.TLSCiphers {
		return true
	}
	return e.From == tlsOf(before).Text(e.Dimension) && e.To == tlsOf(after).Text(e.Dimension)
}

// guards are the parts that keep requests out.
var guards = slices.DeleteFunc(intent.Parts(), func(d intent.Dimension) bool { return !d.Guards() })

// lost is a part that keeps requests out before and does so otherwise, or not at all, after,
// and that no edit names; else "".
func lost(before, after table.Decision, edits []intent.Edit) intent.Dimension {
	if before.Status >= 400 || before.Route.Respond != nil && before.Route.Respond.Status >= 400 {
		return "" // nobody is let in, over https at the latest
	}
	for _, d := range guards {
		if !before.Route.Has(d) || intent.SameIn(d, before.Route, after.Route) {
			continue
		}
		named := slices.ContainsFunc(edits, func(e intent.Edit) bool {
			return e.Dimension == d && e.Route == before.RouteIndex && names(e, before.Route, after.Route)
		})
		if !named {
			return d
		}
	}
	return ""
}

// answersFirst says whether a route answers by itself what would else come to an application,
// since something of the input asks for that.
func answersFirst(r *intent.Route) bool {
	return r.Forward == nil && slices.ContainsFunc(r.Asked, func(a intent.Asked) bool { return a.Dimension == intent.WholeAnswer })
}

// askedBy names the entries that ask for a part of a route, or else the part itself.
func askedBy(r *intent.Route, part intent.Dimension) string {
	var keys []string
	for _, a := range r.Asked {
		if a.Dimension == part && a.Security && !slices.Contains(keys, a.Key) {
			keys = append(keys, a.Key)
		}
	}
	return cmp.Or(strings.Join(keys, ", "), string(part))
}

package httpproxy

import (
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// listeners are those of Envoy that know a route: each has a table of its own for a host.
type listeners uint8

const (
	onHTTP listeners = 1 << iota
	onHTTPS
	onBoth = onHTTP | onHTTPS
)

// merged are routes of Ingresses and a root in the order in which Contour adds them,
// without those that are overwritten on every listener.
func (d *decoder) merged(s *site, all []*flat) []*flat {
	stays := map[*flat]listeners{}
	for _, l := range []listeners{onHTTP, onHTTPS} {
		var here []*flat
		for _, f := range all {
			if f.on&l != 0 {
				here = append(here, f)
			}
		}
		for _, f := range lastOfEqual(here, func(f, to *flat) { d.overwritten(s, l, f, to) }) {
			stays[f] |= l
		}
	}
	out := all[:0]
	for _, f := range all {
		if f.on = stays[f]; f.on != 0 {
			out = append(out, f)
		}
	}
	return out
}

// overwritten tells of routes of two Ingresses with the same path. Within one the later
// one stays, and a root's route stays before both; else it is chance.
func (d *decoder) overwritten(s *site, l listeners, f, to *flat) {
	if f.answer == nil || to.answer == nil || f.origin.Object == to.origin.Object {
		return
	}
	if l == onHTTP && f.answer.HTTPS != nil && to.answer.HTTPS != nil {
		return // to the same place
	}
	same := func(a, b intent.Opaque) bool { return a.Key == b.Key && a.Value == b.Value }
	if !f.answer.SameAnswer(*to.answer) || !slices.EqualFunc(f.answer.Opaque, to.answer.Opaque, same) {
		d.conflict(f.origin.Object, to.origin.Object, "the path "+f.path.String()+" of the host "+orAny(s.name))
	}
}

func orAny(host string) string {
	if host == "" {
		return "*"
	}
	return host
}

// conflict notes once, on both, that two Ingresses claim the same thing.
func (d *decoder) conflict(loser, winner, what string) {
	for _, pair := range [][2]string{{loser, winner}, {winner, loser}} {
		p := Problem{pair[0], "IngressConflict", "it gives " + what + ", and so does " + pair[1] +
			": Contour takes one of them by chance, anew at every change in the cluster; here " + winner + " counts"}
		if !slices.Contains(d.problems, p) {
			d.problems = append(d.problems, p)
		}
	}
}

// over limits a route to requests of one listener.
func over(r intent.Route, l listeners) intent.Route {
	scheme := intent.Cond{Name: ":scheme", Op: intent.Is, Value: "http"}
	if l == onHTTPS {
		scheme.Value = "https"
	}
	r.Match.Headers = append(slices.Clip(r.Match.Headers), scheme)
	return r
}

// overHTTP are the routes of a host that answer over http, limited to that.
func overHTTP(h *intent.Host) []intent.Route {
	if h == nil {
		return nil
	}
	var out []intent.Route
	for _, r := range h.Routes {
		limited := over(r, onHTTP)
		limited.Opaque = slices.DeleteFunc(slices.Clone(r.Opaque), func(q intent.Opaque) bool { return q.Key == keyAuthorization || q.Key == keyMaxVersion })
		http := limited.Match.Headers[len(r.Match.Headers)]
		switch i := slices.IndexFunc(r.Match.Headers, func(c intent.Cond) bool { return c.Name == http.Name && c.Op == intent.Is }); {
		case i < 0:
			out = append(out, limited)
		case r.Match.Headers[i] == http:
			out = append(out, r)
		}
	}
	return out
}

// nextWider is the host whose routes answer over http for one that the listener of http
// does not know: that of the longest wildcard above it, else "". Under a wildcard there are
// routes for one label only.
func nextWider(m intent.Model, name string, secureOnly map[string]bool) *intent.Host {
	_, parent, _ := strings.Cut(strings.TrimPrefix(name, "*."), ".")
	direct := !strings.HasPrefix(name, "*.")
	for ; parent != ""; _, parent, _ = strings.Cut(parent, ".") {
		if h := m.Host("*." + parent); h != nil && !secureOnly[h.Name] {
			if direct {
				return h
			}
			return nil
		}
		direct = false
	}
	return m.Host("")
}

// belowWildcards adds, where there are routes for unknown hosts, a host without any for
// the names of more than one label below each wildcard: those meet the wildcard's virtual
// host, of which no route lets them through.
func belowWildcards(hosts []intent.Host, secureOnly map[string]bool) []intent.Host {
	for _, h := range slices.Clone(hosts) {
		if below, ok := strings.CutPrefix(h.Name, "*"); ok && !secureOnly[h.Name] {
			hosts = append(hosts, intent.Host{Name: "~^.+" + regexp.QuoteMeta(below) + "$", Origins: h.Origins})
		}
	}
	slices.SortFunc(hosts, func(a, b intent.Host) int { return strings.Compare(a.Name, b.Name) })
	return hosts
}

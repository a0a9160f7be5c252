package intent

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestParts: without its parts a route has none, taking one away changes no other, and two
// routes differ in a part exactly if its texts do.
func TestParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, o := partlyRoute(t, "one"), partlyRoute(t, "other")
		differing := DiffersIn(&r, &o)
		for _, d := range Parts() {
			if (r.Text(d) != o.Text(d)) != slices.Contains(differing, d) {
				t.Fatalf("%s: %q and %q, and the routes differ in %v", d, r.Text(d), o.Text(d), differing)
			}
			without := r.Without(d)
			if text := without.Text(d); text != "" {
				t.Fatalf("without %s there is %q", d, text)
			}
			for _, left := range DiffersIn(&r, &without) {
				if left != d {
					t.Fatalf("without %s %s changes from %q to %q", d, left, r.Text(left), without.Text(left))
				}
			}
		}
	})
}

// partlyRoute is a route that does some things of each part.
func partlyRoute(t *rapid.T, label string) Route {
	n := func(name string) int { return rapid.IntRange(0, 2).Draw(t, label+" "+name) }
	on := func(name string) bool { return rapid.Bool().Draw(t, label+" "+name) }
	r := Route{Policies: &Policies{SatisfyAny: on("satisfy")}, Forward: &Forward{Websocket: true, HTTP10: on("http10"), Untold: on("untold")}}
	p, f := r.Policies, r.Forward
	if on("limits") {
		p.Limits = &Limits{PerSecond: n("rps"), Burst: n("burst"), Connections: n("connections"), Rate: n("rate"), RateAfter: n("after"), Body: int64(n("body"))}
		if p.Limits.PerSecond == 0 {
			p.Limits.Burst = 0
		}
		if p.Limits.Rate == 0 {
			p.Limits.RateAfter = 0
		}
	}
	if on("access") {
		p.Access = &Access{Allow: []string{"10.0.0.0/8"}}
	}
	if on("cors") {
		p.CORS = &CORS{Origins: []string{"*"}, MaxAge: n("age")}
	}
	if on("retry") {
		f.Retry = &Retry{Tries: n("tries"), On: []string{"error"}}
	}
	f.Timeouts = Timeouts{Connect: n("connect"), Connection: n("connection"), Idle: 1}
	f.Connection = []string{"", "close", "keep-alive"}[n("header")]
	for range n("backends") {
		b := Backend{Service: "s", ClusterIP: on("cluster-ip"), Bound: []string{"", "a"}[n("bound")%2]}
		if on("tls") {
			b.TLS = &UpstreamTLS{Verify: on("verify")}
		}
		f.Backends = append(f.Backends, b)
	}
	if on("affinity") {
		f.Affinity = &Affinity{Cookie: "c"}
	}
	if on("primary") {
		f.Primary = &Backend{Namespace: "n", Service: "s", Port: "80"}
	}
	return r
}

// TestSame: whatever two routes do, they do the same in a part exactly if its texts are, and
// something exactly if there is one.
func TestSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, o := anyRoute(t, "one"), anyRoute(t, "other")
		if rapid.Bool().Draw(t, "a shared half") {
			o.Policies = r.Policies
		}
		for _, d := range Parts() {
			if SameIn(d, &r, &o) != (r.Text(d) == o.Text(d)) {
				t.Fatalf("%s: %q and %q, and the same: %v", d, r.Text(d), o.Text(d), SameIn(d, &r, &o))
			}
			if r.Has(d) != (r.Text(d) != "") {
				t.Fatalf("%s: %q, and there: %v", d, r.Text(d), r.Has(d))
			}
		}
	})
}

// anyRoute is a route with anything in its policies and handling.
func anyRoute(t *rapid.T, label string) Route {
	r := Route{Policies: &Policies{}, Forward: &Forward{}}
	fill(t, reflect.ValueOf(r.Policies).Elem(), label)
	fill(t, reflect.ValueOf(r.Forward).Elem(), label)
	if l := r.Policies.Limits; l != nil { // no negative limits
		l.PerSecond, l.PerMinute, l.Connections, l.Rate, l.Body = l.PerSecond&3, l.PerMinute&3, l.Connections&3, l.Rate&3, l.Body&3
	}
	return r
}

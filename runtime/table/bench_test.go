package table

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// fleet is a model of many hosts, each with the same number of prefixes and one for all
// the rest, as a team's sites have them: longer prefixes first.
func fleet(hosts, prefixes int, tls *intent.TLS) intent.Model {
	m := intent.Model{Hosts: make([]intent.Host, hosts)}
	for i := range m.Hosts {
		h := intent.Host{Name: fmt.Sprintf("site%06d.example.com", i), TLS: tls}
		for k := range prefixes - 1 {
			h.Routes = append(h.Routes, to(fmt.Sprintf("svc-%d", k), path(intent.SegmentPrefix, fmt.Sprintf("/team%d/app%d", k%7, k))))
		}
		h.Routes = append(h.Routes, to("rest", all))
		m.Hosts[i] = h
	}
	return m
}

// asked are requests to many hosts and prefixes of a fleet, in an order without a pattern.
func asked(hosts, prefixes int) []*Prepared {
	all := make([]*Prepared, 1<<14)
	for i := range all {
		n := uint32(i) * 2654435761 >> 8
		host, k := int(n)%hosts, int(n>>4)%prefixes
		all[i] = Prepare(Request{Host: fmt.Sprintf("site%06d.example.com", host), URI: fmt.Sprintf("/team%d/app%d/index.html?q=1", k%7, k)})
	}
	return all
}

// BenchmarkCompiledMatch is flat in the number of hosts, and nearly so in the prefixes of
// one host.
func BenchmarkCompiledMatch(b *testing.B) {
	for _, size := range []struct{ hosts, prefixes int }{{1, 2}, {1, 5}, {1, 10}, {1, 100}, {1, 1000}, {100, 10}, {10_000, 10}} {
		m, requests := fleet(size.hosts, size.prefixes, nil), asked(size.hosts, size.prefixes)
		reference, err := New(m)
		if err != nil {
			b.Fatal(err)
		}
		c := compile(b, m)
		name := fmt.Sprintf("%dx%d", size.hosts, size.prefixes)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if c.Match(requests[i%len(requests)]).Route == nil {
					b.Fatal("no route")
				}
			}
		})
		b.Run(name+"/reference", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if reference.MatchPrepared(requests[i%len(requests)]).Route == nil {
					b.Fatal("no route")
				}
			}
		})
	}
}

// BenchmarkCompiledMatchMixed matches where conditions and regular expressions have to be asked.
func BenchmarkCompiledMatchMixed(b *testing.B) {
	c := compile(b, mixed(intent.Decoded))
	for _, uri := range []string{"/c/x", "/r/abc/x", "/ever7", "/fold/x", "/p"} {
		p := Prepare(Request{Host: "y.w.t", URI: uri, Headers: []Header{{Name: "Accept", Value: "*/*"}, {Name: "Cookie", Value: "a=b; can=always"}}})
		b.Run(uri, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if c.Match(p).Route == nil {
					b.Fatal("no route")
				}
			}
		})
	}
}

// rewriting is a fleet whose paths are regular expressions with a tail, each of them
// another, and whose routes rewrite by them.
func rewriting(hosts, prefixes int, tail string) intent.Model {
	m := fleet(hosts, prefixes, nil)
	for i := range m.Hosts {
		for k := range m.Hosts[i].Routes {
			r := &m.Hosts[i].Routes[k]
			pattern := fmt.Sprintf("/site%d%s%s", i, r.Match.Path.Value, tail)
			r.Match.Path = intent.Path{Kind: intent.RegexPath, Value: "^" + pattern, Fold: true}
			r.Forward.Rewrite = &intent.Rewrite{Kind: intent.RegexRewrite, From: pattern, To: "/$2", Fold: true}
		}
	}
	return m
}

// BenchmarkCompile makes tables of 100 000 routes, and of 10 000 where package regexp has
// to read each of them. Beside the time of all threads it reports what a table holds on to.
func BenchmarkCompile(b *testing.B) {
	for _, c := range []struct {
		name string
		m    intent.Model
	}{
		{"plain", fleet(10_000, 10, nil)}, {"hsts", fleet(10_000, 10, &intent.TLS{HSTS: &intent.HSTS{MaxAge: 1}})},
		{"rewrites", rewriting(10_000, 10, "(/|$)(.*)")}, {"regexes", rewriting(1000, 10, "/(.+)/([0-9]+)$")}, {"one-host", fleet(1, 100_000, nil)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			runtime.GC()
			before, start := heap(), cpu(b)
			var last *Compiled
			for b.Loop() {
				var err error
				if last, err = Compile(c.m); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((cpu(b)-start)/float64(b.N), "cpu-s/op")
			runtime.GC()
			b.ReportMetric(float64(heap()-before)/1e6, "held-MB")
			runtime.KeepAlive(last)
		})
	}
}

func heap() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// cpu is the processor time that this process took so far, in seconds.
func cpu(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

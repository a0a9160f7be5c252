package convert

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/fixtures/bench"
	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
)

// BenchmarkConvert reads, converts and writes generated Ingresses, and reports how their
// routes come out.
func BenchmarkConvert(b *testing.B) {
	for _, n := range []int{100, 1000, 10000, 20000} {
		data := bench.Ingresses(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			var res *Result
			for b.Loop() {
				res = convertOnce(b, data)
			}
			routes := map[string]int{}
			for _, h := range res.Hosts {
				for o, n := range h.Routes {
					routes[o] += n
				}
			}
			for _, o := range []string{"exact", "approximated", "untranslated", "blocked", "withheld"} {
				b.ReportMetric(float64(routes[o]), o)
			}
		})
	}
}

// BenchmarkInterleaved converts and proves one host with many paths.
func BenchmarkInterleaved(b *testing.B) {
	for _, n := range []int{100, 1000, 2000} {
		data := bench.Interleaved(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			var res *Result
			for b.Loop() {
				res = convertOnce(b, data)
			}
			p := proved(b, res)
			b.ReportMetric(float64(p.Work.States), "states")
			b.ReportMetric(float64(p.Work.Steps), "steps")
		})
	}
}

// TestManyPaths: a host of two thousand patterns is written and proved equal. Its only team has
// all of it; where another has a path, it is told what the condition comes to that names them all.
func TestManyPaths(t *testing.T) {
	const n = 2000
	for other, told := range map[string]bool{"": false, otherPath: true} {
		res := convertOnce(t, append(bench.Interleaved(n), other...))
		proved(t, res)
		named := slices.IndexFunc(res.Findings, func(f ledger.Finding) bool { return f.Rule == "condition-repeated" })
		if (named >= 0) != told {
			t.Fatalf("beside %q: condition-repeated is finding %d", other, named)
		}
		if told && !strings.Contains(res.Findings[named].Message, "names 2000 patterns, and Contour repeats that for each of its 2000 routes: some 79 MB") {
			t.Error(res.Findings[named].Message)
		}
		if claims := res.Owned.Hosts[0].Claims; told != (len(claims) == n+1) {
			t.Errorf("beside %q: %d claims", other, len(claims))
		}
	}
}

const otherPath = `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: other, namespace: other}
spec:
  ingressClassName: nginx
  rules:
  - host: big.example
    http: {paths: [{path: /other, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
`

// proved is the proof of the only host, which must be written and equal.
func proved(tb testing.TB, res *Result) *Proof {
	tb.Helper()
	h := res.Hosts[0]
	if h.Withheld != "" {
		tb.Fatal(h.Withheld)
	}
	if h.Proof.Verdict != Equal {
		tb.Fatal(h.Proof.Why)
	}
	return h.Proof
}

// TestInterleavedWork holds the growth of a proof by counting it: twice the paths of one
// host make at most 2.2 times the states and cases, and 4.4 times the steps.
func TestInterleavedWork(t *testing.T) {
	work := func(n int) equivalence.Work { return convertOnce(t, bench.Interleaved(n)).Hosts[0].Proof.Work }
	small, large := work(200), work(400)
	if 10*large.States > 22*small.States || 10*large.Cases > 22*small.Cases || 10*large.Steps > 44*small.Steps {
		t.Errorf("%+v for 200 paths, %+v for 400", small, large)
	}
}

func convertOnce(tb testing.TB, data []byte) *Result {
	set, err := manifest.Read([]manifest.Source{{Path: "-", Reader: bytes.NewReader(data)}}, manifest.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	res, err := Run(set, Options{Write: new(emit.Documents).Document})
	if err != nil {
		tb.Fatal(err)
	}
	for _, o := range res.Target.Objects {
		if _, err := io.Discard.Write(o.Data); err != nil {
			tb.Fatal(err)
		}
	}
	return res
}

// TestLinear holds the growth of the work by counting it: allocations for ten times the
// input are at most eleven times as many.
func TestLinear(t *testing.T) {
	count := func(n int) uint64 {
		data := bench.Ingresses(n)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		convertOnce(t, data)
		runtime.ReadMemStats(&after)
		return after.Mallocs - before.Mallocs
	}
	small, large := count(200), count(2000)
	if large > 11*small {
		t.Errorf("%d allocations for 200 Ingresses, %d for 2000", small, large)
	}
}

// TestSpent holds what a conversion allocates and what of it stays, for each of 1,000
// Ingresses: 1,568 allocations of 156 kB in all, and 13 kB in the result, its ledger included.
// The bounds are up to a twentieth higher.
func TestSpent(t *testing.T) {
	const n = 1000
	data := bench.Ingresses(n)
	convertOnce(t, data) // what is made once stays out
	var before, after, left runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	res := convertOnce(t, data)
	runtime.ReadMemStats(&after)
	runtime.GC()
	runtime.ReadMemStats(&left)
	runtime.KeepAlive(res)
	for _, c := range []struct {
		what       string
		got, bound uint64
	}{
		{"allocations", (after.Mallocs - before.Mallocs) / n, 1640},
		{"bytes allocated", (after.TotalAlloc - before.TotalAlloc) / n, 163_000},
		{"bytes held by the result", (left.HeapAlloc - before.HeapAlloc) / n, 13_600},
	} {
		t.Logf("%s for each Ingress: %d", c.what, c.got)
		if c.got > c.bound {
			t.Errorf("%s for each Ingress: %d, at most %d", c.what, c.got, c.bound)
		}
	}
}

// TestGenerated keeps the generator's file readable by people who look at it.
func TestGenerated(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "all.yaml"), bench.Ingresses(40), 0o644); err != nil {
		t.Fatal(err)
	}
	set, err := manifest.Read([]manifest.Source{{Path: dir}}, manifest.Options{})
	if err != nil || len(set.Ingresses) != 40 || set.Unreadable != 0 {
		t.Fatalf("%d Ingresses, %d unreadable, %v", len(set.Ingresses), set.Unreadable, err)
	}
}

package server

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/runtime/serve"
)

// run serves the input until the benchmark ends; the channel tells when a change is done.
func (e *estate) run(tb testing.TB) (*pipeline, <-chan serve.Reload) {
	metrics, log := serve.NewMetrics("test", 0), slog.New(slog.DiscardHandler)
	p := newPipeline(input{files: []string{e.dir}, isolated: true}, reports{observer: metrics, retain: metrics.Retain, log: log})
	first, err := p.Load(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	if first.Counts.Hosts != e.hosts || first.Counts.Routes < 3*e.hosts || len(first.Findings) > 0 {
		tb.Fatal(first.Counts, first.Findings[:min(3, len(first.Findings))])
	}
	t := told{log: log}
	ctx, cancel := context.WithCancel(context.Background())
	done, changes := make(chan error, 1), make(chan serve.Reload, 1)
	go func() {
		done <- p.Watch(ctx, nil, func(r serve.Reload) {
			metrics.Reloaded(r)
			t.reload(r)
			changes <- r
		})
	}()
	tb.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			tb.Error(err)
		}
		if err := p.Close(); err != nil {
			tb.Error(err)
		}
	})
	return p, changes
}

func cpuTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func estates(b *testing.B, run func(b *testing.B, e *estate)) {
	for _, routes := range []int{10_000, 50_000} {
		for _, kind := range []string{"proxies", "ingresses"} {
			for _, layout := range []string{"one", "files"} {
				b.Run(fmt.Sprintf("%d/%s/%s", routes, kind, layout), func(b *testing.B) {
					e := &estate{hosts: routes / 3, ingress: kind == "ingresses", separate: layout == "files"}
					e.write(b)
					run(b, e)
				})
			}
		}
	}
}

// BenchmarkReload changes one route of many, from the file to the answer of a request.
// live-ms and worst-ms are from the renamed file to the first new answer, cpu-ms all that
// the process used until the change was told of, without writing the file.
func BenchmarkReload(b *testing.B) {
	estates(b, func(b *testing.B, e *estate) {
		p, changes := e.run(b)
		runtime.GC()
		var live []time.Duration
		var cpu time.Duration
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			b.StopTimer()
			n++
			do := e.change(b, n)
			before := cpuTime(b)
			begin := time.Now()
			b.StartTimer()
			do()
			e.seen(b, p, n)
			live = append(live, time.Since(begin))
			<-changes
			b.StopTimer()
			cpu += cpuTime(b) - before
			b.StartTimer()
		}
		var sum time.Duration
		for _, l := range live {
			sum += l
		}
		b.ReportMetric(float64(sum.Microseconds())/1000/float64(n), "live-ms")
		b.ReportMetric(float64(slices.Max(live).Microseconds())/1000, "worst-ms")
		b.ReportMetric(float64(cpu.Microseconds())/1000/float64(n), "cpu-ms")
	})
}

// BenchmarkStart reads many routes, from the files to the answer of the first request. MB
// is what lives on the heap after it.
func BenchmarkStart(b *testing.B) {
	estates(b, func(b *testing.B, e *estate) {
		e.whole = nil
		b.ReportAllocs()
		var cpu time.Duration
		var heap uint64
		for b.Loop() {
			before := cpuTime(b)
			p := newPipeline(input{files: []string{e.dir}, isolated: true}, reports{log: slog.New(slog.DiscardHandler)})
			if _, err := p.Load(context.Background()); err != nil {
				b.Fatal(err)
			}
			e.seen(b, p, 0)
			cpu += cpuTime(b) - before
			b.StopTimer()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			heap = m.HeapAlloc
			if err := p.Close(); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		b.ReportMetric(float64(cpu.Microseconds())/1000/float64(b.N), "cpu-ms")
		b.ReportMetric(float64(heap)/(1<<20), "MB")
	})
}

package server

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/runtime/assemble"
	"github.com/split-ingress/split-ingress/runtime/proxy"
	"github.com/split-ingress/split-ingress/runtime/serve"
	"github.com/split-ingress/split-ingress/runtime/source"
)

// pipeline is the data plane with what feeds it: files become objects, objects become sites.
type pipeline struct {
	*proxy.Proxy
	in      input
	reports reports
	files   *source.Source
	ready   atomic.Bool
	told    atomic.Pointer[[]ledger.Finding]

	mu       sync.Mutex // of what follows: one change at a time
	objects  *assemble.State
	found    []ledger.Finding           // about the objects
	problems map[string][]proxy.Problem // of sites that can not be served as written, by host
}

func newPipeline(in input, r reports) *pipeline {
	o := assemble.Options{IngressClasses: in.classes, Classless: in.classless, Controller: in.controller, ExternalNames: in.externalNames}
	if !in.isolated {
		o.Faults = assemble.Contour
	}
	if in.contourClass != "" {
		o.ContourClasses = []string{in.contourClass}
	}
	p := &pipeline{
		in: in, reports: r, objects: assemble.New(o), problems: map[string][]proxy.Problem{},
		Proxy: proxy.New(proxy.Options{TrustedHops: in.trustedHops, BodyIdle: in.bodyIdle, Clock: in.clock, Observer: r.observer, Log: r.log}),
	}
	p.told.Store(new([]ledger.Finding))
	return p
}

// Load reads everything once.
func (p *pipeline) Load(context.Context) (serve.Reload, error) {
	start := time.Now()
	files, first, err := source.Open(p.in.files, source.Options{Recursive: p.in.recursive, Namespace: p.in.namespace})
	if err != nil {
		return serve.Reload{}, err
	}
	p.files = files
	r := p.take(first, start)
	p.ready.Store(true)
	return r, nil
}

// Watch takes in what changes.
func (p *pipeline) Watch(ctx context.Context, rescan <-chan struct{}, tell func(serve.Reload)) error {
	done := make(chan struct{})
	waiting := make(chan struct{})
	go func() {
		defer close(waiting)
		for {
			select {
			case <-rescan:
				p.files.Wake()
			case <-done:
				return
			}
		}
	}()
	err := p.files.Watch(ctx, func(c source.Change) { tell(p.take(c, time.Now())) })
	close(done)
	<-waiting
	return err
}

// take applies a change.
func (p *pipeline) take(c source.Change, start time.Time) serve.Reload {
	p.mu.Lock()
	defer p.mu.Unlock()
	change := p.objects.Apply(c)
	before := len(p.problems)
	for host := range change.Sites {
		delete(p.problems, host)
	}
	problems := p.Apply(change)
	for _, problem := range problems {
		p.problems[problem.Site] = append(p.problems[problem.Site], problem)
	}
	if p.reports.retain != nil {
		for host := range change.Sites {
			p.reports.retain(host, p.Keeps(host))
		}
	}
	if of := p.objects.Findings(); !sameList(of, p.found) || len(problems) > 0 || len(p.problems) != before {
		p.found = of
		p.told.Store(new(p.findings()))
	}
	return serve.Reload{Took: time.Since(start), Counts: p.counts(), Findings: p.Findings()}
}

// sameList says whether two lists are one.
func sameList(a, b []ledger.Finding) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// findings are those about the objects, and about sites that are not served as written.
func (p *pipeline) findings() []ledger.Finding {
	all := slices.Clone(p.found)
	for host, problems := range p.problems {
		for _, x := range problems {
			all = append(all, ledger.Finding{Rule: "not-served", Severity: ledger.Error, Message: siteMessage(host, x)})
		}
	}
	return ledger.SortFindings(all)
}

func siteMessage(host string, p proxy.Problem) string {
	switch {
	case p.Route != "":
		return "host " + host + ", route " + p.Route + ": " + p.Message
	case host != "":
		return "host " + host + ": " + p.Message
	}
	return p.Message
}

// Ready says whether the first state is served.
func (p *pipeline) Ready() bool { return p.ready.Load() }

// Findings are what is wrong now.
func (p *pipeline) Findings() []ledger.Finding { return *p.told.Load() }

// Close ends what requests began.
func (p *pipeline) Close() error {
	p.Proxy.Close()
	return nil
}

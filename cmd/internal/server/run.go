package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"sync/atomic"
	"syscall"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/cmd/internal/command"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/serve"
)

// Run serves until a signal, or only checks the input.
func (o *serveOptions) Run() (err error) {
	log := o.logger(o.ErrOut)
	metrics := serve.NewMetrics(o.version, o.series)
	observer := observe.Observer(metrics)
	var file *logFile
	if !o.check {
		access, opened, err := o.accessLog(o.Out, metrics)
		if err != nil {
			return err
		}
		file = opened
		defer func() { err = errors.Join(err, file.Close()) }()
		if access != nil {
			defer func() { err = errors.Join(err, access.Close()) }()
			observer = observe.All(metrics, access)
		}
	}
	b, err := o.connect(o.input, reports{observer: observer, retain: metrics.Retain, log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if o.check {
		return o.checkInput(b)
	}
	return o.serve(b, metrics, file, log)
}

// checkInput says what is wrong with the input: findings to standard output, the rest to
// standard error.
func (o *serveOptions) checkInput(b backend) error {
	r, err := b.Load(context.Background())
	if err != nil {
		return err
	}
	for _, f := range r.Findings {
		if _, err := fmt.Fprintln(o.Out, serve.FindingText(f)); err != nil {
			return err
		}
	}
	fmt.Fprintf(o.ErrOut, "hosts %d, routes %d, endpoints %d, findings %d\n", r.Counts.Hosts, r.Counts.Routes, r.Counts.Endpoints, len(r.Findings))
	return failing(r.Findings)
}

// failing is the end of --check and --strict.
func failing(fs []ledger.Finding) error {
	for _, f := range fs {
		if f.Severity >= ledger.Error {
			return exit{codeFailed}
		}
	}
	return nil
}

// The tables of many hosts are large and live long: to look at them as often as Go's 100 % has
// it, costs a tenth of the processor with 10,000 hosts. The floor is for small edges.
const (
	heapFloor  = 32 << 20
	heapGrowth = 200 // percent
)

// serve listens before it reads, so that an address that is taken is known at once; what
// comes in meanwhile waits to be accepted.
func (o *serveOptions) serve(b backend, metrics *serve.Metrics, access *logFile, log *slog.Logger) error {
	defer command.EaseGC(heapFloor, heapGrowth)()
	s, err := serve.New(o.options(b, metrics, log), b)
	if err != nil {
		return err
	}
	ends := o.watchSignals(s, access, log)
	defer ends.stop()
	first, err := b.Load(ends.ctx)
	if err == nil {
		metrics.Reloaded(first)
		t := told{log: log}
		t.findings(first.Findings)
		if o.strict {
			err = failing(first.Findings)
		}
		if err != nil {
			log.Error("the input has errors, and --strict is given")
		} else {
			o.announce(s, first, log)
			err = o.runWith(ends, s, b, func(r serve.Reload) {
				metrics.Reloaded(r)
				t.reload(r)
			})
		}
	}
	return ends.result(errors.Join(err, s.Close()))
}

// options are the server's.
func (o *serveOptions) options(b backend, metrics *serve.Metrics, log *slog.Logger) serve.Options {
	timeout := o.drainTimeout
	if timeout == 0 {
		timeout = -1 // none; to the server 0 is the default
	}
	return serve.Options{
		HTTP: o.http, HTTPS: o.https, Admin: o.admin, H2C: o.h2c, Pprof: o.pprof,
		Limits:     serve.Limits{Connections: o.connections, BodyIdle: o.input.bodyIdle},
		DrainDelay: o.drainDelay, DrainTimeout: timeout, Metrics: metrics, View: b, Log: log,
	}
}

// announce says where and what is served.
func (o *serveOptions) announce(s *serve.Server, r serve.Reload, log *slog.Logger) {
	a := s.Addresses()
	log.Info("serving", "http", a.HTTP, "https", a.HTTPS, "admin", a.Admin,
		"hosts", r.Counts.Hosts, "routes", r.Counts.Routes, "endpoints", r.Counts.Endpoints, "findings", len(r.Findings))
	o.warnOfFiles(filesAllowed(), log)
	if a.Admin != "" && public(a.Admin) {
		log.Warn("the admin address can be reached from other machines, and asks nobody who they are", "admin", a.Admin)
	}
}

// runWith serves and watches the input until the end. An input that can be watched no more
// goes on being served as it is.
func (o *serveOptions) runWith(ends *ends, s *serve.Server, b backend, tell func(serve.Reload)) error {
	ctx, cancel := context.WithCancel(context.Background())
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		debug.FreeOSMemory() // reading everything took about as much again as is kept of it
		if err := b.Watch(ctx, ends.rescan, tell); err != nil {
			tell(serve.Reload{Err: fmt.Errorf("changes are not seen any more: %w; start the program again", err)})
		}
	}()
	err := s.Run(ends.ctx)
	cancel()
	<-watched
	return err
}

// ends are what signals do.
type ends struct {
	ctx    context.Context // done by the first signal
	rescan chan struct{}   // SIGHUP
	access *logFile        // opened anew by it; may be nil
	second atomic.Int64    // number of the second signal
	stop   func()
}

func (o *serveOptions) watchSignals(s *serve.Server, access *logFile, log *slog.Logger) *ends {
	signals := o.signals
	release := func() {}
	if signals == nil {
		own := make(chan os.Signal, 4)
		signal.Notify(own, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		signal.Ignore(syscall.SIGPIPE) // a log that nobody reads any more is no reason to end
		signals, release = own, func() { signal.Stop(own) }
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := &ends{ctx: ctx, rescan: make(chan struct{}, 1), access: access}
	done, ended := make(chan struct{}), make(chan struct{})
	e.stop = func() { cancel(); close(done); <-ended; release() }
	go func() {
		defer close(ended)
		for {
			select {
			case got := <-signals:
				e.take(got, cancel, s, log)
			case <-done:
				return
			}
		}
	}()
	return e
}

// take does what a signal says.
func (e *ends) take(got os.Signal, cancel func(), s *serve.Server, log *slog.Logger) {
	number, _ := got.(syscall.Signal)
	switch {
	case number == syscall.SIGHUP:
		if err := e.access.Reopen(); err != nil {
			log.Error("the access log could not be opened anew; it goes on in the file that it is in", "error", err)
		}
		select {
		case e.rescan <- struct{}{}:
		default: // one is waiting already
		}
	case e.ctx.Err() == nil:
		cancel()
	default:
		e.second.Store(int64(number))
		log.Warn("a second signal: ending at once", "signal", got.String())
		if err := s.Close(); err != nil {
			log.Error("closing", "error", err)
		}
	}
}

// result is how the program ends: a second signal has its own code, and a first one that
// comes before anything is served is as good as one that comes later.
func (e *ends) result(err error) error {
	if n := e.second.Load(); n != 0 {
		return exit{codeSignaled + int(n)}
	}
	if e.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

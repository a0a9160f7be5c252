// Package serve is what stands around the data plane: listeners for clients, an admin
// address, metrics, the access log, and an orderly end.
package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/split-ingress/split-ingress/runtime/front"
)

// DataPlane answers requests. Its handler sees every request that net/http takes, also
// "OPTIONS *" and CONNECT.
type DataPlane interface {
	http.Handler
	// GetConfigForClient gives the TLS of the host that a client names. A config other than
	// nil must have NextProtos ("h2", "http/1.1") itself, and is not changed. Session
	// tickets are sealed by keys of the listener, which crypto/tls rotates.
	GetConfigForClient(*tls.ClientHelloInfo) (*tls.Config, error)
}

// Options say where and how to serve. An address is HOST:PORT; empty: there is no such
// listener. Port 0 is any free one.
type Options struct {
	HTTP, HTTPS, Admin string
	H2C                bool // HTTP/2 without TLS, by prior knowledge
	Pprof              bool // profiles at the admin address
	Limits             Limits
	DrainDelay         time.Duration // to go on accepting after the end was asked for; default 0
	DrainTimeout       time.Duration // for requests and upgraded connections to end; 0 is 30 s, negative is none
	Metrics            *Metrics      // never nil
	View               View          // what the admin address shows; may be nil without Admin
	Log                *slog.Logger  // nil: nothing is said
}

// DefaultDrainTimeout is how long requests have to end.
const DefaultDrainTimeout = 30 * time.Second

// Server serves.
type Server struct {
	options  Options
	doors    []*door
	admin    *door
	draining atomic.Bool
	cut      chan struct{} // closed: end at once
	cutOnce  sync.Once
}

// Addresses are where a server listens; empty where it does not.
type Addresses struct{ HTTP, HTTPS, Admin string }

// New opens the listeners; requests wait until Run. An error names the address that could
// not be had.
func New(o Options, plane DataPlane) (*Server, error) {
	o.Limits = o.Limits.WithDefaults()
	defaultTo(&o.DrainTimeout, DefaultDrainTimeout)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{options: o, cut: make(chan struct{})}
	err := s.open(plane)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	for _, d := range s.doors {
		o.Metrics.connections(d.name, func() float64 { return float64(d.count()) })
	}
	return s, nil
}

func (s *Server) open(plane DataPlane) error {
	o := &s.options
	handler := inFlight{plane, &o.Metrics.inFlight}
	if o.HTTP == "" && o.HTTPS == "" {
		return errors.New("neither --http-address nor --https-address is given; there is nothing to serve at")
	}
	err := s.openFront("http", o.HTTP, newHTTP(o, handler))
	if err == nil {
		err = s.openFront("https", o.HTTPS, newHTTPS(o, handler, plane.GetConfigForClient))
	}
	if err != nil || o.Admin == "" {
		return err
	}
	admin := newAdminServer(o, s.adminHandler())
	admin.ErrorLog, admin.ConnState = newErrorLog(o.Log, o.Metrics, "admin"), noteState
	d := &door{name: "admin", server: admin}
	if d.listener, err = listen("--admin-address", o.Admin, adminLimits()); err == nil {
		s.admin = d
	}
	return err
}

// openFront opens a listener for clients, if there is to be one.
func (s *Server) openFront(name, address string, f *front.Server) (err error) {
	if address == "" {
		return nil
	}
	o := &s.options
	f.ErrorLog = newErrorLog(o.Log, o.Metrics, name)
	if f.HTTP2 != nil {
		f.HTTP2.ErrorLog = f.ErrorLog
	}
	d := &door{name: name, server: f, tls: f.TLS != nil}
	if d.listener, err = listen("--"+name+"-address", address, o.Limits); err != nil {
		return err
	}
	d.onFree = func(n int) { o.Metrics.reclaimed.Add(float64(n)) }
	s.doors = append(s.doors, d)
	return nil
}

// Addresses are the real ones, with the ports that port 0 became.
func (s *Server) Addresses() Addresses {
	var a Addresses
	for _, d := range s.doors {
		if d.tls {
			a.HTTPS = d.Addr().String()
		} else {
			a.HTTP = d.Addr().String()
		}
	}
	if s.admin != nil {
		a.Admin = s.admin.Addr().String()
	}
	return a
}

// Run serves until ctx is done, and then drains. It gives nil once everything has ended or
// was ended, ErrCut where Close came first, and an error where a listener broke.
func (s *Server) Run(ctx context.Context) error {
	all := s.all()
	ended := make(chan error, len(all))
	for _, d := range all {
		go func() { ended <- d.serve() }()
	}
	var err error
	running := len(all)
	select {
	case <-ctx.Done():
		err = s.drain()
	case <-s.cut:
		err = ErrCut
	case err = <-ended:
		running--
	}
	err = errors.Join(err, s.Close())
	for ; running > 0; running-- {
		err = errors.Join(err, <-ended)
	}
	return err
}

func (s *Server) all() []*door {
	if s.admin == nil {
		return s.doors
	}
	return append(s.doors[:len(s.doors):len(s.doors)], s.admin)
}

// inFlight counts the requests that are being answered.
type inFlight struct {
	http.Handler
	n *atomic.Int64
}

func (h inFlight) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.n.Add(1)
	defer h.n.Add(-1)
	h.Handler.ServeHTTP(w, r)
}

package server

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/serve"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// input says what is served, and how it is read.
type input struct {
	files         []string // files and directories
	recursive     bool     // directories within directories, too
	namespace     string   // of objects whose manifest gives none
	isolated      bool     // faults of one object stay with it; else Contour's
	classes       []string // of Ingresses taken as ingress-nginx's where no IngressClass tells; none: nginx
	classless     bool     // Ingresses without any class are taken, too
	contourClass  string   // of HTTPProxies besides those without one
	externalNames bool     // Services of type ExternalName are resolved
	trustedHops   int      // proxies in front whose X-Forwarded-For is believed
	bodyIdle      time.Duration
}

// reports is who the data plane tells.
type reports struct {
	observer observe.Observer
	// retain is told of each host that was changed or is gone; see serve.Metrics.
	retain func(host string, keep func(route string) bool)
	log    *slog.Logger
}

// backend is everything behind the listeners.
type backend interface {
	serve.DataPlane
	serve.View
	// Load takes in the first state. An error says that the input cannot be read at all.
	Load(context.Context) (serve.Reload, error)
	// Watch takes in changes and tells of each, until ctx is done, which is no error. An
	// element of rescan makes it read everything again.
	Watch(ctx context.Context, rescan <-chan struct{}, tell func(serve.Reload)) error
	// Close ends what Load and requests began, when no request is answered any more.
	Close() error
}

// connect makes the backend: source, assemble and proxy, one after the other.
//
// They are not here yet: until then nothing is served, and every request is answered 503.
func connect(input, reports) (backend, error) { return nothing{}, nil }

type nothing struct{}

func (nothing) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "nothing is served yet", http.StatusServiceUnavailable)
}

func (nothing) GetConfigForClient(*tls.ClientHelloInfo) (*tls.Config, error) {
	return nil, errors.New("nothing is served yet")
}

func (nothing) Ready() bool                                { return false }
func (nothing) Routes(string) []serve.Route                { return nil }
func (nothing) Resolve(table.Request) serve.Resolution     { return serve.Resolution{} }
func (nothing) Findings() []ledger.Finding                 { return nil }
func (nothing) Load(context.Context) (serve.Reload, error) { return serve.Reload{}, nil }
func (nothing) Close() error                               { return nil }

func (nothing) Watch(ctx context.Context, _ <-chan struct{}, _ func(serve.Reload)) error {
	<-ctx.Done()
	return nil
}

package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/serve"
)

// input says what is served, and how it is read.
type input struct {
	files         []string      // files and directories
	recursive     bool          // directories within directories, too
	namespace     string        // of objects whose manifest gives none
	isolated      bool          // faults of one object stay with it; else Contour's
	classes       []string      // of Ingresses taken as ingress-nginx's where no IngressClass tells; none: nginx
	classless     bool          // Ingresses without any class are taken, too
	controller    manifest.Name // ConfigMap of ingress-nginx; the zero value: its defaults
	contourClass  string        // of HTTPProxies besides those without one
	externalNames bool          // Services of type ExternalName are resolved
	trustedHops   int           // proxies in front whose X-Forwarded-For is believed
	bodyIdle      time.Duration
	clock         func() time.Time // of limits on requests; nil: the time of day
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
func connect(in input, r reports) (backend, error) { return newPipeline(in, r), nil }

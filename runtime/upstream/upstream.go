// Package upstream talks to the endpoints of Services: which addresses there are, which of
// them takes the next request, and how a request gets there and its response back, over
// HTTP/1.1 with connections that cost no goroutine, or over HTTP/2.
package upstream

import (
	"crypto/tls"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Key names a set of endpoints: a port of a Service, as a backend of the model names it
// (a number, or a name where no Service told the number).
type Key struct{ Namespace, Service, Port string }

// Options say how the endpoints of a cluster are reached, and which of them is taken.
type Options struct {
	Protocol       intent.Protocol // HTTP, HTTPS, H2C or H2
	TLS            *tls.Config     // for HTTPS and H2; must not change
	ConnectTimeout time.Duration   // for TCP and TLS together; 0 is 5 s
	IdleTimeout    time.Duration   // that an unused connection is kept; 0 is 60 s, negative is for ever
	MaxIdle        int             // unused connections kept for each endpoint; 0 is 320
	Strategy       string          // as intent.Balance.Strategy; empty is "round_robin"
	SubsetSize     int             // as intent.Balance.SubsetSize
	// Outside refuses to connect to an endpoint that is a name where that leads to this
	// machine or its link (see Inside): whoever owns the name decides anew each time.
	Outside bool
}

// withDefaults writes the defaults out.
func (o Options) withDefaults() Options {
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = 5 * time.Second
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = time.Minute
	}
	if o.MaxIdle <= 0 {
		o.MaxIdle = 320
	}
	o.TLS = o.config()
	return o
}

// config is the TLS configuration with the protocol that is offered (ALPN); nil: none.
func (o Options) config() *tls.Config {
	offer := map[intent.Protocol]string{intent.HTTPS: "http/1.1", intent.H2: "h2"}[o.Protocol]
	if offer == "" {
		return nil
	}
	c := &tls.Config{}
	if o.TLS != nil {
		c = o.TLS.Clone()
	}
	c.NextProtos = []string{offer}
	return c
}

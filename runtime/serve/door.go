package serve

import (
	"context"
	"errors"
	"net"
	"net/http"
)

// door is a listener with its server.
type door struct {
	name string // "http", "https" or "admin"
	*listener
	server server
	tls    bool
}

// server serves what a listener accepts: a front.Server to clients, a http.Server to those
// who look after it.
type server interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
	Close() error
}

// serve serves until the server is shut down or closed, which is no error.
func (d *door) serve() error {
	if err := d.server.Serve(d.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// close closes listener and connections.
func (d *door) close() error {
	err := d.server.Close()
	for _, c := range d.hijacked() {
		err = errors.Join(err, c.Close())
	}
	return errors.Join(err, d.listener.Close())
}

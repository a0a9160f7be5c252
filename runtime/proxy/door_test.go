package proxy

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/runtime/front"
)

// door is the real front at a free port of loopback.
type door struct {
	t        testing.TB
	URL      string
	Listener net.Listener
	server   *front.Server
	ended    chan error
}

func open(t testing.TB, h http.Handler) *door {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{t: t, URL: "http://" + l.Addr().String(), Listener: l, ended: make(chan error, 1)}
	d.server = &front.Server{Handler: h, HeaderTimeout: time.Minute, IdleTimeout: time.Minute, HeaderBytes: 64 << 10}
	go func() { d.ended <- d.server.Serve(l) }()
	return d
}

// close ends the server, and waits until every handler has ended.
func (d *door) close() {
	d.t.Helper()
	err := d.server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err = errors.Join(err, d.server.Shutdown(ctx)); err != nil {
		d.t.Errorf("the front does not end: %v", err)
	}
	if err := <-d.ended; !errors.Is(err, http.ErrServerClosed) {
		d.t.Error(err)
	}
	d.ended <- http.ErrServerClosed // it may be closed again
}

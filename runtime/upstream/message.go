package upstream

import (
	"io"
	"net/http"
	"time"
)

// Request is what is sent to an endpoint. It must not change until the body of its
// response is closed.
type Request struct {
	Method, URI, Host string // URI is the raw target and is written as it is
	// Header is written as it is: hop-by-hop headers are already gone. It must not hold
	// Host, Content-Length, Transfer-Encoding and Connection.
	Header http.Header
	// Body of ContentLength bytes; with -1 it ends where it ends, with 0 there is none.
	// It may be read until the body of the response is closed.
	Body          io.Reader
	ContentLength int64
	// Interrupt, if not nil, makes a Read of Body that is under way return soon, and any
	// later one at once. It is called at most once, and only if the exchange ends before the
	// body did. With it nothing reads Body any more once Do has failed or the body of the
	// response is closed; without it, a Read that was under way may still end later.
	Interrupt func()
	Trailer   http.Header // as in http.Request: keys before, values after the body was read
	Upgrade   string      // non-empty: Connection: upgrade and Upgrade: VALUE are sent
	// Connection is what is said in that field if nothing is upgraded: "close",
	// "keep-alive", or nothing. HTTP/2 has no such field.
	Connection string
	// HTTP10 sends the request as HTTP/1.0, over a connection of its own; the length of the
	// body must be known then. HTTP/2 knows no such thing.
	HTTP10 bool
	// MaxHeader bounds the bytes of the response's header, with all interim ones before it,
	// over HTTP/1.1; 0 is 64 KiB, and 1 MiB the most.
	MaxHeader int
	// FirstByte limits the time from the end of the request (its body included) to the end
	// of the response's header; 0 is none.
	FirstByte time.Duration
	// Whole limits the time from the end of the request to the end of the response, its
	// body included; 0 is none. It does not end an upgraded connection.
	Whole time.Duration
	// Idle limits a pause: a write that makes no progress, or a read that gives nothing
	// while nothing is written either. While a body is being sent and no response has
	// begun, reads may wait. 0 is none.
	Idle time.Duration
	// Send limits a write that makes no progress, instead of Idle; 0: Idle does. Over HTTP/2
	// Idle limits all.
	Send          time.Duration
	Informational func(code int, h http.Header) // 1xx other than 100 and 101; may be nil
}

// last says whether the request is the last one of its connection.
func (r *Request) last() bool { return r.Connection == "close" || r.HTTP10 }

// ends are when the response's header and the whole of it must be there, if the request is
// sent now; 0 is never.
func (r *Request) ends() (header, whole int64) {
	if r.Whole > 0 && r.Upgrade == "" {
		whole = now() + int64(r.Whole)
		header = whole
	}
	if r.FirstByte > 0 {
		if first := now() + int64(r.FirstByte); header == 0 || first < header {
			header = first
		}
	}
	return header, whole
}

// Response is what an endpoint answered.
type Response struct {
	Status int
	// Header is without hop-by-hop headers; after 101 Upgrade stays.
	Header        http.Header
	ContentLength int64       // -1: unknown; what the header says after HEAD
	Trailer       http.Header // announced keys at first; values after Body's EOF
	// Pending says that nothing of the body has come with the header, as far as is known: a
	// Read may wait, and the header is better passed on before.
	Pending bool
	// Body is never nil. Close gives the connection back if it can be used again, else
	// closes it; it must not be called while Read is (end the context for that).
	Body io.ReadCloser
	// Conn is the raw connection after 101, nil otherwise. Its Idle stays; Close ends the
	// exchange, and may be called while Read or Write are. It has CloseWrite() error, too.
	Conn       io.ReadWriteCloser
	ProtoMajor int
}

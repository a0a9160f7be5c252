package upstream

import "fmt"

// Kind is why a request to an endpoint failed.
type Kind uint8

// The kinds of failures.
const (
	Connect        Kind = iota // no connection, or no TLS handshake
	ConnectTimeout             // neither within Options.ConnectTimeout
	Reset                      // the connection ended before a whole response
	Timeout                    // no response header in time, or a pause that was too long
	Protocol                   // a response that is no HTTP, or that others could read differently
	Canceled                   // the context of the request ended
	RequestBody                // the body of the request could not be read
	TooLarge                   // a response header beyond the limit
	Invalid                    // a request that cannot be written, or not in this protocol
)

// String names a kind in the words of a log.
func (k Kind) String() string {
	names := [...]string{"connect", "connect timeout", "reset", "timeout", "protocol", "canceled", "request body", "too large", "invalid request"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Error is every error of Endpoint.Do and of reading a Response, always as *Error.
type Error struct {
	Kind     Kind
	Endpoint string // its address
	Reused   bool   // the connection had served requests before
	// Sent: a byte of the body has been read, or the request may have reached the upstream.
	// A request that failed with false can be sent to another endpoint whatever its method.
	Sent bool
	Err  error
}

// Error says where, why and what.
func (e *Error) Error() string { return fmt.Sprintf("upstream %s: %s: %v", e.Endpoint, e.Kind, e.Err) }

// Unwrap gives the cause; for Canceled it is that of the context.
func (e *Error) Unwrap() error { return e.Err }

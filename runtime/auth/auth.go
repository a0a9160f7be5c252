// Package auth decides whether a request may go on: by a name and a password (RFC 7617), or
// by what another service says of it. A check is made once of a policy of the model and is
// asked for each request, by many goroutines at once.
//
// No error and no verdict of this package holds a password, a hash or an Authorization
// header.
package auth

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Verdict is what a check says of a request.
type Verdict struct {
	Allowed bool
	Status  int         // of the refusal
	Header  http.Header // of the refusal; nil: none
	Body    []byte      // of the refusal; nil: the data plane's own page for Status
	// Upstream changes the request that goes on when it is allowed.
	Upstream []HeaderEdit
	// Client changes the response to the client when it is allowed.
	Client []HeaderEdit
	// User is who a password proved somebody to be; empty: nobody.
	User string
	// Err is why no answer could be had, for the log; nil: there was one.
	Err error
}

// Op is what an edit does to a header.
type Op uint8

// The edits.
const (
	Set          Op = iota // the only value from now on
	Append                 // one more value
	Remove                 // all values
	SetIfAbsent            // only where there is no value
	SetIfPresent           // only where there is a value
)

// HeaderEdit is one change to a header.
type HeaderEdit struct {
	Name, Value string
	Op          Op
	// OnSuccess limits a change of a response to the statuses with which nginx adds
	// headers: 200, 201, 204, 206, 301, 302, 303, 304, 307 and 308.
	OnSuccess bool
}

// EditRequest applies edits to the headers of a request, in their order.
func EditRequest(h http.Header, edits []HeaderEdit) {
	for _, e := range edits {
		e.apply(h)
	}
}

// EditResponse applies edits to the headers of a response of that status, in their order.
func EditResponse(h http.Header, status int, edits []HeaderEdit) {
	for _, e := range edits {
		if !e.OnSuccess || successful(status) {
			e.apply(h)
		}
	}
}

func (e HeaderEdit) apply(h http.Header) {
	present := len(h.Values(e.Name)) > 0
	switch {
	case e.Op == Remove:
		h.Del(e.Name)
	case e.Op == Append:
		h.Add(e.Name, e.Value)
	case e.Op == Set, e.Op == SetIfAbsent && !present, e.Op == SetIfPresent && present:
		h.Set(e.Name, e.Value)
	}
}

// successful are the statuses of nginx's add_header without "always".
func successful(status int) bool {
	return slices.Contains([]int{200, 201, 204, 206, 301, 302, 303, 304, 307, 308}, status)
}

// Question is what a data plane knows of a request beside the request itself.
type Question struct {
	Scheme string // of the connection, "http" or "https"
	// Access is the scheme that clients see, where a trusted proxy in front says so; empty:
	// Scheme.
	Access    string
	Host      string // the Host header as sent
	URI       string // path and query as sent
	Peer      string // "address:port" of the other end of the connection
	Client    string // address of the client: the peer's, or what trusted proxies say
	RequestID string
	// Ask changes the headers of an External's question last, for what the data plane knows
	// of a client certificate.
	Ask []HeaderEdit
	// Variable is the value of a variable of the model's templates; nil: all are empty.
	Variable func(name string) string
}

func (q Question) access() string {
	if q.Access != "" {
		return q.Access
	}
	return q.Scheme
}

// lookup is Variable, with the one variable that only this package knows.
func (q Question) lookup(name string) string {
	switch {
	case name == "var:escaped_request_uri":
		return Escape(q.URI)
	case q.Variable == nil:
		return ""
	}
	return q.Variable(name)
}

// ErrNotHonoured is in errors about a policy that this package does not know how to hold:
// whoever serves it must refuse each request.
var ErrNotHonoured = errors.New("not honoured")

// SecretError says why a Secret is of no use. Each request has to be refused with 503.
type SecretError struct {
	Secret string // "namespace/name"
	Reason string
}

func (e *SecretError) Error() string { return fmt.Sprintf("Secret %s: %s", e.Secret, e.Reason) }

// Framing says whether a header tells where a message ends, how a connection goes on or where
// a request goes. No answer of another service may change one: the upstream could be made to
// see two requests.
func Framing(name string) bool {
	switch strings.ToLower(name) {
	case "connection", "content-length", "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade":
		return true
	}
	return strings.HasPrefix(name, ":")
}

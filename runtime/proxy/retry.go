package proxy

import (
	"cmp"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// retry says which failures are tried again. The words are those of nginx's
// proxy_next_upstream and of Envoy's x-envoy-retry-on and x-envoy-retry-grpc-on.
type retry struct {
	tries    int // the first one included
	whole    time.Duration
	perTry   time.Duration
	any      bool // requests that must not be repeated are, too
	connect  bool
	reset    bool // the connection ended before the response
	invalid  bool // what came is no response, or its head is too long
	timeout  bool
	statuses map[int]bool
	grpc     map[string]bool // by grpc-status in the head
	unknown  []string        // words that say nothing here
}

// mostTries are there where the route gives no number.
const mostTries = 100

// newRetry is nil where nothing is tried again.
func newRetry(r *intent.Retry) *retry {
	if r == nil || r.Tries == 1 || len(r.On) == 0 || slices.Contains(r.On, "off") {
		return nil
	}
	y := &retry{
		tries: cmp.Or(max(r.Tries, 0), mostTries), whole: milliseconds(r.Timeout), perTry: milliseconds(r.PerTry), any: r.NonIdempotent,
		statuses: map[int]bool{}, grpc: map[string]bool{},
	}
	for _, on := range r.On {
		y.add(on, r.Codes)
	}
	return y
}

func (y *retry) add(on string, codes []int) {
	switch on {
	case "error": // nginx: a connection, a request or a response head that failed
		y.connect, y.reset = true, true
	case "timeout":
		y.connect, y.timeout = true, true
	case "invalid_header":
		y.invalid = true
	case "non_idempotent":
		y.any = true
	case "5xx": // Envoy counts a reset, a refused connection and its own timeout among them
		y.anyFailure()
		y.status(500, 599)
	case "gateway-error":
		y.anyFailure()
		y.status(502, 504)
	case "reset", "reset-before-request":
		y.anyFailure()
	case "connect-failure", "refused-stream":
		y.connect = true
	case "retriable-4xx":
		y.status(409, 409)
	case "retriable-status-codes":
		for _, c := range codes {
			y.status(c, c)
		}
	case "retriable-headers", "http3-post-connect-failure": // which Contour cannot bring about
	default:
		y.word(on)
	}
}

func (y *retry) anyFailure() { y.connect, y.reset, y.invalid, y.timeout = true, true, true, true }

// word reads "http_503" and the names of gRPC's statuses.
func (y *retry) word(on string) {
	grpc := map[string]string{"cancelled": "1", "deadline-exceeded": "4", "resource-exhausted": "8", "internal": "13", "unavailable": "14"}
	text, status := strings.CutPrefix(on, "http_")
	code, err := strconv.Atoi(text)
	switch {
	case status && err == nil:
		y.status(code, code)
	case grpc[on] != "":
		y.grpc[grpc[on]] = true
	default:
		y.unknown = append(y.unknown, on)
	}
}

func (y *retry) status(from, to int) {
	for c := from; c <= to; c++ {
		y.statuses[c] = true
	}
}

// failed says whether a failure of this kind is tried again.
func (y *retry) failed(e *upstream.Error) bool {
	switch e.Kind {
	case upstream.Connect:
		return y.connect
	case upstream.ConnectTimeout:
		return y.connect || y.timeout
	case upstream.Reset:
		return y.reset
	case upstream.Protocol, upstream.TooLarge:
		return y.invalid
	case upstream.Timeout:
		return y.timeout
	}
	return false
}

// answered says whether a response of this status is thrown away for another try.
func (y *retry) answered(r *upstream.Response) bool {
	if y.statuses[r.Status] {
		return true
	}
	return len(y.grpc) > 0 && y.grpc[r.Header.Get("Grpc-Status")]
}

// repeatable says whether doing a request twice is the same as doing it once (RFC 9110,
// section 9.2.2).
func repeatable(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// pause is how long Envoy waits before a try: a random part of 25 ms, doubled each time, up
// to 250 ms (its default back-off). try counts from 1.
func pause(try int) time.Duration {
	const base, most = 25 * time.Millisecond, 250 * time.Millisecond
	return rand.N(min(base<<min(try-1, 10), most))
}

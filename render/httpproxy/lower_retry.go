package httpproxy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// The conditions of retryPolicy that we write, as Envoy's router names them
// (x-envoy-retry-on).
const (
	connectFailure = "connect-failure"
	resetOfAny     = "reset"
	statusCodes    = "retriable-status-codes"
)

// lowerRetry carries further tries over. nginx sends a POST, PATCH or LOCK again only if no
// application can have seen it, and Envoy whatever method a request has: a request that is
// done twice is worse than an answer that is lost. So unless nginx repeats those, too, only
// connections that fail are tried again, over which nothing was sent.
func lowerRetry(_ *lowering, o *owned, r *intent.Route) verdict {
	if !o.Has(intent.RetryPart) {
		return verdict{}
	}
	r.Forward.Retry = nil
	was := *o.Forward.Retry
	if len(askedFor(o.Route, intent.RetryPart)) == 0 {
		return verdict{outcome: ledger.Approximated, reason: "HTTPProxy tries nothing again unless it is told to"}
	}
	now := &intent.Retry{Tries: was.Tries, NonIdempotent: true}
	var lost []string
	for _, on := range was.On {
		code, err := strconv.Atoi(strings.TrimPrefix(on, "http_"))
		switch {
		case on == "error" && was.NonIdempotent:
			now.On = append(now.On, connectFailure, resetOfAny)
		case on == "error", on == "timeout":
			now.On = append(now.On, connectFailure)
		case on == "invalid_header" && was.NonIdempotent:
			now.On = append(now.On, resetOfAny)
		case err == nil && was.NonIdempotent:
			now.On, now.Codes = append(now.On, statusCodes), append(now.Codes, code)
		default:
			lost = append(lost, on)
		}
	}
	slices.Sort(now.On)
	slices.Sort(now.Codes)
	now.On, now.Codes = slices.Compact(now.On), slices.Compact(now.Codes)
	if len(now.On) == 0 {
		return verdict{outcome: ledger.Untranslated, reason: "nothing is tried again, and nginx made " + tries(was) + " after " + strings.Join(lost, ", ") + ": " + notTwice}
	}
	r.Forward.Retry = now
	v := verdict{outcome: ledger.Approximated, reason: retryReason(was)}
	if len(lost) > 0 {
		v.outcome = ledger.Untranslated
		v.reason += "; and none after " + strings.Join(lost, ", ") + ": " + notTwice
	}
	return v
}

const notTwice = "Envoy would send a POST again, too, which the application may have done already (nginx does that only with non_idempotent)"

// tries says how many there are.
func tries(r intent.Retry) string { return fmt.Sprintf("up to %d tries", r.Tries) }

// retryReason says how Envoy's tries differ from nginx's.
func retryReason(was intent.Retry) string {
	reason := tries(was) + " as before, but Envoy pauses up to 25 ms before the second one and up to 250 ms before later ones, and makes 3 at once for a Service"
	var not []string
	if !was.NonIdempotent {
		not = append(not, "after a request that was sent")
	}
	if slices.Contains(was.On, "timeout") {
		not = append(not, "after an application's silence")
	}
	if len(not) > 0 {
		reason += "; it makes none " + strings.Join(not, ", and none ")
	}
	if was.Timeout > 0 {
		reason += "; nginx began none after " + timeoutText(was.Timeout)
	}
	return reason
}

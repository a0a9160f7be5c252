package httpproxy

import (
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// limitRules bound what clients may do.
var limitRules = []partRule{
	blocked(intent.RequestLimit, "a local rate limit is one bucket for all clients"),
	blocked(intent.ConnectionLimit, "HTTPProxy does not count the requests of a client that are under way: limit them in front of Envoy"),
	without(intent.RateLimit, ledger.Untranslated, "HTTPProxy does not slow responses down: throttle in the application"),
	without(intent.BodySize, ledger.Approximated, "HTTPProxy does not limit bodies: the application gets longer ones, too"),
}

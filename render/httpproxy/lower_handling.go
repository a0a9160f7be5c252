package httpproxy

import (
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// handlingRules are about what is done with requests that go on, and with their answers.
var handlingRules = []partRule{
	without(intent.ErrorPart, ledger.Untranslated, "HTTPProxy has no error pages: let the application answer"),
	without(intent.RetryPart, ledger.Untranslated, "not carried over"),
	without(intent.MirrorPart, ledger.Untranslated, "not carried over"),
	without(intent.BufferingPart, ledger.Approximated, "Envoy streams, and has its own limits for heads"),
	without(intent.CookiePart, ledger.Untranslated, "not carried over"),
	without(intent.LocationPart, ledger.Untranslated, "HTTPProxy leaves the Location headers of applications as they are"),
	without(intent.HTTPVersion, ledger.Approximated, "Envoy speaks HTTP/1.1 to applications"),
	without(intent.ConnectionHeader, ledger.Approximated, "Envoy says itself what becomes of a connection"),
	without(intent.UntoldPart, ledger.Approximated, "Envoy tells gRPC applications who asks"),
	{intent.ConnectTimeout, lowerConnect},
	{intent.KeepAlive, lowerKeepAlive},
}

func lowerConnect(_ *lowering, _ owned, r *intent.Route) verdict {
	if r.Forward == nil {
		return verdict{}
	}
	r.Forward.Timeouts.Connect = connectTimeout
	return verdict{ledger.Approximated, "Contour has one timeout for connections to all applications, 2 s by default (timeouts.connect-timeout of its configuration)"}
}

func lowerKeepAlive(_ *lowering, _ owned, r *intent.Route) verdict {
	if r.Forward == nil {
		return verdict{}
	}
	r.Forward.Timeouts.Connection = connectionTimeout
	return verdict{ledger.Approximated, "Envoy keeps unused connections to applications for an hour"}
}

package httpproxy

import (
	"github.com/split-ingress/split-ingress/annotations/intent"
)

// authRules are about who asks.
var authRules = []partRule{
	blocked(intent.BasicPart, "HTTPProxy asks nobody for a password: authenticate in the application, or name an authorization service"),
	blocked(intent.ExternalPart, "HTTPProxy asks gRPC authorization services only: name an ExtensionService for the host in the plan, or authenticate in the application"),
}

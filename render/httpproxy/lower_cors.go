package httpproxy

import (
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// corsRules are about pages of other origins.
var corsRules = []partRule{
	without(intent.CORSPart, ledger.Untranslated, "HTTPProxy has CORS for whole hosts only"),
}

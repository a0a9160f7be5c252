package cli

import (
	"encoding/json"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// inputProxies are the HTTPProxies of the input as they are. One that does not fit the type
// is a finding, and counts as unreadable.
func inputProxies(set *manifest.Set) []*contour.HTTPProxy {
	var proxies []*contour.HTTPProxy
	for _, raw := range set.Proxies {
		if raw.Kind != "HTTPProxy" {
			continue
		}
		p := &contour.HTTPProxy{}
		if err := json.Unmarshal(raw.JSON, p); err != nil {
			set.Unreadable++
			set.Findings = append(set.Findings, ledger.Finding{
				Rule: manifest.RuleInvalidObject, Severity: ledger.Error, Origin: raw.Origin,
				Message: err.Error(), Action: "correct the field: the API server would refuse it",
			})
			continue
		}
		p.Namespace, p.Name = raw.Namespace, raw.Name
		proxies = append(proxies, p)
	}
	return proxies
}

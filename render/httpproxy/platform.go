package httpproxy

import "github.com/split-ingress/split-ingress/annotations/intent"

// PartDefault is a part of routes that differs between ingress-nginx and Contour where
// nobody asks for anything: a row of the platform profile.
type PartDefault struct {
	ID            string // of the row
	Part          intent.Dimension
	Any           bool         // whatever it is before
	Before, After intent.Route // what a route does in the part
}

// PartDefaults are all of them, for ingress-nginx v1.15.1 and Contour v1.33.8.
func PartDefaults() []PartDefault { return partDefaults }

var partDefaults = []PartDefault{
	{ID: "body-size", Part: intent.BodySize, Before: policies(intent.Policies{Limits: &intent.Limits{Body: 1 << 20}})},
	{ID: "retries", Part: intent.RetryPart, Before: handling(intent.Forward{Retry: &intent.Retry{Tries: 3, On: []string{"error", "timeout"}}})},
	{
		ID: "connect-timeout", Part: intent.ConnectTimeout,
		Before: handling(intent.Forward{Timeouts: intent.Timeouts{Connect: 5000}}), After: handling(intent.Forward{Timeouts: intent.Timeouts{Connect: connectTimeout}}),
	},
	{
		ID: "keep-alive", Part: intent.KeepAlive,
		Before: handling(intent.Forward{Timeouts: intent.Timeouts{Connection: 60000}}), After: handling(intent.Forward{Timeouts: intent.Timeouts{Connection: connectionTimeout}}),
	},
	{ID: "buffering", Part: intent.BufferingPart, Before: handling(intent.Forward{Buffering: &intent.Buffering{Request: true, HeaderSize: 4096}})},
	{ID: "balance", Part: intent.BalancePart, Before: balanced, After: balanced},
	{ID: "canary-endpoints", Part: intent.PrimaryPart, Any: true},
}

var balanced = handling(intent.Forward{Balance: &intent.Balance{Strategy: roundRobin}})

func policies(p intent.Policies) intent.Route { return intent.Route{Policies: &p} }

func handling(f intent.Forward) intent.Route { return intent.Route{Forward: &f} }

// ByPlatform says whether the profile covers what two routes do in a part; after may do
// nothing there at all. nil stands for a route that does nothing.
func ByPlatform(part intent.Dimension, before, after *intent.Route) bool {
	for i := range partDefaults {
		d := &partDefaults[i]
		if d.Part == part && (d.Any || intent.SameIn(part, before, &d.Before)) && (intent.SameIn(part, after, &d.After) || !after.Has(part)) {
			return true
		}
	}
	return false
}

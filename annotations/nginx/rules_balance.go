package nginx

import "github.com/split-ingress/split-ingress/annotations/intent"

const (
	noteSticky = "becomes loadBalancerPolicy Cookie of the team's routes; Contour fixes the cookie's name and attributes"
	noteHash   = "becomes loadBalancerPolicy RequestHash, if it is one header, one query argument or the client's address; hash by one of these"
)

// balanceRules choose the endpoint. They hold for the Service wherever it is used; the
// first Ingress with it wins.
var balanceRules = []Rule{
	{
		Key: "load-balance", Part: intent.BalancePart, Scope: ScopeUpstream, Invalid: InvalidDropsIngress, Default: "round_robin",
		Validate: oneOf("round_robin", "chash", "chashsubset", "sticky_balanced", "sticky_persistent", "ewma"),
		Effect:   "is the way to choose an endpoint: round_robin or ewma",
		Note:     "becomes loadBalancerPolicy of the team's routes; WeightedLeastRequest is the nearest to ewma",
	},
	{
		Key: "upstream-hash-by", Part: intent.BalancePart, Scope: ScopeUpstream, Invalid: InvalidDropsIngress, Validate: squeezed(varChars, wantVars),
		Effect: "sends requests with the same text or variables to the same endpoint", Note: noteHash,
	},
	{
		Key: "upstream-hash-by-subset", Part: intent.BalancePart, Scope: ScopeUpstream, Invalid: InvalidDropsIngress, Validate: isBool, Default: "false",
		Effect: "hashes to a group of endpoints, then takes one at random", Note: "no field for groups: without it requests are hashed to one endpoint",
	},
	{
		Key: "upstream-hash-by-subset-size", Part: intent.BalancePart, Scope: ScopeUpstream, Invalid: InvalidDropsIngress, Validate: isInt, Default: "3",
		Effect: "is the size of that group", Note: "no field for groups: without upstream-hash-by-subset requests are hashed to one endpoint",
	},
}

// affinityRules keep a client at one endpoint by a cookie.
var affinityRules = []Rule{
	{
		Key: "affinity", Part: intent.AffinityPart, Scope: ScopeUpstream, Validate: oneOf("cookie"),
		Effect: "keeps a client at one endpoint by a cookie, wherever the Service is used", Note: noteSticky,
	},
	{
		Key: "affinity-mode", Part: intent.AffinityPart, Scope: ScopeUpstream, Validate: oneOf("balanced", "persistent"), Default: "balanced",
		Effect: "says whether clients move when endpoints are added", Note: noteSticky,
	},
	{
		Key: "affinity-canary-behavior", Part: intent.AffinityPart, Scope: ScopeUpstream, Validate: oneOf("sticky", "legacy"), Default: "sticky",
		Effect: "says whether a client's cookie binds it to the canary too",
		Note:   "no field: HTTPProxy chooses between primary and canary anew for each request",
	},
	{
		Key: "session-cookie-name", Part: intent.AffinityPart, Scope: ScopeUpstream, Validate: squeezed(plainChars, wantPlain), Default: "INGRESSCOOKIE",
		Effect: "names the cookie", Note: noteSticky,
	},
	{
		Key: "session-cookie-path", Part: intent.AffinityPart, Scope: ScopeUpstream, Validate: squeezed(urlChars, wantURL), Default: "the rule's path",
		Effect: "sets the cookie's Path", Note: noteSticky,
	},
	{
		Key: "session-cookie-domain", Part: intent.AffinityPart, Scope: ScopeUpstream, Validate: squeezed(plainChars, wantPlain),
		Effect: "sets the cookie's Domain", Note: noteSticky,
	},
	{
		Key: "session-cookie-expires", Part: intent.AffinityPart, Scope: ScopeUpstream, Validate: squeezed(seconds, wantSeconds),
		Effect: "sets the cookie's Expires, that many seconds from now", Note: noteSticky,
	},
	{
		Key: "session-cookie-max-age", Part: intent.AffinityPart, Scope: ScopeUpstream, Validate: matching(seconds, wantSeconds),
		Effect: "sets the cookie's Max-Age", Note: noteSticky,
	},
	{
		Key: "session-cookie-samesite", Part: intent.AffinityPart, Scope: ScopeUpstream, Validate: oneOfFold("none", "lax", "strict"),
		Effect: "sets the cookie's SameSite, if it is written None, Lax or Strict with a capital", Note: noteSticky,
	},
	{
		Key: "session-cookie-conditional-samesite-none", Part: intent.AffinityPart, Scope: ScopeUpstream, Validate: isBool, Default: "false",
		Effect: "leaves SameSite=None out for old browsers that misread it", Note: noteSticky,
	},
	{
		Key: "session-cookie-secure", Part: intent.AffinityPart, Scope: ScopeUpstream, Validate: isBool, Default: "Secure on https only",
		Effect: "marks the cookie Secure on http too", Note: noteSticky,
	},
	{
		Key: "session-cookie-change-on-failure", Part: intent.AffinityPart, Scope: ScopeUpstream, Validate: isBool, Default: "false",
		Effect: "gives the client another endpoint, for good, when its own fails", Note: noteSticky,
	},
}

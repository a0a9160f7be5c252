package guard

import "slices"

// Rules is the table of all rules, by what they protect. KEY in an offence is what a route asks
// for: its path conditions in their order, as "prefix /a", "exact /a" or "regex /a", with
// blanks between, "everything" if it has none; then the names in its other conditions, in their
// order, as "header NAME" and "query NAME".
func Rules() []Rule {
	return slices.Concat(hostRules(), includeRules(), pathRules(), teamRules(), besideRules())
}

func hostRules() []Rule {
	return []Rule{
		{
			ID: "root-namespace", Ask: RootAdmin, Kinds: []Kind{httpProxy}, Held: everywhere,
			Says:    "A virtualhost stands in the root namespace only.",
			Why:     "A second root for a host stops Contour from serving either.",
			Offence: "virtualhost FQDN",
		},
		{
			ID: "root-name", Ask: RootAdmin, Kinds: []Kind{httpProxy}, Held: everywhere,
			Says:    "A host of the plan is served by the root in the root namespace that has the name which the plan gives it, and by no other, whatever case it is written in; roots there serve no other host.",
			Why:     "Two roots for one host, or one below another's wildcard, break or take over a live site.",
			Offence: "virtualhost FQDN",
		},
		{
			ID: "fqdn-domain", Ask: RootAdmin, Kinds: []Kind{httpProxy}, Held: everywhere,
			Says:    "A virtualhost is within the domains of the plan.",
			Why:     "A typo, or somebody else's name, would be served.",
			Offence: "virtualhost FQDN",
		},
		{
			ID: "root-tls", Ask: RootAdmin, Kinds: []Kind{httpProxy}, Held: everywhere,
			Says:    "The root of a host for which the plan demands TLS has a certificate (or passes TLS through), and no lower version than the plan's.",
			Why:     "The host would be served in the clear, or to clients with broken ciphers.",
			Offence: "virtualhost FQDN has no TLS; virtualhost FQDN takes TLS 1.2",
		},
		{
			ID: "duplicate-root", Ask: RootAdmin, Kinds: []Kind{httpProxy}, Held: whole,
			Says:    "One root serves a host.",
			Why:     "Contour serves neither of two.",
			Offence: "virtualhost FQDN",
			Differs: "each of two roots or more, in whatever namespaces, whose names differ in case at most; classes are not looked at",
		},
	}
}

func includeRules() []Rule {
	return []Rule{
		{
			ID: "include-place", Ask: SiteAdmin, Kinds: []Kind{httpProxy}, Held: everywhere,
			Says:    "Only objects in the namespaces of roots and fanouts include others.",
			Why:     "A team could mount another team's object, or answer a neighbour's path with 502 by an include that leads nowhere.",
			Offence: "include NAMESPACE/NAME at PREFIX; include NAMESPACE/NAME by TCP",
		},
		{
			ID: "include-target", Ask: RootAdmin, Kinds: []Kind{httpProxy}, Held: everywhere,
			Says:    "A root includes fanouts, and a fanout what the plan gives to a team, from its own host and confined to the claim: by the claim's condition on :path, or by a prefix that takes nothing else. TLS is relayed (tcpproxy) to the object that has the path / as a prefix.",
			Why:     "A team would get a path that the plan does not give it.",
			Offence: "include NAMESPACE/NAME at PREFIX; include NAMESPACE/NAME by TCP",
			Differs: "the namespace of an include is its object's own if it names none",
		},
		{
			ID: "dangling-include", Ask: SiteAdmin, Kinds: []Kind{httpProxy}, Held: whole,
			Says:    "Every include has its object.",
			Why:     "Contour answers 502 where it is missing, in some forms on the whole host.",
			Offence: "include NAMESPACE/NAME at PREFIX; include NAMESPACE/NAME by TCP",
			Differs: "of each object among the files, also for TCP; the missing one is an HTTPProxy of that namespace and name",
		},
		{
			ID: "orphan", Ask: SiteAdmin, Kinds: []Kind{httpProxy}, Held: whole,
			Says:    "Every object is reached from a root.",
			Why:     "Its routes are not served, and nobody notices.",
			Offence: "no root reaches it",
			Differs: "of HTTPProxies without a virtualhost in the namespaces of roots, fanouts and teams, where there is any root; any virtualhost is one",
		},
	}
}

func pathRules() []Rule {
	return []Rule{
		{
			ID: "carve-out", Ask: SiteAdmin, Kinds: []Kind{httpProxy}, Held: everywhere,
			Says:    "A team's route does not come before what the plan gives to another: no prefix or exact path within a path below its own, no exact path that a given regex matches, and no regex that meets either.",
			Why:     "Contour takes exact paths first, then the longest regex, then the longest prefix, over the whole host: the neighbour's requests would come to this team.",
			Offence: "KEY meets PATH; KEY meets REGEX",
			Differs: "a regex is refused if its beginning, up to the first character that stands for more than itself, does not rule out the path, or the beginning of the given regex; lint follows it exactly, and goes down all includes from the roots",
		},
		{
			ID: "regex-escape", Ask: SiteAdmin, Kinds: []Kind{httpProxy}, Held: everywhere,
			Says:    "A team's regex stays below its prefix however it is joined to it: no alternation outside of parentheses.",
			Why:     "Contour up to 1.33.6 joins prefix and regex as they are: /v1 and /a|/b also match /b.",
			Offence: "regex REGEX",
			Differs: "alternation deeper than three parentheses is refused; lint follows it exactly",
		},
	}
}

func teamRules() []Rule {
	return []Rule{
		{
			ID: "auth-off", Ask: RootAdmin, Kinds: []Kind{httpProxy}, Held: everywhere,
			Says:    "A team's route does not switch off what the root demands (authorization, JWT, global limits), nor say on a host with an authService who the visitor is; a fanout's neither, unless it answers by itself.",
			Why:     "Everybody would pass, or pass as somebody else: a route's context replaces the root's, key by key.",
			Offence: "authPolicy.disabled on KEY; authPolicy.context on KEY; jwtVerificationPolicy.disabled on KEY; jwtVerificationPolicy.require on KEY; rateLimitPolicy.global.disabled on KEY",
		},
		{
			ID: "ip-policy", Ask: RootAdmin, Kinds: []Kind{httpProxy}, Held: everywhere,
			Says:    "A team's route has no list of addresses of its own on a host whose root's list holds for all (ipPolicy: root in the plan); a fanout's neither, unless it answers by itself.",
			Why:     "A route's list replaces the root's.",
			Offence: "ipAllowPolicy on KEY; ipDenyPolicy on KEY",
		},
		{
			ID: "limit-policy", Ask: RootAdmin, Kinds: []Kind{httpProxy}, Held: everywhere,
			Says:    "A team's route has no rate limits of its own on a host whose root's limits hold for all (rateLimits: root in the plan); a fanout's neither, unless it answers by itself.",
			Why:     "A route's descriptors replace the root's, and so does its local limit.",
			Offence: "rateLimitPolicy.global on KEY; rateLimitPolicy.local on KEY",
		},
		{
			ID: "insecure", Ask: RootAdmin, Kinds: []Kind{httpProxy}, Held: everywhere,
			Says:    "A team's route does not permit http on a host for which the plan demands TLS, or names an authService; a fanout's neither, unless it answers by itself.",
			Why:     "Passwords and sessions would go in the clear.",
			Offence: "permitInsecure on KEY",
		},
		{
			ID: "envoy-refuses", Ask: SiteAdmin, Kinds: []Kind{httpProxy}, Held: everywhere,
			Says:    "A route or tcpproxy of a team or a fanout holds nothing that Contour calls valid and Envoy refuses: too long or cut texts, too large regexes and weights, health checks without an interval.",
			Why:     "Envoy keeps its old configuration of the whole host, for http of all hosts, and for health checks of all clusters: no change of anybody's is served any more, and an Envoy that starts has none at all.",
			Offence: "tcpproxy.healthCheckPolicy; tcpproxy.services.weight; FIELD on KEY, the FIELD one of conditions, directResponsePolicy.body, healthCheckPolicy, internalRedirectPolicy, pathRewritePolicy, rateLimitPolicy.global, rateLimitPolicy.local, requestHeadersPolicy, requestRedirectPolicy, responseHeadersPolicy, services.weight",
			Differs: "regexes are refused by their length and what they count, before Envoy would: \\p, counts of three digits, 2000 characters, 300 where they count, 48 where they count groups",
		},
		{
			ID: "delegation", Ask: RootAdmin, Kinds: []Kind{tlsDelegation}, Held: everywhere,
			Says:    "Secrets are delegated to the root namespace only.",
			Why:     "A team could serve another's certificate.",
			Offence: "Secret NAME to NAMESPACE",
		},
	}
}

func besideRules() []Rule {
	return []Rule{
		{
			ID: "legacy-ingress", Ask: RootAdmin, Kinds: []Kind{ingress}, Held: everywhere,
			Says:    "No Ingress, of whatever class, serves a host of the plan, unless the plan lets it (ingresses: kept); those that solve ACME's challenges may: label, path and account must be the solver's.",
			Why:     "Contour merges the paths of classless Ingresses, and of those of its class, into the host, before those of HTTPProxies.",
			Offence: "host HOST path PATH of class CLASS; host HOST of class CLASS; host HOST in tls of class CLASS",
			Differs: "files do not tell the account; lint asks for label and path there",
		},
		{
			ID: "legacy-route", Ask: RootAdmin, Kinds: gatewayRoutes(), Held: everywhere,
			Says:    "No route of Gateway API (HTTPRoute, GRPCRoute, TLSRoute) serves a host of the plan, unless Ingresses are kept there.",
			Why:     "Contour merges it into the host.",
			Offence: "host HOST",
			Differs: "a route without hostnames takes those of its listener, which is not looked at",
		},
		{
			ID: "namespace-role", Ask: RootAdmin, Kinds: []Kind{namespace}, Held: everywhere,
			Says:    "A namespace has the role that the plan gives it in the label split-ingress.dev/role: root, fanout, team, or none.",
			Why:     "Selectors of namespaces, for example those of Gateway listeners, go by this label.",
			Offence: "label split-ingress.dev/role=VALUE",
		},
	}
}

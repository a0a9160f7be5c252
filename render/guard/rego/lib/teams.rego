# What the routes of teams and fanouts may not switch off, and to whom Secrets are delegated.
package lib.borders

broken("auth-off", b, o, _) := {sprintf("%s on %s", [switch, key(r)]) |
	some r in held(b, o)
	some switch in ["authPolicy.disabled", "jwtVerificationPolicy.disabled", "jwtVerificationPolicy.require", "rateLimitPolicy.global.disabled"]
	switches(r, switch)
} | {concat(" ", ["authPolicy.context on", key(r)]) |
	id(o) in b.authorized
	some r in held(b, o)
	count(r.authPolicy.context) > 0
}

broken("ip-policy", b, o, _) := {sprintf("%s on %s", [policy, key(r)]) |
	id(o) in b.rootIP
	some r in held(b, o)
	some policy in ["ipAllowPolicy", "ipDenyPolicy"]
	count(list(r, [policy])) > 0
}

broken("limit-policy", b, o, _) := {sprintf("rateLimitPolicy.%s on %s", [limit, key(r)]) |
	id(o) in b.rootLimits
	some r in held(b, o)
	some limit in ["global", "local"]
	limits(r, limit)
}

broken("insecure", b, o, _) := {concat(" ", ["permitInsecure on", key(r)]) |
	id(o) in b.secret
	some r in held(b, o)
	r.permitInsecure == true
}

broken("delegation", b, o, _) := {sprintf("Secret %s to %s", [text(one, ["secretName"]), to]) |
	of(o, "TLSCertificateDelegation", "projectcontour.io")
	some one in list(o, ["spec", "delegations"])
	some to in list(one, ["targetNamespaces"])
	to != b.root
}

# held are the routes that are held to what the root demands: all of a team's, and those of a
# fanout that do not answer by themselves.
held(b, o) := routes(o) if {
	is_proxy(o)
	not of_admins(b, o)
}

held(b, o) := [r | some r in routes(o); not answers(r)] if {
	is_proxy(o)
	namespace(o) == b.fanout
}

answers(r) if is_object(r.directResponsePolicy)

answers(r) if is_object(r.requestRedirectPolicy)

# switches says whether a route switches something off, or over to another provider.
switches(r, switch) if object.get(r, split(switch, "."), false) == true

switches(r, switch) if text(r, split(switch, ".")) != ""

limits(r, "global") if count(list(r, ["rateLimitPolicy", "global", "descriptors"])) > 0

limits(r, "local") if is_object(r.rateLimitPolicy.local)

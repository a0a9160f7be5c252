# What a team's routes may not switch off, and to whom Secrets are delegated.
package lib.borders

broken("auth-off", b, o, _) := {sprintf("%s on %s", [switch, key(r)]) |
	is_proxy(o)
	not of_admins(b, o)
	some r in routes(o)
	some switch in ["authPolicy.disabled", "jwtVerificationPolicy.disabled", "rateLimitPolicy.global.disabled"]
	object.get(r, split(switch, "."), false) == true
}

broken("ip-policy", b, o, _) := {sprintf("%s on %s", [policy, key(r)]) |
	is_proxy(o)
	not of_admins(b, o)
	id(o) in b.rootIPMounts
	some r in routes(o)
	some policy in ["ipAllowPolicy", "ipDenyPolicy"]
	count(list(r, [policy])) > 0
}

broken("insecure", b, o, _) := {concat(" ", ["permitInsecure on", key(r)]) |
	is_proxy(o)
	not of_admins(b, o)
	id(o) in b.tlsMounts
	some r in routes(o)
	r.permitInsecure == true
}

broken("delegation", b, o, _) := {sprintf("Secret %s to %s", [text(one, ["secretName"]), to]) |
	of(o, "TLSCertificateDelegation", "projectcontour.io")
	some one in list(o, ["spec", "delegations"])
	some to in list(one, ["targetNamespaces"])
	to != b.root
}

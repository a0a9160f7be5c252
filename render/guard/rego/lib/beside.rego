# What else could answer for a host, and the roles of namespaces.
package lib.borders

broken("legacy-ingress", b, o, account) := {concat(" ", ["host", host]) |
	of(o, "Ingress", "networking.k8s.io")
	not solves(b, o, account)
	some r in list(o, ["spec", "rules"])
	host := text(r, ["host"])
	h := host_for(b, host)
	not h.legacy
}

broken("legacy-route", b, o, _) := {concat(" ", ["host", host]) |
	of(o, "HTTPRoute", "gateway.networking.k8s.io")
	some host in list(o, ["spec", "hostnames"])
	some known, h in b.hosts
	not h.legacy
	overlap(lower(host), known)
}

broken("namespace-role", b, o, _) := {sprintf("label %s=%s", [role_label, role]) |
	o.kind == "Namespace"
	o.apiVersion == "v1"
	role := text(labels(o), [role_label])
	role != planned_role(b, name(o))
	not may_lack_role(b, o)
}

# host_for is the host of the plan that serves a name.
host_for(b, host) := b.hosts[lower(host)] if {
	b.hosts[lower(host)]
} else := b.hosts[lower(wildcard_of(host))]

# wildcard_of is the wildcard of which a name is one: that has exactly one label more.
wildcard_of(host) := regex.replace(host, `^[^.]*\.?`, "*.")

# solves says whether an Ingress does nothing but to solve a challenge of ACME (cert-manager),
# and is a solver's as far as that is known.
solves(b, o, account) if {
	text(labels(o), ["acme.cert-manager.io/http01-solver"]) == "true"
	object.get(o, ["spec", "defaultBackend"], null) == null
	may_solve(b, account)
	every r in list(o, ["spec", "rules"]) {
		is_object(r.http)
		every p in list(r, ["http", "paths"]) {
			startswith(text(p, ["path"]), "/.well-known/acme-challenge/")
		}
	}
}

may_solve(_, "")

may_solve(b, account) if account in b.solvers

# overlap says whether a name is meant by both; a wildcard of Gateway API stands for any number
# of labels.
overlap(a, b) if a == b

overlap(a, b) if under(a, b)

overlap(a, b) if under(b, a)

under(host, wildcard) if {
	startswith(wildcard, "*")
	endswith(host, trim_prefix(wildcard, "*"))
}

role_label := "split-ingress.dev/role"

planned_role(b, n) := "root" if {
	n == b.root
} else := "fanout" if {
	n == b.fanout
} else := "team" if {
	n in b.teams
} else := ""

# may_lack_role: a team's namespace needs no label, but has no other.
may_lack_role(b, o) if {
	planned_role(b, name(o)) == "team"
	not role_label in object.keys(labels(o))
}

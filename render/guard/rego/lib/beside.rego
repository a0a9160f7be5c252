# What else could answer for a host, and the roles of namespaces.
package lib.borders

broken("legacy-ingress", b, o, account) := {sprintf("host %s%s of class %s", [use.host, use.at, class(o)]) |
	of(o, "Ingress", "networking.k8s.io")
	not solves(b, o, account)
	some use in uses(o)
	h := host_for(b, use.host)
	not h.legacy
}

# uses are the hosts of an Ingress, with their paths, and those for which it has certificates.
uses(o) := ({{"host": text(r, ["host"]), "at": concat("", [" path ", text(p, ["path"])])} |
	some r in list(o, ["spec", "rules"])
	some p in list(r, ["http", "paths"])
} | {{"host": text(r, ["host"]), "at": ""} |
	some r in list(o, ["spec", "rules"])
	count(list(r, ["http", "paths"])) == 0
}) | {{"host": host, "at": " in tls"} |
	some t in list(o, ["spec", "tls"])
	some host in list(t, ["hosts"])
}

# class is the one by which Contour takes an Ingress or leaves it: that of its own annotation, of
# the older one, or of the field, to which an annotation that says nothing leaves it.
class(o) := noted_class(o) if {
	noted_class(o) != ""
} else := text(o, ["spec", "ingressClassName"]) if {
	text(o, ["spec", "ingressClassName"]) != ""
} else := "none"

noted_class(o) := object.get(annotations, "projectcontour.io/ingress.class", object.get(annotations, "kubernetes.io/ingress.class", "")) if {
	annotations := object.get(o, ["metadata", "annotations"], {})
}

broken("legacy-route", b, o, _) := {concat(" ", ["host", host]) |
	some kind in ["HTTPRoute", "GRPCRoute", "TLSRoute"]
	of(o, kind, "gateway.networking.k8s.io")
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
	count(list(o, ["spec", "tls"])) == 0
	may_solve(b, account)
	every r in list(o, ["spec", "rules"]) {
		is_object(r.http)
		every p in list(r, ["http", "paths"]) {
			regex.match(`^/\.well-known/acme-challenge/[A-Za-z0-9_-]+$`, text(p, ["path"]))
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

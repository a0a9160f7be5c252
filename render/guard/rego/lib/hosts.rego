# Roots: where they stand, what they are called, which names they serve, and their TLS.
package lib.borders

broken("root-namespace", b, o, _) := {virtualhost(o) |
	is_root(o)
	namespace(o) != b.root
}

broken("root-name", b, o, _) := {virtualhost(o) |
	is_root(o)
	namespace(o) == b.root
	not planned(b, o)
}

broken("fqdn-domain", b, o, _) := {virtualhost(o) |
	is_root(o)
	not in_domains(b, lower(fqdn(o)))
}

broken("root-tls", b, o, _) := {concat(" ", [virtualhost(o), lack]) |
	is_root(o)
	lack := tls_lack(b.hosts[lower(fqdn(o))].minTLS, o.spec.virtualhost)
}

virtualhost(o) := concat(" ", ["virtualhost", fqdn(o)])

fqdn(o) := text(o, ["spec", "virtualhost", "fqdn"])

planned(b, o) if b.hosts[lower(fqdn(o))].root == name(o)

in_domains(b, _) if count(b.domains) == 0

in_domains(b, host) if host in b.domains

in_domains(b, host) if {
	some domain in b.domains
	endswith(host, concat("", [".", domain]))
}

# tls_lack is what the TLS of a root lacks where a version is demanded.
tls_lack(version, v) := "has no TLS" if {
	version != ""
	text(v, ["tls", "secretName"]) == ""
	not v.tls.passthrough
} else := "takes TLS 1.2" if {
	version == "1.3"
	text(v, ["tls", "minimumProtocolVersion"]) != "1.3"
	not v.tls.passthrough
}

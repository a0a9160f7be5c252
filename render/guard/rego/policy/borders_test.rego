# Each rule that sees one object: what it refuses, and what it does not.
package borders_test

import data.lib.borders

plan := {
	"root": "roots",
	"fanout": "fanouts",
	"domains": ["example.com"],
	"solvers": ["solver"],
	"hosts": {"example.com": {"root": "example-com-root", "minTLS": "1.3"}},
	"teams": ["pay", "shop"],
	"mounts": {"shop/shop": {
		"fanout": "example-com-fanout",
		"kind": "prefix",
		"path": "/shop",
		"paths": ["/shop([/?].*)?"],
	}},
	"carved": {"shop/shop": {
		"bases": ["/shop", "/"],
		"given": [{"kind": "prefix", "path": "/shop/pay"}],
	}},
	"tlsMounts": ["shop/shop"],
	"rootIPMounts": ["shop/shop"],
	"exceptions": [{"rule": "auth-off", "object": "HTTPProxy shop/open"}],
}

proxy(namespace, name, spec) := {
	"apiVersion": "projectcontour.io/v1",
	"kind": "HTTPProxy",
	"metadata": {"namespace": namespace, "name": name},
	"spec": spec,
}

root(namespace, name, fqdn, tls) := proxy(namespace, name, {"virtualhost": {"fqdn": fqdn, "tls": tls}})

fanout(conditions) := proxy("fanouts", "example-com-fanout", {"includes": [{
	"namespace": "shop",
	"name": "shop",
	"conditions": conditions,
}]})

team(name, route) := proxy("shop", name, {"routes": [route]})

offences(rule, o) := borders.offences(rule, plan, o, "")

good := root("roots", "example-com-root", "Example.com", {"secretName": "tls", "minimumProtocolVersion": "1.3"})

test_good_root if {
	every rule in ["root-namespace", "root-name", "fqdn-domain", "root-tls"] {
		offences(rule, good) == set()
	}
}

test_root_namespace if {
	offences("root-namespace", root("shop", "x", "example.com", {})) == {"virtualhost example.com"}
}

test_root_name if {
	offences("root-name", root("roots", "x", "example.com", {})) == {"virtualhost example.com"}
	offences("root-name", root("shop", "x", "example.com", {})) == set()
}

test_fqdn_domain if {
	offences("fqdn-domain", root("roots", "x", "notexample.com", {})) == {"virtualhost notexample.com"}
	offences("fqdn-domain", root("roots", "x", "www.example.com", {})) == set()
}

test_root_tls if {
	offences("root-tls", root("roots", "x", "example.com", {})) == {"virtualhost example.com has no TLS"}
	offences("root-tls", root("roots", "x", "example.com", {"secretName": "tls"})) == {"virtualhost example.com takes TLS 1.2"}
	offences("root-tls", root("roots", "x", "example.com", {"passthrough": true})) == set()
}

test_include_place if {
	offences("include-place", proxy("shop", "shop", {"includes": [{"name": "x"}]})) == {"include shop/x"}
	offences("include-place", proxy("shop", "shop", {"tcpproxy": {"include": {"name": "x"}}})) == {"include shop/x"}
	offences("include-place", fanout([])) == set()
}

test_include_target if {
	every conditions in [[], [{"prefix": "/shopping"}], [{"header": {"name": ":path", "regex": "/.*"}}]] {
		offences("include-target", fanout(conditions)) == {"include shop/shop"}
	}
	every conditions in [
		[{"prefix": "/shop"}],
		[{"prefix": "/shop"}, {"prefix": "/deep"}],
		[{"header": {"name": ":path", "regex": "/shop([/?].*)?"}}],
	] {
		offences("include-target", fanout(conditions)) == set()
	}
}

test_carve_out if {
	offences("carve-out", team("shop", {"conditions": [{"prefix": "/pay/now"}]})) == {"prefix /pay/now meets /shop/pay"}
	offences("carve-out", team("shop", {"conditions": [{"regex": "/[a-z]+"}]})) == {"regex /[a-z]+ meets /shop/pay"}
	offences("carve-out", team("shop", {"conditions": [{"prefix": "/payments"}]})) == set()
	offences("carve-out", team("shop", {"conditions": [{"regex": "/about/.*"}]})) == set()
	offences("carve-out", team("shop", {})) == set()
}

test_regex_escape if {
	offences("regex-escape", team("shop", {"conditions": [{"regex": "/a|/b"}]})) == {"regex /a|/b"}
	offences("regex-escape", team("shop", {"conditions": [{"regex": "/(a|b[|(])"}]})) == set()
}

test_auth_off if {
	route := {
		"conditions": [{"exact": "/x"}],
		"authPolicy": {"disabled": true},
		"jwtVerificationPolicy": {"disabled": true},
		"rateLimitPolicy": {"global": {"disabled": true}},
	}
	offences("auth-off", team("shop", route)) == {
		"authPolicy.disabled on exact /x",
		"jwtVerificationPolicy.disabled on exact /x",
		"rateLimitPolicy.global.disabled on exact /x",
	}
	offences("auth-off", team("shop", {"authPolicy": {"disabled": false}})) == set()
}

test_exception if {
	offences("auth-off", team("open", {"authPolicy": {"disabled": true}})) == set()
	offences("auth-off", team("shop", {"authPolicy": {"disabled": true}})) == {"authPolicy.disabled on everything"}
}

test_ip_policy if {
	route := {"ipAllowPolicy": [{"source": "Peer", "cidr": "::/0"}], "ipDenyPolicy": []}
	offences("ip-policy", team("shop", route)) == {"ipAllowPolicy on everything"}
	offences("ip-policy", team("stranger", route)) == set()
}

test_insecure if {
	offences("insecure", team("shop", {"permitInsecure": true})) == {"permitInsecure on everything"}
	offences("insecure", team("stranger", {"permitInsecure": true})) == set()
}

test_delegation if {
	o := {
		"apiVersion": "projectcontour.io/v1",
		"kind": "TLSCertificateDelegation",
		"metadata": {"namespace": "shop", "name": "x"},
		"spec": {"delegations": [{"secretName": "tls", "targetNamespaces": ["roots", "*"]}]},
	}
	offences("delegation", o) == {"Secret tls to *"}
}

ingress(host, path, labels) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "Ingress",
	"metadata": {"namespace": "shop", "name": "x", "labels": labels},
	"spec": {"rules": [{"host": host, "http": {"paths": [{"path": path}]}}]},
}

test_legacy_ingress if {
	offences("legacy-ingress", ingress("example.com", "/", {})) == {"host example.com"}
	offences("legacy-ingress", ingress("www.example.com", "/", {})) == set()
}

test_solver if {
	labels := {"acme.cert-manager.io/http01-solver": "true"}
	o := ingress("example.com", "/.well-known/acme-challenge/x", labels)
	every account in ["", "solver"] {
		borders.offences("legacy-ingress", plan, o, account) == set()
	}
	borders.offences("legacy-ingress", plan, o, "eve") == {"host example.com"}
	offences("legacy-ingress", ingress("example.com", "/", labels)) == {"host example.com"}
}

test_legacy_route if {
	o := {
		"apiVersion": "gateway.networking.k8s.io/v1",
		"kind": "HTTPRoute",
		"metadata": {"namespace": "shop", "name": "x"},
		"spec": {"hostnames": ["*.com", "example.com", "www.example.com"]},
	}
	offences("legacy-route", o) == {"host *.com", "host example.com"}
}

test_namespace_role if {
	namespace := {"apiVersion": "v1", "kind": "Namespace"}
	offences("namespace-role", object.union(namespace, {"metadata": {"name": "shop"}})) == set()
	offences("namespace-role", object.union(namespace, {"metadata": {
		"name": "shop",
		"labels": {"split-ingress.dev/role": "root"},
	}})) == {"label split-ingress.dev/role=root"}
}

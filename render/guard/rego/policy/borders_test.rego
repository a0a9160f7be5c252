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
		"confined": true,
		"given": [
			{"kind": "prefix", "path": "/shop/pay"},
			{"kind": "string-prefix", "path": "/shop/x/"},
			{"kind": "regex", "path": "/shop/v[0-9]+", "start": "/shop/v"},
			{"kind": "regex", "path": ".*[.]php"},
		],
	}},
	"secret": ["fanouts/example-com-fanout", "shop/shop"],
	"authorized": ["fanouts/example-com-fanout", "shop/shop"],
	"rootIP": ["fanouts/example-com-fanout", "shop/shop"],
	"rootLimits": ["fanouts/example-com-fanout", "shop/shop"],
	"exceptions": [
		{"rule": "auth-off", "object": "HTTPProxy shop/open", "offence": ""},
		{"rule": "auth-off", "object": "HTTPProxy shop/health", "offence": "authPolicy.disabled on exact /health"},
	],
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
	offences("root-name", root("shop", "x", "example.com", {})) == {"virtualhost example.com"}
	offences("root-name", root("shop", "x", "other.com", {})) == set()
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
	offences("include-place", proxy("shop", "shop", {"includes": [{"name": "x"}]})) == {"include shop/x at /"}
	offences("include-place", proxy("shop", "shop", {"tcpproxy": {"include": {"name": "x"}}})) == {"include shop/x by TCP"}
	offences("include-place", fanout([])) == set()
}

test_include_target if {
	every conditions in [
		[],
		[{"header": {"name": ":path", "regex": "/.*"}}],
		[{"header": {"name": ":path", "present": true, "regex": "/shop([/?].*)?"}}],
		[{"header": {"name": ":path", "contains": "/", "regex": "/shop([/?].*)?"}}],
	] {
		offences("include-target", fanout(conditions)) == {"include shop/shop at /"}
	}
	every prefix in ["/shop", "/shop/", "/shopping", "/shop/pay", "/shop/pay/x"] {
		offences("include-target", fanout([{"prefix": prefix}])) == {concat("", ["include shop/shop at ", prefix])}
	}
	every conditions in [
		[{"prefix": "/shop"}, {"prefix": "/deep"}],
		[{"prefix": "/shop/v1"}],
		[{"header": {"name": ":path", "regex": "/shop([/?].*)?"}}],
	] {
		offences("include-target", fanout(conditions)) == set()
	}
}

test_carve_out if {
	offences("carve-out", team("shop", {"conditions": [{"prefix": "/pay/now"}]})) == {"prefix /pay/now meets /shop/pay"}
	offences("carve-out", team("shop", {"conditions": [{"regex": "/p[a-z]+"}]})) == {
		"regex /p[a-z]+ meets /shop/pay",
		"regex /p[a-z]+ meets .*[.]php",
	}
	offences("carve-out", team("shop", {"conditions": [{"prefix": "/payments"}]})) == set()
	offences("carve-out", team("shop", {"conditions": [{"regex": "/about/.*"}]})) == {"regex /about/.* meets .*[.]php"}
	offences("carve-out", team("shop", {})) == set()
}

test_carve_out_of_regex if {
	offences("carve-out", team("shop", {"conditions": [{"exact": "/v1/x"}]})) == {"exact /v1/x meets /shop/v[0-9]+"}
	offences("carve-out", team("shop", {"conditions": [{"regex": "/v.*"}]})) == {
		"regex /v.* meets /shop/v[0-9]+",
		"regex /v.* meets .*[.]php",
	}
	offences("carve-out", team("shop", {"conditions": [{"exact": "/x.PHP"}]})) == {"exact /x.PHP meets .*[.]php"}
	offences("carve-out", team("shop", {"conditions": [{"exact": "/vx"}]})) == set()
	offences("carve-out", team("shop", {"conditions": [{"prefix": "/v1"}]})) == set()
}

test_carve_out_replaced if {
	rewrite := {"replacePrefix": [{"replacement": "/"}]}
	route := {"conditions": [{"prefix": "/x"}]}
	offences("carve-out", team("shop", route)) == set()
	replaced := object.union(route, {"pathRewritePolicy": rewrite})
	offences("carve-out", team("shop", replaced)) == {"prefix /x meets /shop/x/"}
}

test_key if {
	conditions := [{"header": {"name": "a", "present": true}}, {"prefix": "/pay"}, {"queryParameter": {"name": "b"}}]
	offences("carve-out", team("shop", {"conditions": conditions})) == {"prefix /pay header a query b meets /shop/pay"}
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
	offences("auth-off", team("shop", {"authPolicy": {"context": {"user": "x"}}})) == {"authPolicy.context on everything"}
	offences("auth-off", team("shop", {"authPolicy": {"context": {}}})) == set()
	offences("auth-off", team("stranger", {"authPolicy": {"context": {"user": "x"}}})) == set()
}

test_fanout if {
	route := {
		"authPolicy": {"disabled": true},
		"permitInsecure": true,
		"ipAllowPolicy": [{}],
		"rateLimitPolicy": {"local": {}},
	}
	every rule, what in {
		"auth-off": "authPolicy.disabled",
		"insecure": "permitInsecure",
		"ip-policy": "ipAllowPolicy",
		"limit-policy": "rateLimitPolicy.local",
	} {
		o := proxy("fanouts", "example-com-fanout", {"routes": [route]})
		offences(rule, o) == {concat(" ", [what, "on everything"])}
		every answer in ["directResponsePolicy", "requestRedirectPolicy"] {
			answering := object.union(route, {answer: {}})
			offences(rule, proxy("fanouts", "example-com-fanout", {"routes": [answering]})) == set()
		}
	}
}

test_exception if {
	offences("auth-off", team("open", {"authPolicy": {"disabled": true}})) == set()
	offences("auth-off", team("shop", {"authPolicy": {"disabled": true}})) == {"authPolicy.disabled on everything"}
	health := {"conditions": [{"exact": "/health"}], "authPolicy": {"disabled": true}}
	offences("auth-off", team("health", health)) == set()
	more := object.union(health, {"conditions": [{"prefix": "/health"}]})
	offences("auth-off", team("health", more)) == {"authPolicy.disabled on prefix /health"}
}

test_ip_policy if {
	route := {"ipAllowPolicy": [{"source": "Peer", "cidr": "::/0"}], "ipDenyPolicy": []}
	offences("ip-policy", team("shop", route)) == {"ipAllowPolicy on everything"}
	offences("ip-policy", team("stranger", route)) == set()
}

test_limit_policy if {
	global := {"rateLimitPolicy": {"global": {"descriptors": [{"entries": []}]}}}
	offences("limit-policy", team("shop", global)) == {"rateLimitPolicy.global on everything"}
	offences("limit-policy", team("shop", {"rateLimitPolicy": {"local": {"requests": 1}}})) == {"rateLimitPolicy.local on everything"}
	offences("limit-policy", team("shop", {"rateLimitPolicy": {"global": {"descriptors": []}}})) == set()
	offences("limit-policy", team("stranger", global)) == set()
}

test_insecure if {
	offences("insecure", team("shop", {"permitInsecure": true})) == {"permitInsecure on everything"}
	offences("insecure", team("stranger", {"permitInsecure": true})) == set()
}

test_envoy_refuses if {
	every field, route in {
		"healthCheckPolicy": {"healthCheckPolicy": {"path": "/", "intervalSeconds": -1}},
		"internalRedirectPolicy": {"internalRedirectPolicy": {"redirectResponseCodes": [301, 302, 303, 307, 308, 301]}},
		"pathRewritePolicy": {"pathRewritePolicy": {"replacePrefix": [{"replacement": "/\r"}]}},
		"requestHeadersPolicy": {"services": [{"requestHeadersPolicy": {"remove": ["Host"]}}]},
		"requestRedirectPolicy": {"requestRedirectPolicy": {"path": "/\r"}},
		"responseHeadersPolicy": {"responseHeadersPolicy": {"set": [{"name": "a", "value": "\r"}]}},
		"services.weight": {"services": [{"weight": 4294967295}, {"weight": 1}]},
	} {
		offences("envoy-refuses", team("shop", route)) == {concat(" ", [field, "on everything"])}
		offences("envoy-refuses", proxy("roots", "x", {"routes": [route]})) == set()
	}
	offences("envoy-refuses", team("shop", {"conditions": [{"regex": "/\\pL"}]})) == {"conditions on regex /\\pL"}
	offences("envoy-refuses", team("shop", {"conditions": [{"regex": "/a{2}"}], "healthCheckPolicy": {"path": "/"}})) == set()
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
	offences("legacy-ingress", ingress("example.com", "/", {})) == {"host example.com path / of class none"}
	offences("legacy-ingress", ingress("www.example.com", "/", {})) == set()
}

test_solver if {
	labels := {"acme.cert-manager.io/http01-solver": "true"}
	o := ingress("example.com", "/.well-known/acme-challenge/x", labels)
	every account in ["", "solver"] {
		borders.offences("legacy-ingress", plan, o, account) == set()
	}
	borders.offences("legacy-ingress", plan, o, "eve") == {"host example.com path /.well-known/acme-challenge/x of class none"}
	offences("legacy-ingress", ingress("example.com", "/", labels)) == {"host example.com path / of class none"}
	count(offences("legacy-ingress", ingress("example.com", "/.well-known/acme-challenge/.*", labels))) == 1
	certified := json.patch(o, [{"op": "add", "path": "/spec/tls", "value": [{"hosts": ["example.com"]}]}])
	"host example.com in tls of class none" in offences("legacy-ingress", certified)
}

test_class if {
	field := json.patch(ingress("example.com", "/", {}), [{"op": "add", "path": "/spec/ingressClassName", "value": "nginx"}])
	offences("legacy-ingress", field) == {"host example.com path / of class nginx"}
	annotation := {"op": "add", "path": "/metadata/annotations", "value": {"kubernetes.io/ingress.class": "contour"}}
	offences("legacy-ingress", json.patch(field, [annotation])) == {"host example.com path / of class contour"}
}

gateway_route(kind, version) := {
	"apiVersion": concat("/", ["gateway.networking.k8s.io", version]),
	"kind": kind,
	"metadata": {"namespace": "shop", "name": "x"},
	"spec": {"hostnames": ["*.com", "example.com", "www.example.com"]},
}

test_legacy_route if {
	every kind, version in {"HTTPRoute": "v1", "GRPCRoute": "v1", "TLSRoute": "v1alpha2"} {
		offences("legacy-route", gateway_route(kind, version)) == {"host *.com", "host example.com"}
	}
	offences("legacy-route", gateway_route("TCPRoute", "v1alpha2")) == set()
}

test_namespace_role if {
	namespace := {"apiVersion": "v1", "kind": "Namespace"}
	offences("namespace-role", object.union(namespace, {"metadata": {"name": "shop"}})) == set()
	offences("namespace-role", object.union(namespace, {"metadata": {
		"name": "shop",
		"labels": {"split-ingress.dev/role": "root"},
	}})) == {"label split-ingress.dev/role=root"}
}

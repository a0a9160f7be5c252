# What Contour takes in a route, and Envoy refuses.
package lib.borders

broken("envoy-refuses", b, o, _) := refused_routes(b, o) | refused_relays(b, o)

refused_relays(b, o) := {concat(".", ["tcpproxy", field]) |
	is_proxy(o)
	namespace(o) != b.root
	some field in ["healthCheckPolicy", "services.weight"]
	refused(object.get(o, ["spec", "tcpproxy"], {}), field)
}

refused_routes(b, o) := {concat(" ", [field, "on", key(r)]) |
	is_proxy(o)
	namespace(o) != b.root
	some r in routes(o)
	some field in [
		"conditions",
		"directResponsePolicy.body",
		"healthCheckPolicy",
		"internalRedirectPolicy",
		"pathRewritePolicy",
		"rateLimitPolicy.global",
		"rateLimitPolicy.local",
		"requestHeadersPolicy",
		"requestRedirectPolicy",
		"responseHeadersPolicy",
		"services.weight",
	]
	refused(r, field)
}

# refused says whether Envoy refuses a field of a route.
refused(r, "conditions") if {
	some c in list(r, ["conditions"])
	bad_condition(c)
}

refused(r, "directResponsePolicy.body") if bytes(text(r, ["directResponsePolicy", "body"])) > 4096

refused(r, "healthCheckPolicy") if {
	some field in ["path", "host"]
	control(text(r, ["healthCheckPolicy", field]))
}

refused(r, "healthCheckPolicy") if {
	some field in ["intervalSeconds", "timeoutSeconds"]
	not duration(object.get(r, ["healthCheckPolicy", field], 0))
}

refused(r, "internalRedirectPolicy") if count(list(r, ["internalRedirectPolicy", "redirectResponseCodes"])) > 5

refused(r, "pathRewritePolicy") if {
	some p in list(r, ["pathRewritePolicy", "replacePrefix"])
	control(text(p, ["replacement"]))
}

refused(r, "rateLimitPolicy.global") if {
	some d in list(r, ["rateLimitPolicy", "global", "descriptors"])
	some e in list(d, ["entries"])
	bad_entry(e)
}

refused(r, "rateLimitPolicy.local") if {
	some h in list(r, ["rateLimitPolicy", "local", "responseHeadersToAdd"])
	bad_local(h)
}

refused(r, "requestRedirectPolicy") if {
	some field in ["path", "prefix"]
	control(text(r, ["requestRedirectPolicy", field]))
}

refused(r, field) if {
	field in {"requestHeadersPolicy", "responseHeadersPolicy"}
	some holder in array.concat([r], list(r, ["services"]))
	bad_headers(holder, field)
}

refused(r, "services.weight") if sum([object.get(s, "weight", 0) | some s in list(r, ["services"])]) > 4294967295

bad_condition(c) if {
	some path in [["regex"], ["header", "regex"], ["queryParameter", "regex"]]
	too_large(text(c, path))
}

bad_condition(c) if {
	is_object(c.header)
	bad_name(text(c, ["header", "name"]))
}

bad_condition(c) if {
	is_object(c.queryParameter)
	text(c, ["queryParameter", "name"]) == ""
}

bad_condition(c) if bytes(text(c, ["queryParameter", "name"])) > 1024

bad_name("")

bad_name(name) if control(name)

# control says whether a text holds what no header or path of Envoy's may hold.
control(t) if regex.match(`[\x00\x0a\x0d]`, t)

# bytes is the length of a text as Envoy counts it.
bytes(t) := count(hex.encode(t)) / 2

duration(n) if {
	n >= 0
	n <= 2147483648
}

# too_large says whether Envoy may refuse a regex that Contour takes.
too_large(t) if count(t) > 2000

too_large(t) if regex.match(`\\[pP]|\{[0-9]*,?[0-9][0-9][0-9]`, t)

too_large(t) if {
	count(t) > 300
	contains(t, "{")
}

too_large(t) if {
	count(t) > 48
	contains(t, "){")
}

bad_headers(holder, field) if {
	some h in list(holder, [field, "set"])
	bad_header(h)
}

bad_headers(holder, field) if {
	some name in list(holder, [field, "remove"])
	lower(name) == "host"
}

bad_headers(holder, field) if {
	some name in list(holder, [field, "remove"])
	bytes(name) > 8192
}

bad_header(h) if {
	some part in ["name", "value"]
	bytes(text(h, [part])) > 8192
}

bad_header(h) if control(text(h, ["value"]))

bad_local(h) if bad_header(h)

bad_local(h) if lower(text(h, ["name"])) == "host"

bad_entry(e) if {
	is_object(e.requestHeader)
	bad_name(text(e, ["requestHeader", "headerName"]))
}

bad_entry(e) if {
	some h in list(e, ["requestHeaderValueMatch", "headers"])
	bad_match(h)
}

bad_match(h) if bad_name(text(h, ["name"]))

bad_match(h) if text(h, ["regex"]) != ""

bad_match(h) if {
	not h.present
	not h.notpresent
	concat("", [text(h, [kind]) | some kind in ["contains", "notcontains", "exact", "notexact"]]) == ""
}

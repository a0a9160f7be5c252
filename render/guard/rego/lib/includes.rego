# Who may include what, from where, and under which path.
package lib.borders

broken("include-place", b, o, _) := {includes(t) |
	is_proxy(o)
	not of_admins(b, o)
	some t in targets(o)
}

broken("include-target", b, o, _) := {includes(t) |
	is_proxy(o)
	of_admins(b, o)
	some t in targets(o)
	not may_include(b, o, t)
}

# targets are what an object includes, in either way that HTTPProxy has.
targets(o) := {target(o, include, false) | some include in list(o, ["spec", "includes"])} | {target(o, include, true) |
	some field in ["include", "includes"]
	include := o.spec.tcpproxy[field]
	is_object(include)
}

target(o, include, tcp) := {
	"namespace": target_namespace(o, include),
	"name": text(include, ["name"]),
	"conditions": list(include, ["conditions"]),
	"tcp": tcp,
}

target_namespace(o, include) := namespace(o) if {
	text(include, ["namespace"]) == ""
} else := text(include, ["namespace"])

# includes is an include in words: with its prefix as Contour merges it.
includes(t) := sprintf("include %s/%s by TCP", [t.namespace, t.name]) if t.tcp

includes(t) := sprintf("include %s/%s at %s", [t.namespace, t.name, at(t)]) if not t.tcp

at(t) := "/" if {
	prefix(t.conditions) == ""
} else := prefix(t.conditions)

may_include(b, o, t) if {
	is_root(o)
	t.namespace == b.fanout
}

may_include(b, o, t) if {
	not is_root(o)
	not t.tcp
	mount := b.mounts[id({"metadata": t})]
	mount.fanout == name(o)
	holds(b, t, mount)
}

# TLS that is relayed has no paths: all of the host must be the object's.
may_include(b, o, t) if {
	not is_root(o)
	t.tcp
	mount := b.mounts[id({"metadata": t})]
	mount.fanout == name(o)
	mount.path == "/"
	mount.kind in {"prefix", "string-prefix"}
}

# holds says whether an include's conditions hold it to the claim of a mount, and leave alone what
# is given to others below it.
holds(_, t, mount) if {
	some c in t.conditions
	path_regex(c) in mount.paths
}

holds(b, t, mount) if {
	confined(mount, t.conditions)
	not takes_given(b, t)
}

takes_given(b, t) if {
	some given in b.carved[id({"metadata": t})].given
	not given.kind in {"exact", "regex"} # which are asked first
	inside(prefix(t.conditions), given.path, given.kind)
}

# path_regex is the regex that a condition asks of :path. Of several operators Contour takes
# another one first.
path_regex(c) := text(c, ["header", "regex"]) if {
	lower(text(c, ["header", "name"])) == ":path"
	every field in ["present", "notpresent"] {
		object.get(c, ["header", field], false) == false
	}
	every field in ["contains", "notcontains", "exact", "notexact"] {
		text(c, ["header", field]) == ""
	}
}

# confined says whether all that a prefix alone takes is the claim's of a mount. It takes whatever
# begins with it, /loginfoo for /login; and where a route replaces it, Contour serves it without
# its slash at the end, too.
confined(mount, _) if {
	mount.kind == "prefix"
	mount.path == "/"
}

confined(mount, conditions) if {
	mount.kind == "prefix"
	startswith(bare(conditions), concat("", [mount.path, "/"]))
}

confined(mount, conditions) if {
	mount.kind == "string-prefix"
	startswith(bare(conditions), mount.path)
}

bare(conditions) := trim_suffix(prefix(conditions), "/")

prefix(conditions) := joined(concat("", [text(c, ["prefix"]) | some c in conditions]))

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

includes(t) := sprintf("include %s/%s", [t.namespace, t.name])

may_include(b, o, t) if {
	is_root(o)
	t.namespace == b.fanout
}

may_include(b, o, t) if {
	not is_root(o)
	not t.tcp
	mount := b.mounts[id({"metadata": t})]
	mount.fanout == name(o)
	confined(mount, t.conditions)
}

# confined says whether an include's conditions hold it to the claim of a mount.
confined(mount, conditions) if {
	some c in conditions
	lower(text(c, ["header", "name"])) == ":path"
	text(c, ["header", "regex"]) in mount.paths
}

confined(mount, _) if {
	mount.kind == "prefix"
	mount.path == "/"
}

confined(mount, conditions) if {
	mount.kind == "prefix"
	prefix(conditions) == mount.path
}

confined(mount, conditions) if {
	mount.kind == "prefix"
	startswith(prefix(conditions), concat("", [mount.path, "/"]))
}

confined(mount, conditions) if {
	mount.kind == "string-prefix"
	startswith(prefix(conditions), mount.path)
}

prefix(conditions) := joined(concat("", [text(c, ["prefix"]) | some c in conditions]))

# What an object breaks of the borders between the owners of hosts and paths, a file for each
# part of the table of rules. In all of them:
#
# b: what the plan says of the borders, as in data/borders.json or a constraint's parameters
# o: an object
# account: who writes it; "" where that is not known
package lib.borders

# offences are what an object breaks of a rule, in words.
offences(rule, b, o, account) := {what |
	some what in broken(rule, b, o, account)
	not excepted(rule, b, o, what)
}

# excepted says whether the plan excepts an offence, or all of its object against the rule.
excepted(rule, b, o, what) if {
	some e in b.exceptions
	e.rule == rule
	e.object == label(o)
	e.offence in {"", what}
}

# message is what people read of an offence.
message(rule, o, what, ask) := sprintf("%s: %s: %s; ask %s", [rule, label(o), what, ask])

# label tells an object among all.
label(o) := concat(" ", [o.kind, id(o)]) if namespace(o) != ""

label(o) := concat(" ", [o.kind, name(o)]) if namespace(o) == ""

# id tells an object among those of its kind.
id(o) := concat("/", [namespace(o), name(o)])

name(o) := text(o, ["metadata", "name"])

namespace(o) := text(o, ["metadata", "namespace"])

labels(o) := found if {
	found := object.get(o, ["metadata", "labels"], {})
	is_object(found)
} else := {}

# of says whether an object is of a kind, in whatever version.
of(o, kind, group) if {
	o.kind == kind
	startswith(o.apiVersion, concat("", [group, "/"]))
}

is_proxy(o) if of(o, "HTTPProxy", "projectcontour.io")

is_root(o) if {
	is_proxy(o)
	is_object(o.spec.virtualhost)
}

# of_admins says whether an object stands where roots or fanouts do.
of_admins(b, o) if namespace(o) in {b.root, b.fanout}

# text is a string below an object, "" if there is none.
text(o, path) := found if {
	found := object.get(o, path, "")
	is_string(found)
} else := ""

# list is a list below an object, empty if there is none.
list(o, path) := found if {
	found := object.get(o, path, [])
	is_array(found)
} else := []

# A team's routes beside what is given to others.
package lib.borders

broken("carve-out", b, o, _) := {sprintf("%s meets %s", [key(r), given.path]) |
	is_proxy(o)
	not of_admins(b, o)
	carved := b.carved[id(o)]
	some r in routes(o)
	some given in carved.given
	some base in carved.bases
	within(parts(r), base, given)
}

broken("regex-escape", b, o, _) := {concat(" ", ["regex", part.text]) |
	is_proxy(o)
	not of_admins(b, o)
	some r in routes(o)
	some part in parts(r)
	part.kind == "regex"
	contains(part.text, "|")
	not is_grouped(part.text)
}

# within says whether a route is as specific as a path that is given to another object, within
# that; of a regex, whether its beginning leaves that open.
within(ps, base, given) if {
	not is_regex(ps)
	inside(joined(concat("", [base, whole(ps)])), given.path, given.kind)
}

within(ps, base, given) if {
	is_regex(ps)
	start := lower(joined(concat("", [base, beginning(whole(ps))])))
	overlaps(start, lower(given.path), given.kind)
}

# is_regex: any regex makes all of a path one.
is_regex(ps) if {
	some part in ps
	part.kind == "regex"
}

whole(ps) := concat("", [part.text | some part in ps])

inside(path, given, _) if path == given

inside(path, given, "prefix") if startswith(path, concat("", [given, "/"]))

inside(path, given, "string-prefix") if startswith(path, given)

overlaps(start, given, _) if startswith(given, start)

overlaps(start, given, kind) if inside(start, given, kind)

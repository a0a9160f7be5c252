# A team's routes beside what is given to others.
package lib.borders

broken("carve-out", b, o, _) := {sprintf("%s meets %s", [key(r), given.path]) |
	is_proxy(o)
	not of_admins(b, o)
	carved := b.carved[id(o)]
	some r in routes(o)
	some given in carved.given
	some base in carved.bases
	within(r, base, given, carved.confined)
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
# that; of a regex, whether its beginning leaves that open. confined: by a condition on :path of
# the include.
within(r, base, given, confined) if {
	not is_regex(parts(r))
	takes(r, given, confined)
	some path in forms(r, joined(concat("", [base, whole(parts(r))])))
	inside(path, given.path, given.kind)
}

within(r, base, given, _) if {
	is_exact(parts(r))
	given.kind == "regex"
	regex.match(concat("", ["^(?i:", given.path, ")"]), joined(concat("", [base, whole(parts(r))])))
}

within(r, base, given, _) if {
	is_regex(parts(r))
	start := lower(joined(concat("", [base, beginning(whole(parts(r)))])))
	overlaps(start, given)
}

# takes says whether a route without a regex may come before one of a given path. An exact path is
# asked before any prefix, unless it is a prefix, too, with a condition on :path, and the route
# has as many conditions.
takes(_, given, _) if given.kind != "exact"

takes(_, _, confined) if confined

takes(r, _, _) if is_exact(parts(r))

takes(r, _, _) if count(others(r)) > 0

# is_regex: any regex makes all of a path one.
is_regex(ps) if {
	some part in ps
	part.kind == "regex"
}

# is_exact: else the last condition decides.
is_exact(ps) if {
	not is_regex(ps)
	ps[count(ps) - 1].kind == "exact"
}

whole(ps) := concat("", [part.text | some part in ps])

# forms are the paths under which Contour serves that of a route: with a slash at the end and
# without, where a prefix is replaced.
forms(r, path) := {path, bare, concat("", [bare, "/"])} if {
	not is_exact(parts(r))
	count(list(r, ["pathRewritePolicy", "replacePrefix"])) > 0
	bare := trim_suffix(path, "/")
} else := {path}

overlaps(start, given) if {
	given.kind != "regex"
	startswith(lower(given.path), start)
}

overlaps(start, given) if inside(start, lower(given.path), given.kind)

overlaps(start, given) if {
	given.kind == "regex"
	startswith(start, text(given, ["start"]))
}

overlaps(start, given) if {
	given.kind == "regex"
	startswith(text(given, ["start"]), start)
}

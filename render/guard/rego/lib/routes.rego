# Routes and their paths.
package lib.borders

routes(o) := list(o, ["spec", "routes"])

# key is the path of a route as offences have it, with the names of all other conditions.
key(r) := concat(" ", array.concat(path_key(parts(r)), others(r)))

path_key(ps) := ["everything"] if {
	count(ps) == 0
} else := [concat(" ", [part.kind, part.text]) | some part in ps]

# parts are the path conditions of a route, in their order.
parts(r) := [{"kind": kind, "text": part} |
	some c in list(r, ["conditions"])
	some kind in ["prefix", "exact", "regex"]
	part := text(c, [kind])
	part != ""
]

# others are the names in its other conditions.
others(r) := [concat(" ", [kind, text(c, [field, "name"])]) |
	some c in list(r, ["conditions"])
	some field, kind in {"header": "header", "queryParameter": "query"}
	is_object(c[field])
]

# joined is a path as Contour merges it: slashes in a row are one.
joined(path) := regex.replace(path, "//+", "/")

# inside says whether a path is the given one of a kind, or within it.
inside(path, given, kind) if {
	kind != "regex"
	path == given
}

inside(path, given, "prefix") if startswith(path, concat("", [given, "/"]))

inside(path, given, "string-prefix") if startswith(path, given)

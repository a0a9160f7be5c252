# Routes and their paths.
package lib.borders

routes(o) := list(o, ["spec", "routes"])

# key is the path of a route as offences have it.
key(r) := concat(" ", [concat(" ", [part.kind, part.text]) | some part in parts(r)]) if count(parts(r)) > 0

key(r) := "everything" if count(parts(r)) == 0

# parts are the path conditions of a route, in their order.
parts(r) := [{"kind": kind, "text": part} |
	some c in list(r, ["conditions"])
	some kind in ["prefix", "exact", "regex"]
	part := text(c, [kind])
	part != ""
]

# joined is a path as Contour merges it: slashes in a row are one.
joined(path) := regex.replace(path, "//+", "/")

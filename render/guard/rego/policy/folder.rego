# The objects of a folder, as conftest reads them with --combine; or one, without.
package lib.folder

import data.lib.borders

files contains {"path": document.path, "object": o} if {
	some document in documents
	some o in objects(document.contents)
	is_object(o)
}

documents := input if {
	is_array(input)
} else := [{"path": "", "contents": input}]

# objects are those of a List, or the one that is there.
objects(contents) := borders.list(contents, ["items"]) if {
	endswith(contents.kind, "List")
} else := [contents]

# finding is what conftest prints, and what programs read of it.
finding(rule, file, what) := {
	"msg": concat("", [where(file), borders.message(rule, file.object, what, asked(rule))]),
	"rule": rule,
	"object": borders.label(file.object),
	"offence": what,
	"file": file.path,
}

where(file) := "" if {
	file.path == ""
} else := concat("", [file.path, ": "])

asked(rule) := known.ask if {
	some known in data.borders.rules
	known.id == rule
}

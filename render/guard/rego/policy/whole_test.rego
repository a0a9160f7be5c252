# The rules that only all objects together show, and what is printed.
package whole_test

import data.main
import data.whole

proxy(namespace, name, spec) := {"path": concat("", [name, ".yaml"]), "contents": {
	"apiVersion": "projectcontour.io/v1",
	"kind": "HTTPProxy",
	"metadata": {"namespace": namespace, "name": name},
	"spec": spec,
}}

root(name, fqdn, target) := proxy("roots", name, {
	"virtualhost": {"fqdn": fqdn},
	"includes": [{"namespace": "fanouts", "name": target}],
})

plan := {
	"root": "roots",
	"fanout": "fanouts",
	"domains": [],
	"hosts": {},
	"mounts": {},
	"teams": [],
	"exceptions": [{"rule": "orphan", "object": "HTTPProxy fanouts/kept", "offence": "no root reaches it"}],
	"enforce": "warn",
	"rules": [{"id": id, "ask": "us"} |
		some id in ["root-name", "root-namespace", "duplicate-root", "dangling-include", "orphan"]
	],
}

messages(findings) := {finding.msg | some finding in findings}

test_whole_tree if {
	folder := [root("a", "a.com", "a-fanout"), proxy("fanouts", "a-fanout", {})]
	whole.findings == set() with input as folder with data.borders as plan
}

test_duplicate_root if {
	folder := [root("a", "a.com", "f"), root("b", "A.com", "f"), proxy("fanouts", "f", {})]
	found := whole.warn with input as folder with data.borders as plan
	messages(found) == {
		"a.yaml: duplicate-root: HTTPProxy roots/a: virtualhost a.com; ask us",
		"b.yaml: duplicate-root: HTTPProxy roots/b: virtualhost A.com; ask us",
	}
}

test_dangling_include if {
	found := whole.warn with input as [root("a", "a.com", "gone")] with data.borders as plan
	messages(found) == {"a.yaml: dangling-include: HTTPProxy roots/a: include fanouts/gone at /; ask us"}
}

test_orphan if {
	folder := [
		proxy("roots", "root", {"virtualhost": {"fqdn": "a.com"}}),
		proxy("fanouts", "a", {}),
		proxy("fanouts", "kept", {}),
		proxy("elsewhere", "b", {}),
	]
	found := whole.warn with input as folder with data.borders as plan
	messages(found) == {"a.yaml: orphan: HTTPProxy fanouts/a: no root reaches it; ask us"}
}

test_no_orphan_without_roots if {
	found := whole.warn with input as [proxy("fanouts", "a", {})] with data.borders as plan
	found == set()
}

test_orphans_that_include_each_other if {
	folder := [
		proxy("roots", "root", {"virtualhost": {"fqdn": "a.com"}}),
		proxy("fanouts", "a", {"includes": [{"name": "b"}]}),
		proxy("fanouts", "b", {"includes": [{"name": "a"}]}),
	]
	found := whole.warn with input as folder with data.borders as plan
	count(found) == 2
}

test_enforcement if {
	stranger := proxy("shop", "x", {"virtualhost": {"fqdn": "a.com"}})
	warned := main.warn with input as [stranger] with data.borders as plan
	messages(warned) == {"x.yaml: root-namespace: HTTPProxy shop/x: virtualhost a.com; ask us"}
	main.deny == set() with input as [stranger] with data.borders as plan
	denied := main.deny with input as [stranger] with data.borders as object.union(plan, {"enforce": "deny"})
	denied == warned
}

test_items_of_lists if {
	stranger := proxy("shop", "x", {"virtualhost": {"fqdn": "a.com"}})
	many := {"path": "x.yaml", "contents": {"apiVersion": "v1", "kind": "List", "items": [stranger.contents]}}
	found := main.warn with input as [many] with data.borders as plan
	count(found) == 1
}

test_one_file_by_itself if {
	stranger := proxy("shop", "x", {"virtualhost": {"fqdn": "a.com"}})
	found := main.warn with input as stranger.contents with data.borders as plan
	messages(found) == {"root-namespace: HTTPProxy shop/x: virtualhost a.com; ask us"}
}

# What only all objects together show. For folders that hold the whole of a cluster's, or of a
# host's, HTTPProxies.
package whole

import data.lib.borders
import data.lib.folder

warn contains finding if {
	data.borders.enforce == "warn"
	some finding in findings
}

deny contains finding if {
	data.borders.enforce == "deny"
	some finding in findings
}

findings contains folder.finding(rule, f, what) if {
	some f in folder.files
	borders.is_proxy(f.object)
	some rule, whats in offences(f.object)
	some what in whats
	not borders.excepted(rule, data.borders, f.object, what)
}

offences(o) := {
	"duplicate-root": {borders.virtualhost(o) | count(roots[host(o)]) > 1},
	"dangling-include": {borders.includes(t) |
		some t in borders.targets(o)
		not borders.id({"metadata": t}) in proxies
	},
	"orphan": {"no root reaches it" |
		borders.namespace(o) in places
		not borders.id(o) in reached
	},
}

proxies contains borders.id(f.object) if {
	some f in folder.files
	borders.is_proxy(f.object)
}

# roots are those of each host.
roots[host(f.object)] contains borders.id(f.object) if some f in folder.files

host(o) := lower(borders.fqdn(o)) if borders.is_root(o)

# places are the namespaces in which every HTTPProxy is part of a tree, if there are trees.
places := {data.borders.root, data.borders.fanout} | {team | some team in data.borders.teams} if count(roots) > 0

included[borders.id(f.object)] contains borders.id({"metadata": t}) if {
	some f in folder.files
	borders.is_proxy(f.object)
	some t in borders.targets(f.object)
}

reached := graph.reachable(
	{from: object.get(included, from, set()) | some from in proxies},
	{root | some ids in roots; some root in ids},
)

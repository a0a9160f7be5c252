# What each object of a folder breaks by itself.
package main

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

findings contains folder.finding(rule.id, f, what) if {
	some f in folder.files
	some rule in data.borders.rules
	some what in borders.offences(rule.id, data.borders, f.object, "")
}

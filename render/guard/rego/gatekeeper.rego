package gatekeeper

import data.lib.borders

violation contains {"msg": msg, "details": details} if {
	not input.review.operation == "DELETE"
	o := input.review.object
	some what in added("RULE", o)
	msg := borders.message("RULE", o, what, input.parameters.ask)
	details := {"rule": "RULE", "object": borders.label(o), "offence": what}
}

# added are the offences that the object before this one did not have.
added(rule, o) := offences(rule, o) - offences(rule, object.get(input.review, "oldObject", null))

offences(rule, o) := borders.offences(rule, input.parameters, o, account)

# account is who asks; nobody does in an audit.
account := object.get(input.review, ["userInfo", "username"], "")

# Regexes of routes, as far as their text tells without following them.
package lib.borders

# plain stands for itself, in a regex.
plain := `(?:[A-Za-z0-9/_~@%,;=: -]|\\[^A-Za-z0-9])*`

# bracketed is a class of characters, with what else is no parenthesis.
bracketed := `\\(?s:.)|\[\^?\]?(?:[^\]\\]|\\(?s:.))*\]`

# groups are parentheses with text, of so many within each other.
groups(inner) := concat("", [`\((?:[^()\\\[]|`, bracketed, inner, `)*\)`])

group := groups(concat("", ["|", groups(concat("", ["|", groups("")]))]))

grouped := concat("", [`^(?:[^|()\\\[]|`, bracketed, "|", group, ")*$"])

# is_grouped says whether a regex is without alternation outside of parentheses, which are
# followed three deep.
is_grouped(pattern) if regex.match(grouped, pattern)

# beginning is the text that all paths of a regex begin with, as far as it can be told. Where
# there is alternation, what stands before the first parenthesis counts; a group that may not
# occur leaves all open.
beginning(pattern) := "" if {
	open(pattern)
} else := replace(less(pattern, literal(pattern)), `\`, "")

open(pattern) if {
	contains(pattern, "|")
	not is_grouped(pattern)
}

open(pattern) if regex.match(`\)[*?{]`, pattern)

# literal is the beginning that stands for itself, also in a group that ignores case.
literal(pattern) := replace(found, "(?i:", "") if {
	not contains(pattern, "|")
	found := regex.find_n(concat("", [`^/?\(\?i:`, plain]), pattern, 1)[0]
} else := regex.find_n(concat("", ["^", plain]), pattern, 1)[0]

# less is a beginning without its last character, where that may not occur, or occur often.
less(pattern, start) := substring(start, 0, count(start) - 1) if {
	start != ""
	regex.match(concat("", [`^(?:/?\(\?i:)?`, plain, "[*?{]"]), pattern)
} else := start

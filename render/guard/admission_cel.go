package guard

import (
	"embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	admission "k8s.io/api/admissionregistration/v1"
)

// The CEL of the policies: cel/RULE.cel is the list of an object's offences, in the words of
// Rule.Offence, and cel/NAME.cel a part that rules have in common, as variables.NAME. Regexes
// of the reference stand there in capitals.
//
//go:embed cel/*.cel
var celTexts embed.FS

// celSource is one of these files.
func celSource(name string) string {
	text, err := celTexts.ReadFile("cel/" + name + ".cel")
	if err != nil {
		panic(err) // a rule, or an expression of ours, names what is not embedded
	}
	patterns := map[string]*regexp.Regexp{"GROUPED": grouped, "OPTIONAL": optional, "FOLDED": foldedStart, "PLAIN": plainStart, "REPEATED": repeated}
	out := strings.TrimSpace(string(text))
	for _, name := range slices.Sorted(maps.Keys(patterns)) {
		out = strings.ReplaceAll(out, name, "r'"+patterns[name].String()+"'")
	}
	return out
}

var (
	celVariable = regexp.MustCompile(`\bvariables\.(\w+)`)
	celObject   = regexp.MustCompile(`\bobject\b`)
)

// variables are those of a rule's policy, in the order in which they need each other. What
// depends on the object is there for the object before an update, too, with Before behind
// its name.
func variables(r Rule) []admission.Variable {
	c := &composer{done: map[string]bool{}}
	offences := celSource(r.ID)
	c.needs(offences)
	c.set("offences", offences)
	before := beforeUpdate(offences)
	c.needs(before)
	c.set("offencesBefore", "oldObject == null ? [] : (\n"+before+"\n)")
	writes := "object.metadata.namespace + '/' + object.metadata.name"
	if r.Kinds[0] == namespace {
		writes = "object.metadata.name"
	}
	c.set("writes", fmt.Sprintf("'%s ' + %s", r.Kinds[0].Kind, writes))
	c.set("excepted", fmt.Sprintf("variables.writes in params.data[?'exceptions.%s'].orValue('').split('\\n')", r.ID))
	c.set("added", "variables.excepted || variables.offences == variables.offencesBefore ? [] : variables.offences.filter(o, !(o in variables.offencesBefore))")
	c.set("told", celSource("told"))
	return c.out
}

// composer gathers variables.
type composer struct {
	out  []admission.Variable
	done map[string]bool
}

// needs adds the variables of an expression that are not there yet.
func (c *composer) needs(expression string) {
	for _, found := range celVariable.FindAllStringSubmatch(expression, -1) {
		name := found[1]
		if c.done[name] {
			continue
		}
		text := celSource(strings.TrimSuffix(name, "Before"))
		if strings.HasSuffix(name, "Before") {
			text = beforeUpdate(text)
		}
		c.needs(text)
		c.set(name, text)
	}
}

func (c *composer) set(name, expression string) {
	c.done[name] = true
	c.out = append(c.out, admission.Variable{Name: name, Expression: expression})
}

// beforeUpdate is an expression about the object before an update.
func beforeUpdate(expression string) string {
	out := celVariable.ReplaceAllStringFunc(expression, func(ref string) string {
		if ofObject(celSource(strings.TrimPrefix(ref, "variables."))) {
			return ref + "Before"
		}
		return ref
	})
	return celObject.ReplaceAllString(out, "oldObject")
}

// ofObject says whether an expression depends on the object.
func ofObject(expression string) bool {
	if celObject.MatchString(expression) {
		return true
	}
	return slices.ContainsFunc(celVariable.FindAllStringSubmatch(expression, -1), func(found []string) bool {
		return ofObject(celSource(found[1]))
	})
}

package guard

import (
	"embed"
	"maps"
	"regexp"
	"slices"
	"strings"

	admission "k8s.io/api/admissionregistration/v1"

	"github.com/split-ingress/split-ingress/render/envoy"
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
	patterns := map[string]*regexp.Regexp{"GROUPED": grouped, "OPTIONAL": optional, "FOLDED": foldedStart, "PLAIN": plainStart, "REPEATED": repeated, "SOLVER": solverPath, "HEAVY": envoy.Heavy, "CONTROL": envoy.Control}
	out := strings.ReplaceAll(strings.TrimSpace(string(text)), "EXACTCUT", "r'"+exactCut+"'")
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
	before := strings.ReplaceAll(beforeUpdate(offences), "variables.account", "true")
	c.needs(before)
	c.set("offencesBefore", "oldObject == null ? [] : (\n"+before+"\n)")
	writes := "object.kind + ' ' + object.metadata.namespace + '/' + object.metadata.name"
	if r.Kinds[0] == namespace {
		writes = "object.kind + ' ' + object.metadata.name"
	}
	c.set("writes", writes)
	c.set("excepted", strings.ReplaceAll(celSource("excepted"), "RULE", r.ID))
	c.set("added", celSource("added"))
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

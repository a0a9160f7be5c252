package manifest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

const (
	renderFirst     = "render it first (helm template, kustomize build, ...) and pipe the result in with -f -"
	substituteFirst = "substitute the variables first (envsubst, flux build, ...) and pipe the result in with -f -"
	maxProblems     = 10 // findings about one object
)

func (o *object) finding(rule string, severity ledger.Severity, line int, message, action string) ledger.Finding {
	return ledger.Finding{
		Rule: rule, Severity: severity, Origin: o.origin.At(o.key(), line), Message: message, Action: action,
	}
}

// refuse notes why the object can not be used.
func (o *object) refuse(rule string, line int, message, action string) {
	f := o.finding(rule, ledger.Error, line, message, action)
	if len(o.problems) < maxProblems && !slices.Contains(o.problems, f) {
		o.problems = append(o.problems, f)
	}
}

func (o *object) invalid(line int, message, action string) {
	o.refuse(RuleInvalidObject, line, message, action)
}

// at runs f under a key of the current path.
func (o *object) at(key string, f func()) {
	mark := o.push(key)
	f()
	o.path = o.path[:mark]
}

// misnamed refuses a value that is no valid name of its sort, as the template or the
// placeholder that it may be.
func (o *object) misnamed(line int, text, what, action string) {
	switch {
	case isTemplate(text):
		o.refuse(RuleTemplate, line, short(text)+" is a template", renderFirst)
	case strings.Contains(text, "$"):
		o.refuse(RulePlaceholder, line, short(text)+" holds a placeholder", substituteFirst)
	default:
		o.invalid(line, fmt.Sprintf("%s is not %s", short(text), what), action)
	}
}

// checkRendered refuses a string that holds a template.
func (o *object) checkRendered(v value) {
	if o.record && !o.r.opts.Stored && isTemplate(v.node.Value) {
		o.refuse(RuleTemplate, v.line, short(v.node.Value)+" is a template", renderFirst)
	}
}

// isTemplate says whether a text holds a Go or Jinja expression.
func isTemplate(s string) bool { return encloses(s, "{{", "}}") || encloses(s, "{%", "%}") }

func encloses(s, left, right string) bool {
	_, rest, ok := strings.Cut(s, left)
	return ok && strings.Contains(rest, right)
}

// oddKey refuses a mapping key that is a mapping or a list; {{ x }} reads as one.
func (o *object) oddKey(key, in *yaml.Node) {
	if key.Kind == yaml.MappingNode && key.Style&in.Style&yaml.FlowStyle != 0 {
		o.refuse(RuleTemplate, key.Line+o.base, "{{ ... }} without quotes is a template", renderFirst)
		return
	}
	o.invalid(key.Line+o.base, "a key that is no string", "write a string")
}

// duplicateKey refuses a key that stands twice in one mapping.
func (o *object) duplicateKey(key, first *yaml.Node) {
	message := fmt.Sprintf("the key %s stands twice, first in line %d", short(key.Value), first.Line+o.base)
	action := "remove one of them: kubectl refuses the object, too"
	if key.Value == "apiVersion" || key.Value == "kind" {
		action = "if another object begins here, put a line --- before it; else " + action
	}
	o.at(key.Value, func() {
		o.refuse(RuleDuplicateKey, key.Line+o.base, message, action)
	})
}

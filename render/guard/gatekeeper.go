package guard

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// ConstraintTemplate is templates.gatekeeper.sh/v1 ConstraintTemplate, as far as we write it.
type ConstraintTemplate struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              TemplateSpec `json:"spec"`
}

// TemplateSpec defines a kind of constraints, and what it refuses.
type TemplateSpec struct {
	CRD     TemplateCRD      `json:"crd"`
	Targets []TemplateTarget `json:"targets"`
}

// TemplateCRD names the kind of the constraints and gives their parameters a schema.
type TemplateCRD struct {
	Spec struct {
		Names struct {
			Kind string `json:"kind"`
		} `json:"names"`
		Validation struct {
			Schema schema `json:"openAPIV3Schema"`
		} `json:"validation"`
	} `json:"spec"`
}

// TemplateTarget holds the code.
type TemplateTarget struct {
	Target string         `json:"target"`
	Code   []TemplateCode `json:"code"`
}

// TemplateCode is one in Rego.
type TemplateCode struct {
	Engine string `json:"engine"`
	Source struct {
		Version string   `json:"version"`
		Rego    string   `json:"rego"`
		Libs    []string `json:"libs"`
	} `json:"source"`
}

// Constraint holds a template against objects of some kinds.
type Constraint struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              ConstraintSpec `json:"spec"`
}

// ConstraintSpec says what happens, to which objects, by which facts.
type ConstraintSpec struct {
	EnforcementAction Enforcement     `json:"enforcementAction"`
	Match             ConstraintMatch `json:"match"`
	Parameters        map[string]any  `json:"parameters"`
}

// ConstraintMatch selects objects.
type ConstraintMatch struct {
	Kinds []ConstraintKinds `json:"kinds"`
}

// ConstraintKinds are kinds of some API groups.
type ConstraintKinds struct {
	APIGroups []string `json:"apiGroups"`
	Kinds     []string `json:"kinds"`
}

// constraintName is the name of the constraint of every template.
const constraintName = "split-ingress"

// Gatekeeper writes a ConstraintTemplate and its Constraint for every rule that Gatekeeper
// can hold: the templates first, since each defines the kind of its constraint, both in the
// order of the table. A constraint has only those facts of the plan that its rule asks for.
// Gatekeeper must have made the kinds before the constraints are applied; those of large plans
// are too long for the annotation of a client-side kubectl apply (256 KB).
func (b Borders) Gatekeeper(enforce Enforcement) ([]httpproxy.Object, error) {
	var templates, constraints []httpproxy.Object
	parts := regoParts()
	for _, r := range Rules() {
		if !r.Held.Has(Gatekeeper) {
			continue
		}
		part, known := parts[r.ID]
		if !known {
			return nil, fmt.Errorf("render/guard: rule %s has no Rego of its own; name it in regoParts", r.ID)
		}
		facts := b.factsOf(r, part.facts)
		template, err := templateOf(r, part, facts)
		if err != nil {
			return nil, err
		}
		c := &Constraint{
			TypeMeta:   metav1.TypeMeta{APIVersion: "constraints.gatekeeper.sh/v1beta1", Kind: constraintKind(r)},
			ObjectMeta: meta("", constraintName),
			Spec:       ConstraintSpec{enforce, ConstraintMatch{matched(r.Kinds)}, facts},
		}
		templates = append(templates, object(template, template.Kind, "", template.Name))
		constraints = append(constraints, object(c, c.Kind, "", c.Name))
	}
	return append(templates, constraints...), nil
}

func templateOf(r Rule, part regoPart, facts map[string]any) (*ConstraintTemplate, error) {
	t := &ConstraintTemplate{
		TypeMeta:   metav1.TypeMeta{APIVersion: "templates.gatekeeper.sh/v1", Kind: "ConstraintTemplate"},
		ObjectMeta: meta("", strings.ToLower(constraintKind(r))),
	}
	t.Annotations = map[string]string{"metadata.gatekeeper.sh/title": r.ID, "description": r.Says + " " + r.Why}
	t.Spec.CRD.Spec.Names.Kind = constraintKind(r)
	t.Spec.CRD.Spec.Validation.Schema = schemaOfFacts(facts)
	code := TemplateCode{Engine: "Rego"}
	code.Source.Version = "v1"
	entry, err := regoFile("gatekeeper.rego")
	if err != nil {
		return nil, err
	}
	code.Source.Rego = inYAML(strings.ReplaceAll(entry, `"RULE"`, `"`+r.ID+`"`))
	for _, name := range append([]string{"objects"}, part.libs...) {
		text, err := regoFile("lib/" + name + ".rego")
		if err != nil {
			return nil, err
		}
		code.Source.Libs = append(code.Source.Libs, inYAML(text))
	}
	t.Spec.Targets = []TemplateTarget{{Target: "admission.k8s.gatekeeper.sh", Code: []TemplateCode{code}}}
	return t, nil
}

// inYAML indents Rego with blanks, so that it can stand in YAML as it is, line by line.
func inYAML(rego string) string { return strings.ReplaceAll(rego, "\t", "  ") }

// constraintKind is a rule's ID as a kind: root-tls becomes SplitIngressRootTls.
func constraintKind(r Rule) string {
	kind := "SplitIngress"
	for word := range strings.SplitSeq(r.ID, "-") {
		kind += strings.ToUpper(word[:1]) + word[1:]
	}
	return kind
}

func matched(kinds []Kind) []ConstraintKinds {
	var out []ConstraintKinds
	for _, k := range kinds {
		i := slices.IndexFunc(out, func(c ConstraintKinds) bool { return c.APIGroups[0] == k.Group })
		if i < 0 {
			out = append(out, ConstraintKinds{APIGroups: []string{k.Group}})
			i = len(out) - 1
		}
		if !slices.Contains(out[i].Kinds, k.Kind) { // in another version
			out[i].Kinds = append(out[i].Kinds, k.Kind)
		}
	}
	return out
}

package guard

import (
	"fmt"

	admission "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// Enforcement says what becomes of a write that breaks a rule.
type Enforcement string

// The enforcements.
const (
	Warn Enforcement = "warn" // it passes; who writes is warned, and the audit log has it
	Deny Enforcement = "deny" // it is refused
)

// ParseEnforcement reads "warn" or "deny".
func ParseEnforcement(s string) (Enforcement, error) {
	switch e := Enforcement(s); e {
	case Warn, Deny:
		return e, nil
	}
	return "", fmt.Errorf("enforcement %q is none of %s, %s", s, Warn, Deny)
}

// Admission are the borders as the API server itself holds them, in the order in which they
// are to be applied: the params, a ValidatingAdmissionPolicy for each rule that sees one
// object, and its binding. The policies are the same for every plan, which stands in the params
// alone. They need Kubernetes 1.30, and the root namespace. Writes are refused where the params are
// missing, whatever the enforcement, and, by Deny, where an object breaks a rule so often (some
// thousand times) that the API server's limits for CEL end the count. The error is that of Params.
func (b *Borders) Admission(e Enforcement) ([]httpproxy.Object, []ledger.Finding, error) {
	params, err := b.Params()
	if err != nil {
		return nil, nil, err
	}
	out := []httpproxy.Object{{Role: httpproxy.RoleRoot, Value: params, Kind: "ConfigMap", Namespace: params.Namespace, Name: params.Name}}
	var bindings []httpproxy.Object
	for _, r := range Rules() {
		if r.Held.Has(Admission) {
			name := policyName(r)
			out = append(out, httpproxy.Object{Role: httpproxy.RoleRoot, Value: policy(r), Kind: "ValidatingAdmissionPolicy", Name: name})
			bindings = append(bindings, httpproxy.Object{Role: httpproxy.RoleRoot, Value: b.binding(r, e), Kind: "ValidatingAdmissionPolicyBinding", Name: name})
		}
	}
	return append(out, bindings...), serverSide(params), nil
}

func policyName(r Rule) string { return "split-ingress-" + r.ID }

// labelled is the metadata that all of these have.
func labelled(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{
		"app.kubernetes.io/managed-by": "split-ingress", RoleLabel: string(RootAdmin),
	}}
}

// policy refuses writes that add an offence of the rule to those that the object has.
func policy(r Rule) *admission.ValidatingAdmissionPolicy {
	fail := admission.Fail
	var rules []admission.NamedRuleWithOperations
	for _, k := range r.Kinds {
		rules = append(rules, admission.NamedRuleWithOperations{RuleWithOperations: admission.RuleWithOperations{
			Operations: []admission.OperationType{admission.Create, admission.Update},
			Rule:       admission.Rule{APIGroups: []string{k.Group}, APIVersions: []string{k.Version}, Resources: []string{k.Resource}},
		}})
	}
	return &admission.ValidatingAdmissionPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "admissionregistration.k8s.io/v1", Kind: "ValidatingAdmissionPolicy"},
		ObjectMeta: labelled("", policyName(r)),
		Spec: admission.ValidatingAdmissionPolicySpec{
			ParamKind:        &admission.ParamKind{APIVersion: "v1", Kind: "ConfigMap"},
			MatchConstraints: &admission.MatchResources{ResourceRules: rules},
			FailurePolicy:    &fail,
			Variables:        variables(r),
			Validations: []admission.Validation{{
				Expression:        "size(variables.added) == 0",
				Message:           r.ID + ": " + r.Says, // where the offences are too long to be told
				MessageExpression: fmt.Sprintf("'%s: ' + variables.writes + ': ' + variables.told + ' (ask ' + params.data['ask.%s'] + ')'", r.ID, r.Ask),
			}},
		},
	}
}

// binding puts the policy of a rule in force, for all namespaces.
func (b *Borders) binding(r Rule, e Enforcement) *admission.ValidatingAdmissionPolicyBinding {
	actions := []admission.ValidationAction{admission.Warn, admission.Audit}
	if e == Deny {
		actions = []admission.ValidationAction{admission.Deny}
	}
	missing := admission.DenyAction
	return &admission.ValidatingAdmissionPolicyBinding{
		TypeMeta:   metav1.TypeMeta{APIVersion: "admissionregistration.k8s.io/v1", Kind: "ValidatingAdmissionPolicyBinding"},
		ObjectMeta: labelled("", policyName(r)),
		Spec: admission.ValidatingAdmissionPolicyBindingSpec{
			PolicyName:        policyName(r),
			ParamRef:          &admission.ParamRef{Namespace: b.Root, Name: paramsName, ParameterNotFoundAction: &missing},
			ValidationActions: actions,
		},
	}
}

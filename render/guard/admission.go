package guard

import (
	"fmt"

	admission "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// Admission are the borders as the API server itself holds them, in the order in which they
// are to be applied: the params, a ValidatingAdmissionPolicy for each rule that sees one
// object, and its binding. The policies are the same for every plan, which stands in the params
// alone. They need Kubernetes 1.30, and the root namespace. By Deny writes are refused also where the
// params are missing, and where an object breaks a rule so often (some thousand times) that the API
// server's limits for CEL end the count. The error is that of Params.
func (b *Borders) Admission(e Enforcement) ([]httpproxy.Object, []ledger.Finding, error) {
	params, err := b.Params()
	if err != nil {
		return nil, nil, err
	}
	out := []httpproxy.Object{object(params, "ConfigMap", params.Namespace, params.Name)}
	var bindings []httpproxy.Object
	for _, r := range Rules() {
		if r.Held.Has(Admission) {
			out = append(out, object(policy(r), "ValidatingAdmissionPolicy", "", policyName(r)))
			bindings = append(bindings, object(b.binding(r, e), "ValidatingAdmissionPolicyBinding", "", policyName(r)))
		}
	}
	return append(out, bindings...), serverSide(params), nil
}

func policyName(r Rule) string { return "split-ingress-" + r.ID }

// policy refuses writes that add an offence of the rule to those that the object has.
func policy(r Rule) *admission.ValidatingAdmissionPolicy {
	fail := admission.Fail
	var rules []admission.NamedRuleWithOperations
	for _, k := range r.Kinds {
		rules = append(rules, admission.NamedRuleWithOperations{RuleWithOperations: admission.RuleWithOperations{
			Operations: []admission.OperationType{admission.Create, admission.Update},
			Rule:       admission.Rule{APIGroups: []string{k.Group}, APIVersions: []string{k.Version}, Resources: written(k)},
		}})
	}
	return &admission.ValidatingAdmissionPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "admissionregistration.k8s.io/v1", Kind: "ValidatingAdmissionPolicy"},
		ObjectMeta: meta("", policyName(r)),
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

// written are a kind's resources through which its metadata can be changed. Updates of the status
// of the API server's own kinds take over new labels and annotations; those of custom resources
// take the status and nothing else.
func written(k Kind) []string {
	switch k {
	case namespace:
		return []string{k.Resource, k.Resource + "/status", k.Resource + "/finalize"}
	case ingress:
		return []string{k.Resource, k.Resource + "/status"}
	}
	return []string{k.Resource}
}

// binding puts the policy of a rule in force, for all namespaces.
func (b *Borders) binding(r Rule, e Enforcement) *admission.ValidatingAdmissionPolicyBinding {
	actions, missing := []admission.ValidationAction{admission.Warn, admission.Audit}, admission.AllowAction
	if e == Deny {
		actions, missing = []admission.ValidationAction{admission.Deny}, admission.DenyAction
	}
	return &admission.ValidatingAdmissionPolicyBinding{
		TypeMeta:   metav1.TypeMeta{APIVersion: "admissionregistration.k8s.io/v1", Kind: "ValidatingAdmissionPolicyBinding"},
		ObjectMeta: meta("", policyName(r)),
		Spec: admission.ValidatingAdmissionPolicyBindingSpec{
			PolicyName:        policyName(r),
			ParamRef:          &admission.ParamRef{Namespace: b.Root, Name: paramsName, ParameterNotFoundAction: &missing},
			ValidationActions: actions,
		},
	}
}

package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/render/repo"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// guards are the flags that say which borders are written.
type guards struct {
	forms   []string
	enforce string
}

// guardForms are the forms in which borders are written; the first ones unless others are asked
// for, since the rest needs programs that not everybody runs.
func guardForms() []string { return []string{"rbac", "admission", "gatekeeper", "conftest"} }

func (g *guards) addFlags(cmd *cobra.Command, flags *pflag.FlagSet, name string) {
	flags.StringSliceVar(&g.forms, name, guardForms()[:2], "Forms of the borders to write: rbac, admission (ValidatingAdmissionPolicies), gatekeeper, conftest (a directory of Rego, with --output-dir only), or none")
	flags.StringVar(&g.enforce, "enforce", string(guard.Warn), "What policies do about an offence: warn or deny")
	choices(cmd, name, append(guardForms(), "none")...)
	choices(cmd, "enforce", string(guard.Warn), string(guard.Deny))
}

func (g *guards) validate(name string) error {
	for _, f := range g.forms {
		if f != "none" && !slices.Contains(guardForms(), f) {
			return usagef("--%s %q: want %s or none", name, f, strings.Join(guardForms(), ", "))
		}
	}
	if slices.Contains(g.forms, "none") && len(g.forms) > 1 {
		return usagef("--%s none stands alone", name)
	}
	if g.enforce != string(guard.Warn) && g.enforce != string(guard.Deny) {
		return usagef("--enforce %q: want warn or deny", g.enforce)
	}
	return nil
}

// toStdout refuses the form that has no place on standard output.
func (g *guards) toStdout(name string) error {
	if g.wants("conftest") {
		return usagef("--%s conftest: it is a directory of files; give --output-dir", name)
	}
	return nil
}

// objects are the borders of a plan in the forms that are objects of a cluster.
func (g *guards) objects(plan *ownership.Plan) ([]httpproxy.Object, []ledger.Finding, error) {
	var out []httpproxy.Object
	var findings []ledger.Finding
	if g.wants("rbac") {
		roles, found := guard.Roles(plan)
		out, findings = append(out, roles...), append(findings, found...)
	}
	if g.wants("admission") {
		borders := guard.From(plan)
		policies, found, err := borders.Admission(guard.Enforcement(g.enforce))
		if err != nil {
			found = append(found, unwritten(err))
		}
		out, findings = append(out, policies...), append(findings, found...)
	}
	return out, findings, nil
}

// RuleBordersUnwritten is the rule of a finding about a form that is not written.
const RuleBordersUnwritten = "borders-unwritten"

// unwritten tells that a plan is too large for one form, or has what that cannot say; the rest
// is written.
func unwritten(err error) ledger.Finding {
	return ledger.Finding{Rule: RuleBordersUnwritten, Severity: ledger.Warning, Message: "no admission policies are written: " + err.Error(),
		Action: "write these borders as --guards gatekeeper or conftest (guard: --forms), or make a plan for each part of the site"}
}

// wants says whether a form is asked for.
func (g *guards) wants(form string) bool { return slices.Contains(g.forms, form) }

// gatekeeper are the templates and constraints, if they are asked for.
func (g *guards) gatekeeper(plan *ownership.Plan) ([]httpproxy.Object, error) {
	if !g.wants("gatekeeper") {
		return nil, nil
	}
	borders := guard.From(plan)
	return borders.Gatekeeper(guard.Enforcement(g.enforce))
}

// files are what an output directory gets besides the objects that belong to one call of kubectl
// apply: gatekeeper/, which only clusters with Gatekeeper take, and conftest/.
func (g *guards) files(plan *ownership.Plan) ([]repo.File, error) {
	objects, err := g.gatekeeper(plan)
	if err != nil {
		return nil, err
	}
	var out []repo.File
	for _, o := range objects {
		data, err := emit.Document(o.Value)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", o.Kind, o.Name, err)
		}
		out = append(out, repo.File{Path: "gatekeeper/" + strings.ToLower(o.Kind) + "-" + o.Name + ".yaml", Data: data})
	}
	if !g.wants("conftest") {
		return out, nil
	}
	borders := guard.From(plan)
	rego, err := borders.Conftest(guard.Enforcement(g.enforce))
	for _, f := range rego {
		out = append(out, repo.File{Path: "conftest/" + f.Path, Data: f.Data})
	}
	return out, err
}

// add puts the borders that belong to the objects of a conversion beside them, as documents if
// the objects are.
func (g *guards) add(res *convert.Result, documents, stdout bool) error {
	if len(res.Target.Objects) == 0 {
		return nil
	}
	objects, findings, err := g.objects(res.Owned)
	if err != nil {
		return err
	}
	if stdout {
		more, err := g.gatekeeper(res.Owned)
		if err != nil {
			return err
		}
		objects = append(objects, more...)
	}
	for i := range objects {
		if o := &objects[i]; documents {
			if o.Data, err = emit.Document(o.Value); err != nil {
				return fmt.Errorf("%s %s/%s: %w", o.Kind, o.Namespace, o.Name, err)
			}
			o.Value = nil
		}
	}
	res.Target.Objects = append(res.Target.Objects, objects...)
	if len(findings) > 0 { // those that are there are in order
		res.Findings = ledger.SortFindings(append(res.Findings, findings...))
	}
	return nil
}

// readPlan reads the plan of --plan.
func readPlan(name string) (*ownership.Plan, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--plan: %w", err)
	}
	defer file.Close() // it was only read
	return ownership.Read(name, file)
}

package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// guards are the flags that say which borders are written.
type guards struct {
	forms   []string
	enforce string
}

func guardForms() []string { return []string{"rbac"} }

func (g *guards) addFlags(cmd *cobra.Command, flags *pflag.FlagSet, name string) {
	flags.StringSliceVar(&g.forms, name, []string{"rbac"}, "Forms of the borders to write: "+strings.Join(guardForms(), ", ")+" or none")
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

// objects are the borders of a plan in the forms that are objects of a cluster.
func (g *guards) objects(plan *ownership.Plan, beside []guard.Beside) ([]httpproxy.Object, []ledger.Finding, error) {
	var out []httpproxy.Object
	var findings []ledger.Finding
	if slices.Contains(g.forms, "rbac") {
		roles, found := guard.Roles(plan, beside)
		out, findings = append(out, roles...), append(findings, found...)
	}
	return out, findings, nil
}

// add puts the borders that belong to the objects of a conversion beside them, as documents if
// the objects are.
func (g *guards) add(res *convert.Result, documents bool) error {
	if len(res.Target.Objects) == 0 {
		return nil
	}
	objects, findings, err := g.objects(res.Owned, res.Beside)
	if err != nil {
		return err
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
	res.Findings = ledger.SortFindings(append(res.Findings, findings...))
	return nil
}

package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/cmd/internal/report"
	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/render/repo"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

type guardOptions struct {
	genericiooptions.IOStreams
	guards
	plan    string
	format  string
	dir     string
	force   bool
	explain bool
}

func newGuard(streams genericiooptions.IOStreams) *cobra.Command {
	o := &guardOptions{IOStreams: streams}
	cmd := &cobra.Command{
		Use:   "guard --plan FILE",
		Short: "Write the borders between the roles of a plan: RBAC and policies",
		Long: `Writes the borders that hold root, fanout and teams apart, from the ownership plan alone:
roles for RBAC with the plan's subjects, and policies for what Contour leaves open. convert
writes them, too, together with the exceptions that its objects need; the plan that it puts
beside them holds those.`,
		Example: `
			% guard --plan plan.yaml | kubectl apply -f -
			# Who can do what where
			% guard --plan plan.yaml --explain`,
		RunE: runs(o),
	}
	flags := cmd.Flags()
	flags.StringVar(&o.plan, "plan", "", "Ownership plan; needed")
	flags.BoolVar(&o.explain, "explain", false, "Show who can do what where, and the rules, instead of objects")
	flags.StringVarP(&o.format, "output", "o", "yaml", "Format: yaml, json or name")
	flags.StringVar(&o.dir, "output-dir", "", "Directory to write into, one object a file, instead of to standard output")
	flags.BoolVar(&o.force, "force", false, "Overwrite files of --output-dir that people have edited, or that are not ours")
	o.guards.addFlags(cmd, flags, "forms")
	choices(cmd, "output", formats()...)
	return cmd
}

// Complete takes no arguments.
func (o *guardOptions) Complete(cmd *cobra.Command, args []string) error {
	return noArguments(cmd, args)
}

// Validate wants a plan.
func (o *guardOptions) Validate() error {
	if o.plan == "" {
		return usagef("there is no plan: give --plan FILE; `plan` infers one, and convert --output-dir writes one beside its objects")
	}
	if !slices.Contains(formats(), o.format) {
		return usagef("-o %q: want %s", o.format, strings.Join(formats(), ", "))
	}
	if err := o.guards.validate("forms"); err != nil || o.dir != "" {
		return err
	}
	if o.force {
		return usagef("--force is about the files of --output-dir, which is not given")
	}
	return o.guards.toStdout("forms")
}

// Run writes the borders.
func (o *guardOptions) Run() error {
	plan, err := readPlan(o.plan)
	if err != nil {
		return err
	}
	printFindings(o.ErrOut, plan.Findings(o.plan))
	if o.explain {
		roles, findings := guard.Roles(plan)
		printFindings(o.ErrOut, findings)
		return report.Access(o.Out, guard.Explain(roles))
	}
	objects, findings, err := o.guards.objects(plan)
	if err != nil {
		return err
	}
	printFindings(o.ErrOut, findings)
	if slices.ContainsFunc(findings, func(f ledger.Finding) bool { return f.Rule == RuleBordersUnwritten }) {
		return fmt.Errorf("nothing is written, since not all forms can be: name others with --forms")
	}
	if o.dir != "" {
		return o.writeDir(plan, objects)
	}
	more, err := o.guards.gatekeeper(plan)
	if err != nil {
		return err
	}
	return printObjects(o.Out, o.format, append(objects, more...))
}

func (o *guardOptions) writeDir(plan *ownership.Plan, objects []httpproxy.Object) error {
	for i := range objects {
		var err error
		if objects[i].Data, err = emit.Document(objects[i].Value); err != nil {
			return err
		}
	}
	files, err := o.guards.files(plan)
	if err != nil {
		return err
	}
	changes, err := repo.Write(o.dir, append(objectFiles(objects), files...), o.force)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(o.ErrOut, repo.FormatChanges(changes))
	return err
}

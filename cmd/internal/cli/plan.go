package cli

import (
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
)

type planOptions struct {
	genericiooptions.IOStreams
	input
	owners
	quiet bool
}

func newPlan(streams genericiooptions.IOStreams) *cobra.Command {
	o := &planOptions{IOStreams: streams}
	cmd := &cobra.Command{
		Use:   "plan [-f FILE]",
		Short: "Infer who owns which path of which host, as a file to edit",
		Long: `Infers an ownership plan and writes it to standard output, with comments that say why.
A path's team is the namespace of its backend Service, or what a label says. Edit the plan
and give it to convert with --plan. What is remarkable goes to standard error.`,
		Example: `% plan -f manifests/ -R > plan.yaml`,
		RunE:    runs(o),
	}
	o.input.addFlags(cmd)
	o.owners.addFlags(cmd, false)
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "No findings on standard error")
	return cmd
}

// Complete takes no arguments.
func (o *planOptions) Complete(cmd *cobra.Command, args []string) error {
	return noArguments(cmd, args)
}

// Validate checks input and namespaces.
func (o *planOptions) Validate() error {
	if err := o.input.validate(); err != nil {
		return err
	}
	return o.owners.validate()
}

// Run infers and writes the plan.
func (o *planOptions) Run() error {
	set, err := o.input.read(o.IOStreams)
	if err != nil {
		return err
	}
	if len(set.Ingresses) == 0 {
		printFindings(o.ErrOut, set.Findings)
		return o.lacking(set, "Ingress")
	}
	opts := o.input.options()
	opts.TeamLabels, opts.RootNamespace, opts.FanoutNamespace = o.labels, o.root, o.fanout
	meaning, err := convert.Interpret(set, opts)
	if err != nil {
		return err
	}
	plan, findings, err := meaning.Owners(opts)
	if err != nil {
		return err
	}
	if err := plan.Write(o.Out); err != nil {
		return err
	}
	if !o.quiet {
		printFindings(o.ErrOut, ledger.SortFindings(append(unreadable(set.Findings), findings...)))
	}
	return unreadableCode(set)
}

package cli

import (
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/cmd/internal/report"
)

type inspectOptions struct {
	genericiooptions.IOStreams
	conversion
	format string
}

func newInspect(streams genericiooptions.IOStreams) *cobra.Command {
	o := &inspectOptions{IOStreams: streams}
	cmd := &cobra.Command{
		Use:   "inspect [-f FILE]",
		Short: "Show what the input is, and how ready it is",
		Long: `Shows the hosts with their paths, owners, TLS and outcome; the annotations with their fate
and worst outcome; what could not be read; Ingresses that Contour would merge into a
converted host, and those without a class.`,
		Example: `
			% inspect -f manifests/ -R
			# A cluster
			% inspect -A --context production
			# With reasons and Ingresses
			% inspect -f manifests/ -R -o wide`,
		RunE: runs(o),
	}
	o.conversion.addFlags(cmd)
	cmd.Flags().StringVarP(&o.format, "output", "o", "table", "Format: table, wide or json")
	choices(cmd, "output", "table", "wide", "json")
	return cmd
}

// Complete takes no arguments.
func (o *inspectOptions) Complete(cmd *cobra.Command, args []string) error {
	return noArguments(cmd, args)
}

// Validate checks input and format.
func (o *inspectOptions) Validate() error {
	if !slices.Contains([]string{"table", "wide", "json"}, o.format) {
		return usagef("-o %q: want table, wide or json", o.format)
	}
	return o.conversion.validate()
}

// Run converts in memory and shows what came of it.
func (o *inspectOptions) Run() error {
	set, err := o.read(o.IOStreams)
	if err != nil {
		return err
	}
	res, err := o.convert(set)
	if err != nil {
		return err
	}
	printFindings(o.ErrOut, denied(set.Findings))
	inventory := report.TakeInventory(res)
	if o.format == "json" {
		err = inventory.JSON(o.Out)
	} else {
		err = inventory.Table(o.Out, o.format == "wide")
	}
	if err != nil {
		return err
	}
	return unreadableCode(set)
}

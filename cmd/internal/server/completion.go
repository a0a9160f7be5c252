package server

import (
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/cmd/internal/command"
)

type completionOptions struct {
	genericiooptions.IOStreams
	root  *cobra.Command
	shell string
}

func newCompletion(streams genericiooptions.IOStreams) *cobra.Command {
	o := &completionOptions{IOStreams: streams}
	return &cobra.Command{
		Use:       "completion " + strings.Join(command.Shells(), "|"),
		Short:     "Print a script that completes commands and flags",
		ValidArgs: command.Shells(),
		RunE:      runs(o),
	}
}

// Complete reads the shell.
func (o *completionOptions) Complete(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("want one of %s", strings.Join(command.Shells(), ", "))
	}
	o.root, o.shell = cmd.Root(), args[0]
	return nil
}

// Validate checks the shell.
func (o *completionOptions) Validate() error {
	for _, s := range command.Shells() {
		if s == o.shell {
			return nil
		}
	}
	return usagef("shell %q: want one of %s", o.shell, strings.Join(command.Shells(), ", "))
}

// Run prints the script.
func (o *completionOptions) Run() error {
	return command.WriteCompletion(o.Out, o.root, o.shell)
}

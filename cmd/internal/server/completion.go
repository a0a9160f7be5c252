package server

import (
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

type completionOptions struct {
	genericiooptions.IOStreams
	root  *cobra.Command
	shell string
}

func shells() []string { return []string{"bash", "zsh", "fish", "powershell"} }

func newCompletion(streams genericiooptions.IOStreams) *cobra.Command {
	o := &completionOptions{IOStreams: streams}
	return &cobra.Command{
		Use:       "completion " + strings.Join(shells(), "|"),
		Short:     "Print a script that completes commands and flags",
		ValidArgs: shells(),
		RunE:      runs(o),
	}
}

// Complete reads the shell.
func (o *completionOptions) Complete(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("want one of %s", strings.Join(shells(), ", "))
	}
	o.root, o.shell = cmd.Root(), args[0]
	return nil
}

// Validate checks the shell.
func (o *completionOptions) Validate() error {
	for _, s := range shells() {
		if s == o.shell {
			return nil
		}
	}
	return usagef("shell %q: want one of %s", o.shell, strings.Join(shells(), ", "))
}

// Run prints the script.
func (o *completionOptions) Run() error {
	switch o.shell {
	case "bash":
		return o.root.GenBashCompletionV2(o.Out, true)
	case "zsh":
		return o.root.GenZshCompletion(o.Out)
	case "fish":
		return o.root.GenFishCompletion(o.Out, true)
	}
	return o.root.GenPowerShellCompletionWithDesc(o.Out)
}

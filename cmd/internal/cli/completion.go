package cli

import (
	"fmt"
	"io"
	"slices"
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

// kubectl asks a program for the completions of its plugins.
const kubectl = "kubectl"

func shells() []string { return append(command.Shells(), kubectl) }

func newCompletion(streams genericiooptions.IOStreams) *cobra.Command {
	o := &completionOptions{IOStreams: streams}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell|kubectl",
		Short: "Print a script that completes commands and flags",
		Long: `Prints the completion script of a shell. For "kubectl split-ingress", kubectl asks a program
on the PATH with the name kubectl_complete-split_ingress, which "completion kubectl" prints.`,
		Example: `
			% completion kubectl > ~/bin/kubectl_complete-split_ingress && chmod +x ~/bin/kubectl_complete-split_ingress
			source <(kubectl-split_ingress completion bash)`,
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
	if !slices.Contains(shells(), o.shell) {
		return usagef("shell %q: want one of %s", o.shell, strings.Join(shells(), ", "))
	}
	return nil
}

// Run prints the script.
func (o *completionOptions) Run() error {
	if o.shell == kubectl {
		return kubectlCompletion(o.Out, o.root.Name())
	}
	return command.WriteCompletion(o.Out, o.root, o.shell)
}

// kubectlCompletion is the program that kubectl asks for completions of a plugin.
func kubectlCompletion(w io.Writer, name string) error {
	_, err := fmt.Fprintf(w, `#!/bin/sh
# Completes "kubectl split-ingress". Put it on the PATH, executable, with the name
# kubectl_complete-split_ingress.
exec %s __complete "$@"
`, name)
	return err
}

// Package command is what the commands of all programs have in common.
package command

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// Shells are those that WriteCompletion knows.
func Shells() []string { return []string{"bash", "zsh", "fish", "powershell"} }

// WriteCompletion writes the script that completes commands and flags of a program in a shell.
func WriteCompletion(w io.Writer, root *cobra.Command, shell string) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(w, true)
	case "zsh":
		return root.GenZshCompletion(w)
	case "fish":
		return root.GenFishCompletion(w, true)
	case "powershell":
		return root.GenPowerShellCompletionWithDesc(w)
	}
	return fmt.Errorf("shell %q is unknown", shell)
}

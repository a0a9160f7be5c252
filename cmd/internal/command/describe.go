package command

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// Describe writes what the help of a command says as a section of Markdown. It gives the
// error of w.
func Describe(w io.Writer, c *cobra.Command) error {
	c.InitDefaultHelpFlag()
	text := c.Long
	if text == "" {
		text = c.Short + "."
	}
	section := fmt.Sprintf("\n## %s\n\n%s\n\n```\n%s\n```\n", c.CommandPath(), text, c.UseLine())
	if c.Example != "" {
		section += fmt.Sprintf("\nExamples:\n\n```\n%s\n```\n", c.Example)
	}
	if c.HasAvailableLocalFlags() {
		own, grouped := parted(c)
		section += fmt.Sprintf("\nFlags:\n\n```\n%s```\n", own.FlagUsages())
		if title := titleOf(grouped); title != "" {
			section += fmt.Sprintf("\nBesides these: [%s](#%s).\n", title, strings.ReplaceAll(strings.ToLower(title), " ", "-"))
		}
	}
	_, err := io.WriteString(w, section)
	return err
}

package command

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// group is the annotation of flags that the help shows under a title of their own.
const group = "split-ingress.dev/group"

// Group puts flags of a command under a title, behind its other flags. A command can have
// one such group. The flags must not be the command's yet.
func Group(cmd *cobra.Command, title string, flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		f.Annotations = map[string][]string{group: {title}}
	})
	cmd.Flags().AddFlagSet(flags)
	usage := cmd.UsageFunc()
	cmd.SetUsageFunc(func(c *cobra.Command) error {
		_, grouped := parted(c)
		hide(grouped, true)
		err := usage(c)
		hide(grouped, false)
		if err == nil {
			_, err = fmt.Fprintf(c.OutOrStdout(), "\n%s:\n%s", title, grouped.FlagUsages())
		}
		return err
	})
}

// parted are a command's own flags, and those of its group.
func parted(c *cobra.Command) (own, grouped *pflag.FlagSet) {
	own, grouped = pflag.NewFlagSet("", pflag.ContinueOnError), pflag.NewFlagSet("", pflag.ContinueOnError)
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Annotations[group] != nil {
			grouped.AddFlag(f)
		} else {
			own.AddFlag(f)
		}
	})
	return own, grouped
}

func hide(flags *pflag.FlagSet, hidden bool) {
	flags.VisitAll(func(f *pflag.Flag) { f.Hidden = hidden })
}

// titleOf is the title of a group, "" for no flags.
func titleOf(flags *pflag.FlagSet) (title string) {
	flags.VisitAll(func(f *pflag.Flag) { title = f.Annotations[group][0] })
	return title
}

// DescribeGroup says, once for all commands that have the group, what its flags are.
func DescribeGroup(c *cobra.Command) string {
	_, grouped := parted(c)
	return fmt.Sprintf("\n## %s\n\n```\n%s```\n", titleOf(grouped), grouped.FlagUsages())
}

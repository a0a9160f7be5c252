package cli

import (
	"io"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/render/repo"
)

// The exit codes of diff that other commands don't have.
const (
	codeDiffers   = 1
	codeDiffError = 2
)

type diffOptions struct {
	genericiooptions.IOStreams
	conversion
	guards
	dir string
}

func newDiff(streams genericiooptions.IOStreams) *cobra.Command {
	o := &diffOptions{IOStreams: streams}
	cmd := &cobra.Command{
		Use:   "diff [-f FILE] --output-dir DIR",
		Short: "Show what a conversion would change in a directory",
		Long: `Shows what convert with the same flags would change in --output-dir, as a unified diff.

Exit codes: 0 nothing; 1 something; 2 wrong usage, or input or output failed; 3 some
documents could not be read; 4 a host was withheld because of an unexplained difference.`,
		Example:     `% diff -f manifests/ -R --plan plan.yaml --output-dir out`,
		Annotations: map[string]string{errorCode: "2"},
		RunE:        runs(o),
	}
	o.conversion.addFlags(cmd)
	o.guards.addFlags(cmd, cmd.Flags(), "guards")
	cmd.Flags().StringVar(&o.dir, "output-dir", "", "Directory to compare with")
	return cmd
}

// Complete takes no arguments.
func (o *diffOptions) Complete(cmd *cobra.Command, args []string) error {
	return noArguments(cmd, args)
}

// Validate wants a directory.
func (o *diffOptions) Validate() error {
	if o.dir == "" {
		return usagef("there is nothing to compare with: give --output-dir DIR")
	}
	if err := o.guards.validate("guards"); err != nil {
		return err
	}
	return o.conversion.validate()
}

// Run prints the differences.
func (o *diffOptions) Run() error {
	set, err := o.read(o.IOStreams)
	if err != nil {
		return err
	}
	o.written = true
	res, err := o.convert(set)
	if err != nil {
		return err
	}
	if err := o.guards.add(res, o.written, false); err != nil {
		return err
	}
	files, err := layout(res, &o.guards, o.dir)
	if err != nil {
		return err
	}
	changes, err := repo.Diff(o.dir, files)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(o.Out, repo.FormatDiff(changes)); err != nil {
		return err
	}
	printFindings(o.ErrOut, unreadable(res.Findings))
	for _, h := range res.Hosts {
		if h.Withheld != "" {
			note(o.ErrOut, "host %q is withheld: %s", h.Name, h.Withheld)
		}
	}
	if code := res.ExitCode(convert.FailOn{Never: true}); code > 0 {
		return exitWith(code)
	}
	if len(changes) > 0 {
		return exitWith(codeDiffers)
	}
	return nil
}

// Package server is the command line of the runtime: one file a command, each with options
// that are completed, validated and run. What serves is connected in wire.go only.
package server

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

//go:generate go test -run ^TestReference$ . -update

// The exit codes. A second signal ends the program with 128 and the signal's number.
const (
	codeFailed   = 1 // wrong usage; input, address or output failed; findings under --check or --strict
	codeSignaled = 128
)

// exit is the end of a command that has said everything.
type exit struct{ code int }

func (e exit) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// usageError is a mistake in the arguments; where to read on is said behind it.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs the program. args are those of the process, the program's name first; version
// is what `version` prints. It returns the exit code.
func Main(args []string, streams genericiooptions.IOStreams, version string) int {
	return execute(NewCommand(args[0], streams, version), args[1:], streams)
}

func execute(root *cobra.Command, args []string, streams genericiooptions.IOStreams) int {
	root.SetArgs(args)
	cmd, err := root.ExecuteC()
	if err == nil {
		return 0
	}
	var end exit
	if errors.As(err, &end) {
		return end.code
	}
	fmt.Fprintln(streams.ErrOut, "error: "+err.Error())
	var usage usageError
	if errors.As(err, &usage) || strings.HasPrefix(err.Error(), "unknown command") {
		fmt.Fprintf(streams.ErrOut, "See '%s --help'.\n", cmd.CommandPath())
	}
	return codeFailed
}

// NewCommand is the whole command tree for a program of that name.
func NewCommand(program string, streams genericiooptions.IOStreams, version string) *cobra.Command {
	return newCommand(program, streams, newServe(streams, version, connect), newVersion(streams, version), newCompletion(streams))
}

func newCommand(program string, streams genericiooptions.IOStreams, commands ...*cobra.Command) *cobra.Command {
	root := &cobra.Command{
		Use:   strings.TrimSuffix(filepath.Base(program), ".exe"),
		Short: "Serve HTTPProxies and legacy Ingresses from files",
		Long: `Serves HTTPProxies (root, fanout, team) as Contour with Envoy would, and legacy Ingresses
as ingress-nginx would, from files: to try a conversion before a cutover, in CI, or on a
small edge.

Standard output is data (findings of --check, the access log); everything else goes to
standard error.

Exit codes: 0; 1 wrong usage, or an input, an address or a file failed, or there are
findings of severity error or blocked under --check or --strict; 128 and the signal's
number after a second signal, which ends requests at once.`,
		SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.ErrOut)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(commands...)
	return root
}

// options are those of one command.
type options interface {
	Complete(cmd *cobra.Command, args []string) error // reads arguments
	Validate() error                                  // refuses what does not fit together
	Run() error
}

// runs is how a command runs its options.
func runs(o options) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := o.Complete(cmd, args); err != nil {
			return err
		}
		if err := o.Validate(); err != nil {
			return err
		}
		return o.Run()
	}
}

// choices completes the values of a flag.
func choices(cmd *cobra.Command, flag string, values ...string) {
	complete := cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // the flag was not added before: a bug that every run shows
	}
}

// oneOf refuses a value of a flag that is none of these.
func oneOf(flag, value string, values ...string) error {
	if slices.Contains(values, value) {
		return nil
	}
	last := len(values) - 1
	return usagef("--%s %q: want %s or %s", flag, value, strings.Join(values[:last], ", "), values[last])
}

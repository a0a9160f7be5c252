// Package cli is the command line of the plugin: one file a command, each with options that
// are completed, validated and run. Nothing here knows the process: streams and arguments
// are given, and an exit code is returned.
package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

//go:generate go test -run ^TestReference$ . -update

// The exit codes. Of several, the highest counts, but codeUsage wins over all.
const (
	codeUsage      = 1 // wrong usage, or input or output failed
	codeUnreadable = 3 // some documents could not be read
)

// errorCode is the annotation of a command whose errors have another code than codeUsage.
const errorCode = "split-ingress.dev/error-code"

// exit is the end of a command that is no failure of its own: the code, and what to say.
type exit struct {
	code int
	text string // empty: everything is said
}

func (e exit) Error() string { return e.text }

// exitWith is nil for code 0.
func exitWith(code int) error {
	if code == 0 {
		return nil
	}
	return exit{code: code}
}

// usageError is a mistake in the arguments; where to read on is said behind it.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs the program. args are those of the process, the program's name first; version
// is what `version` prints. It returns the exit code.
func Main(args []string, streams genericiooptions.IOStreams, version string) int {
	root := NewCommand(args[0], streams, version)
	root.SetArgs(args[1:])
	cmd, err := root.ExecuteC()
	if err == nil {
		return 0
	}
	var end exit
	if errors.As(err, &end) {
		if end.text != "" {
			fmt.Fprintln(streams.ErrOut, "error: "+end.text)
		}
		return end.code
	}
	fmt.Fprintln(streams.ErrOut, "error: "+err.Error())
	var usage usageError
	if errors.As(err, &usage) || strings.HasPrefix(err.Error(), "unknown command") {
		fmt.Fprintf(streams.ErrOut, "See '%s --help'.\n", cmd.CommandPath())
	}
	if cmd.Annotations[errorCode] != "" {
		return codeDiffError
	}
	return codeUsage
}

// NewCommand is the whole command tree for a program of that name.
func NewCommand(program string, streams genericiooptions.IOStreams, version string) *cobra.Command {
	name := strings.TrimSuffix(filepath.Base(program), ".exe")
	root := &cobra.Command{
		Use:   name,
		Short: "Split legacy Ingresses into role-separated HTTPProxies",
		Long: `Reads legacy ingress-nginx Ingresses and splits them into role-separated Contour
HTTPProxies: for each host a root (security admin), a fanout (site admin) and a proxy per
team. Nothing is dropped silently: every annotation and field of the input has an entry in
a ledger.

Manifests come from files (-f, -k). Without these they are read from the cluster that the
kubeconfig names, as kubectl get reads: -n, -A and -l select the Ingresses and HTTPProxies,
and what belongs to them is read along. Where a right to read is missing, a finding names
the rule that would grant it. With files, flags that choose a cluster are not used.

Standard output is data; progress and notes go to standard error. Nothing is ever written to
a cluster, and no file is written but for --output-dir and --report.

Exit codes: 0; 1 wrong usage, or input or output failed, and nothing was written;
2 findings at or above --fail-on; 3 some documents could not be read; 4 a host was
withheld because of an unexplained difference. Of several, the highest counts.`,
		SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Annotations:       map[string]string{},
	}
	if plugin, ok := strings.CutPrefix(name, "kubectl-"); ok {
		root.Annotations[cobra.CommandDisplayNameAnnotation] = "kubectl " + strings.ReplaceAll(plugin, "_", "-")
	}
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.ErrOut)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(
		newInspect(streams), newPlan(streams), newConvert(streams, version), newDiff(streams),
		newGuard(streams), newLint(streams), newResolve(streams), newVerify(streams), newTree(streams), newExplain(streams), newDemo(streams),
		newVersion(streams, version), newCompletion(streams),
	)
	for _, c := range root.Commands() {
		if c.Example != "" {
			c.Example = examples(c.Example, root.CommandPath())
		}
	}
	return root
}

// examples puts the program's name into examples, where it is written as %.
func examples(text, program string) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = "  " + strings.ReplaceAll(strings.TrimSpace(l), "%", program)
	}
	return strings.Join(lines, "\n")
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

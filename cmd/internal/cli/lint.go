package cli

import (
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/cmd/internal/lint"
	"github.com/split-ingress/split-ingress/cmd/internal/report"
)

type lintOptions struct {
	genericiooptions.IOStreams
	input
	plan     string
	failText string
	today    string

	fail convert.FailOn
	day  time.Time
}

func newLint(streams genericiooptions.IOStreams) *cobra.Command {
	o := &lintOptions{IOStreams: streams, input: input{borders: true}}
	cmd := &cobra.Command{
		Use:   "lint [-f FILE] --plan FILE",
		Short: "Hold HTTPProxies and what is beside them against the borders of a plan",
		Long: `Holds all objects of the input together against the borders of an ownership plan, and lists
what breaks a rule, with the object's place, and a path that shows it where paths are the
matter. Without --plan the ownership-plan.yaml is taken that convert --output-dir wrote at the
top of a directory of the input. Exceptions of the plan count until the end of their last day.
Of a cluster everything is looked at (-A), since a part would show what is not so.

Exit codes: 0 nothing; 1 wrong usage, or input or output failed; 2 findings at or above
--fail-on; 3 some documents could not be read.`,
		Example: `
			% lint -f out/ -R
			% lint -f out/ -R --plan plan.yaml
			% lint -A --plan plan.yaml
			% explain carve-out`,
		RunE: runs(o),
	}
	o.input.addFlags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.plan, "plan", "", "Ownership plan (default: "+planFile+" in a directory of the input)")
	flags.StringVar(&o.failText, "fail-on", "warning", "Least severity of findings for exit code 2: info, warning, error or none")
	flags.StringVar(&o.today, "today", "", "Day on which exceptions are looked at, as 2006-01-02 (default: today)")
	choices(cmd, "fail-on", "info", "warning", "error", "none")
	return cmd
}

// Complete takes no arguments.
func (o *lintOptions) Complete(cmd *cobra.Command, args []string) error {
	return noArguments(cmd, args)
}

// Validate checks the flags, and looks for a plan if none is named.
func (o *lintOptions) Validate() error {
	if err := o.input.validate(); err != nil {
		return err
	}
	if o.live() && (!o.all || o.selector != "") {
		return usagef("all objects of a cluster are looked at together: give -A, without -l, or files with -f")
	}
	var err error
	if o.fail, err = parseFailOn(o.failText); err != nil {
		return err
	}
	o.day = time.Now().UTC()
	if o.today != "" {
		if o.day, err = time.Parse(time.DateOnly, o.today); err != nil {
			return usagef("--today %q: want a day as 2006-01-02", o.today)
		}
	}
	return o.findPlan()
}

// findPlan takes the plan that stands at the top of a directory of the input.
func (o *lintOptions) findPlan() error {
	if o.plan != "" {
		return nil
	}
	for _, f := range o.files.ToOptions().Filenames {
		name := filepath.Join(f, planFile)
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			if o.plan != "" {
				return usagef("%s and %s are both there; say which one with --plan", o.plan, name)
			}
			o.plan = name
		}
	}
	if o.plan == "" {
		return usagef("there is no plan: give --plan FILE; `plan` infers one from Ingresses, and convert --output-dir writes %s beside its objects", planFile)
	}
	note(o.ErrOut, "the plan is %s", o.plan)
	return nil
}

// Run lists what is wrong.
func (o *lintOptions) Run() error {
	plan, err := readPlan(o.plan)
	if err != nil {
		return err
	}
	set, err := o.read(o.IOStreams)
	if err != nil {
		return err
	}
	findings := lint.Run(set, plan, o.plan, o.day)
	if err := report.Findings(o.Out, findings); err != nil {
		return err
	}
	if set.Unreadable > 0 {
		return exitWith(codeUnreadable)
	}
	for _, f := range findings {
		if !o.fail.Never && f.Severity >= o.fail.Severity {
			return exitWith(2)
		}
	}
	return nil
}

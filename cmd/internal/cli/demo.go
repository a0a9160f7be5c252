package cli

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/cmd/internal/report"
	"github.com/split-ingress/split-ingress/fixtures/demo"
	"github.com/split-ingress/split-ingress/render/guard"
)

type demoOptions struct {
	genericiooptions.IOStreams
}

func newDemo(streams genericiooptions.IOStreams) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Convert an embedded legacy Ingress and show all of it",
		Long: `Converts the Ingresses of a small site, example.com, and shows them, the delegation tree,
the objects, who may do what with them, and the summary of the ledger.`,
		RunE: runs(&demoOptions{IOStreams: streams}),
	}
}

// Complete takes no arguments.
func (o *demoOptions) Complete(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("demo takes no argument %q", args[0])
	}
	return nil
}

// Validate has nothing to refuse.
func (o *demoOptions) Validate() error { return nil }

// Run shows the main job.
func (o *demoOptions) Run() error {
	set, err := manifest.Read([]manifest.Source{{Path: "example.yaml", Reader: bytes.NewReader(demo.Example)}}, manifest.Options{})
	if err != nil {
		return err
	}
	res, err := convert.Run(set, convert.Options{})
	if err != nil {
		return err
	}
	sections := []struct {
		title string
		show  func() error
	}{
		{"The legacy Ingresses", func() error { return o.text(withoutComments(string(demo.Example))) }},
		{"The delegation tree", func() error { return drawResult(o.Out, o.ErrOut, res) }},
		{"The objects", func() error { return printObjects(o.Out, "yaml", res.Target.Objects) }},
		{"The borders", func() error { return o.borders(res) }},
		{"The ledger", func() error { return report.Summary(o.Out, res, "contour") }},
	}
	style := report.NewStyle(o.Out)
	for i, s := range sections {
		heading := style.Heading("== " + s.title + " ==")
		if i > 0 {
			heading = "\n" + heading
		}
		if err := o.text(heading + "\n\n"); err != nil {
			return err
		}
		if err := s.show(); err != nil {
			return err
		}
	}
	return exitWith(res.ExitCode(convert.FailOn{Never: true}))
}

// borders shows whom the roles let do what, and what the policies refuse.
func (o *demoOptions) borders(res *convert.Result) error {
	roles, _ := guard.Roles(res.Owned)
	return report.Access(o.Out, guard.Explain(roles))
}

func (o *demoOptions) text(s string) error {
	_, err := fmt.Fprint(o.Out, s)
	return err
}

func withoutComments(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			b.WriteString(line)
		}
	}
	return b.String()
}

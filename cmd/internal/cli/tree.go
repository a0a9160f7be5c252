package cli

import (
	"io"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/cmd/internal/report"
	"github.com/split-ingress/split-ingress/cmd/internal/verify"
)

type treeOptions struct {
	genericiooptions.IOStreams
	conversion
}

func newTree(streams genericiooptions.IOStreams) *cobra.Command {
	o := &treeOptions{IOStreams: streams}
	cmd := &cobra.Command{
		Use:   "tree [-f FILE]",
		Short: "Show the delegation tree: root, fanout, teams and their routes",
		Long: `Shows the HTTPProxies that Ingresses are converted into as a tree, with the conditions that
reach each child and the Services of each route. HTTPProxies of the input are shown as they
are, with what is missing.`,
		Example: `
			% tree -f manifests/ -R
			# What was written
			% tree -f out/ -R`,
		RunE: runs(o),
	}
	o.conversion.addFlags(cmd)
	return cmd
}

// Complete takes no arguments.
func (o *treeOptions) Complete(cmd *cobra.Command, args []string) error {
	return noArguments(cmd, args)
}

// Validate checks the input.
func (o *treeOptions) Validate() error { return o.conversion.validate() }

// Run draws the trees.
func (o *treeOptions) Run() error {
	set, err := o.input.read(o.IOStreams)
	if err != nil {
		return err
	}
	proxies, bad := verify.Proxies(set)
	set.Findings = append(set.Findings, bad...)
	if len(set.Ingresses)+len(proxies) == 0 {
		printFindings(o.ErrOut, set.Findings)
		return o.lacking(set, "Ingress or HTTPProxy")
	}
	printFindings(o.ErrOut, unreadable(set.Findings))
	if len(proxies) > 0 {
		if n := len(set.Ingresses); n > 0 {
			note(o.ErrOut, "the HTTPProxies of the input are shown as they are, and its %s are left out", count(n, "Ingress"))
		}
		if err := drawTree(o.Out, proxies); err != nil {
			return err
		}
		return unreadableCode(set)
	}
	res, err := o.convert(set)
	if err != nil {
		return err
	}
	if err := drawResult(o.Out, o.ErrOut, res); err != nil {
		return err
	}
	return unreadableCode(set)
}

// drawResult draws what a conversion came to, and names what it did not write.
func drawResult(out, errOut io.Writer, res *convert.Result) error {
	for _, h := range res.Hosts {
		if h.Withheld != "" {
			note(errOut, "host %s is withheld: %s", hostText(h.Name), h.Withheld)
		}
	}
	return drawTree(out, convert.Proxies(res.Target.Objects))
}

func drawTree(w io.Writer, proxies []*contour.HTTPProxy) error {
	return report.Tree(w, proxies)
}

func hostText(name string) string {
	if name == "" {
		return "(any other)"
	}
	return name
}

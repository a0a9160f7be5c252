package cli

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/cmd/internal/report"
	"github.com/split-ingress/split-ingress/cmd/internal/verify"
)

// The exit codes of verify.
const (
	codeDifferent = 1
	codeFailed    = "2"
	codeNotProved = 3
)

type verifyOptions struct {
	genericiooptions.IOStreams
	input                       // what both sides share; its files are not used
	fromCluster   *manifest.Set // what was read for a side without files
	before, after []string
	recursive     bool
	controllers   [2]string // of the sides
	classes       []string  // that Contour reads
	bounds
	format string
}

func newVerify(streams genericiooptions.IOStreams) *cobra.Command {
	o := &verifyOptions{IOStreams: streams}
	cmd := &cobra.Command{
		Use:   "verify [--before FILE] [--after FILE]",
		Short: "Prove that two sets of manifests answer every request alike",
		Long: `Compares what two sets of manifests answer, over all requests: Ingresses as ingress-nginx
serves them, or HTTPProxies and the Ingresses beside them as Contour does, faults included.
A side without files is read of the cluster: before as ingress-nginx serves it, after as Contour.
Each difference comes with a shortest request that shows it, and with both answers. What
differs between the two data planes on every host alike is left out: explain platform/contour.
Services and Secrets that HTTPProxies refer to are assumed to exist. Faults that Contour finds
are listed, and count by what they answer.

Exit codes: 0 equal; 1 different; 2 wrong usage, or something could not be read; 3 not
proved, and samples are answered alike.`,
		Example: `
			# An Ingress, and HTTPProxies that somebody wrote by hand
			% verify --before ingress.yaml --after proxies/ -R
			# Two versions of the same HTTPProxies
			git show HEAD:proxies.yaml | % verify --before - --after proxies.yaml
			# The Ingresses of a cluster, and what they were converted into
			% verify -A --after out/ -R`,
		Annotations: map[string]string{errorCode: codeFailed},
		RunE:        runs(o),
	}
	o.addFlags(cmd)
	return cmd
}

func (o *verifyOptions) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	o.input.files = &genericclioptions.FileNameFlags{Filenames: new([]string), Kustomize: new(string), Recursive: &o.recursive}
	o.input.cluster.addFlags(cmd)
	flags.StringArrayVar(&o.before, "before", nil, "Files or directories of the one side; repeatable, - is standard input; none: the cluster")
	flags.StringArrayVar(&o.after, "after", nil, "Files or directories of the other side; repeatable, - is standard input; none: the cluster")
	flags.BoolVarP(&o.recursive, "recursive", "R", false, "Read directories within directories, too")
	for i, side := range []string{"before", "after"} {
		flags.StringVar(&o.controllers[i], side+"-controller", "", "What serves the "+side+" side: ingress-nginx or contour (default: contour for HTTPProxies and Ingresses of its class, else ingress-nginx; of a cluster, ingress-nginx before and contour after)")
		choices(cmd, side+"-controller", string(verify.Nginx), string(verify.Contour))
	}
	o.input.addControllerFlags(flags)
	flags.StringArrayVar(&o.classes, "contour-class", nil, "Class that Contour reads; repeatable (default contour, and Ingresses without a class)")
	o.bounds.addFlags(flags)
	flags.StringVarP(&o.format, "output", "o", "text", "Format: text or json")
	choices(cmd, "output", "text", "json")
}

// Complete takes no arguments.
func (o *verifyOptions) Complete(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("verify takes no argument %q; give both sides, with --before FILE and --after FILE", args[0])
	}
	return nil
}

// Validate refuses what does not fit together.
func (o *verifyOptions) Validate() error {
	if err := o.sides(); err != nil {
		return err
	}
	if slices.Contains(o.before, "-") && slices.Contains(o.after, "-") {
		return usagef("standard input can be one side only")
	}
	for i, c := range o.controllers {
		if c != "" && c != string(verify.Nginx) && c != string(verify.Contour) {
			return usagef("--%s-controller %q: want ingress-nginx or contour", []string{"before", "after"}[i], c)
		}
	}
	if !slices.Contains([]string{"text", "json"}, o.format) {
		return usagef("-o %q: want text or json", o.format)
	}
	if err := o.bounds.validate(); err != nil {
		return err
	}
	o.input.contour = o.classes
	var err error
	o.input.settingsOf, err = parseName("--controller-config", o.input.settings)
	return err
}

// sides refuses flags of the cluster where both sides are files, and of files where none is.
func (o *verifyOptions) sides() error {
	files := len(o.before) > 0 && len(o.after) > 0
	if flag := o.selects(); flag != "" && files {
		return usagef("%s selects from a cluster, and both sides are files: leave it out, or --before or --after", flag)
	}
	if o.recursive && len(o.before)+len(o.after) == 0 {
		return usagef("-R is about directories, and neither --before nor --after names one")
	}
	return o.input.cluster.validate()
}

// Run compares.
func (o *verifyOptions) Run() error {
	if len(o.before) > 0 && len(o.after) > 0 {
		o.remark(o.IOStreams)
	}
	before, err := o.side(o.before, o.controllers[0], verify.Nginx)
	if err != nil {
		return err
	}
	after, err := o.side(o.after, o.controllers[1], verify.Contour)
	if err != nil {
		return err
	}
	res, err := verify.Run(before, after, verify.Options{Nginx: o.input.options(), Classes: o.classes, Bounds: o.Bounds})
	if err != nil {
		return err
	}
	found := append(unreadable(res.Before.Findings), unreadable(res.After.Findings)...)
	printFindings(o.ErrOut, ledger.SortFindings(found))
	show := report.Verification
	if o.format == "json" {
		show = report.VerificationJSON
	}
	if err := show(o.Out, res); err != nil {
		return err
	}
	return o.end(res, before, after)
}

// side reads one side: its files, or the cluster, once for both sides. usual is the
// controller of a side of the cluster.
func (o *verifyOptions) side(files []string, controller string, usual verify.Controller) (verify.Side, error) {
	if len(files) == 0 {
		return o.clusterSide(verify.Controller(cmp.Or(controller, string(usual))))
	}
	in := o.input
	in.files = &genericclioptions.FileNameFlags{Filenames: &files, Kustomize: new(string), Recursive: &o.recursive}
	set, err := in.readFiles(o.IOStreams)
	if err != nil {
		return verify.Side{}, err
	}
	return verify.Side{Set: set, Controller: verify.Controller(controller)}, nil
}

func (o *verifyOptions) clusterSide(controller verify.Controller) (verify.Side, error) {
	if o.fromCluster == nil {
		set, err := o.input.readCluster()
		if err != nil {
			return verify.Side{}, err
		}
		o.fromCluster = set
	}
	return verify.Side{Set: o.fromCluster, Controller: controller}, nil
}

// nothing is why a side without a host is no comparison.
func nothing(side string, s verify.Side, r verify.Reading) string {
	text := fmt.Sprintf("the %s side holds nothing that %s serves; ", side, r.Controller)
	if len(r.Unread) > 0 {
		return text + "what is there is not read by it, see above: check the class flags and --" + side + "-controller"
	}
	if s.Set.Live() {
		return text + "it was read of the cluster: check -n, -A and -l, or give files with --" + side
	}
	return text + "check --" + side + ", and -R for directories within directories"
}

// end is the exit code: documents that could not be read come before the verdict, which
// they may have changed.
func (o *verifyOptions) end(res *verify.Result, before, after verify.Side) error {
	if before.Set.Unreadable+after.Set.Unreadable > 0 {
		return exit{2, "some documents could not be read; see the findings above"}
	}
	switch {
	case len(res.Before.Model.Hosts) == 0:
		return exit{2, nothing("before", before, res.Before)}
	case len(res.After.Model.Hosts) == 0:
		return exit{2, nothing("after", after, res.After)}
	case res.Verdict() == convert.Different:
		return exitWith(codeDifferent)
	case res.Verdict() == convert.NotProved:
		return exitWith(codeNotProved)
	}
	return nil
}

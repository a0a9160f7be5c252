package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/cmd/internal/report"
	"github.com/split-ingress/split-ingress/render/repo"
)

type convertOptions struct {
	genericiooptions.IOStreams
	conversion
	guards
	version  string
	format   string
	dir      string
	force    bool
	report   string
	failText string
	quiet    bool

	fail convert.FailOn
}

func newConvert(streams genericiooptions.IOStreams, version string) *cobra.Command {
	o := &convertOptions{IOStreams: streams, version: version}
	cmd := &cobra.Command{
		Use:   "convert [-f FILE]",
		Short: "Convert Ingresses into root, fanout and team HTTPProxies",
		Long: `Converts Ingresses into HTTPProxies of their owners: YAML on standard output, or one
object a file with --output-dir (cluster/, root/, fanout/, teams/<team>/, and guards/ for the
borders between them, with ownership-plan.yaml, of which they are made). A summary goes to standard
error, and everything to --report. Everything is computed before the first byte is written;
a write is all or nothing, and a file that people have edited stays without --force.`,
		Example: `
			# Objects to standard output, summary to standard error
			% convert -f manifests/ -R
			# Owners as an edited plan says, one object a file, everything in a report
			% convert -f manifests/ -R --plan plan.yaml --output-dir out --report report.json
			# Rendered charts
			helm template shop ./chart | % convert -n shop -f -
			# A cluster's Ingresses that have a label
			% convert -A -l app=shop --controller-config ingress-nginx/ingress-nginx-controller`,
		RunE: runs(o),
	}
	o.conversion.addFlags(cmd)
	flags := cmd.Flags()
	o.guards.addFlags(cmd, flags, "guards")
	flags.StringVarP(&o.format, "output", "o", "", "Format of standard output: yaml, json or name (default yaml)")
	flags.StringVar(&o.dir, "output-dir", "", "Directory to write the objects into, instead of to standard output")
	flags.BoolVar(&o.force, "force", false, "Overwrite files of --output-dir that people have edited, or that are not ours")
	flags.StringVar(&o.report, "report", "", "File for everything that is known about the conversion, as JSON")
	flags.StringVar(&o.failText, "fail-on", "blocked", "Least severity of findings for exit code 2: info, warning, error or blocked; not-proved for what is blocked and hosts that are not proved; none")
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "No summary on standard error")
	choices(cmd, "output", formats()...)
	choices(cmd, "fail-on", "info", "warning", "error", "blocked", "not-proved", "none")
	return cmd
}

// Complete takes no arguments.
func (o *convertOptions) Complete(cmd *cobra.Command, args []string) error {
	return noArguments(cmd, args)
}

// Validate refuses flags that don't fit together.
func (o *convertOptions) Validate() error {
	if o.format != "" && !slices.Contains(formats(), o.format) {
		return usagef("-o %q: want %s", o.format, strings.Join(formats(), ", "))
	}
	if o.format != "" && o.dir != "" {
		return usagef("-o is for standard output, and --output-dir writes YAML files; give one of them")
	}
	if o.force && o.dir == "" {
		return usagef("--force is about the files of --output-dir, which is not given")
	}
	if o.report == "-" {
		return usagef("--report -: standard output is for the objects; name a file")
	}
	var err error
	if o.fail, err = parseFailOn(o.failText); err != nil {
		return err
	}
	if err := o.guards.validate("guards"); err != nil {
		return err
	}
	if o.dir == "" {
		if err := o.guards.toStdout("guards"); err != nil {
			return err
		}
	}
	return o.conversion.validate()
}

// Run converts, and writes when everything is computed.
func (o *convertOptions) Run() error {
	set, err := o.read(o.IOStreams)
	if err != nil {
		return err
	}
	o.written = o.dir != "" || o.format == "" || o.format == "yaml"
	res, err := o.convert(set)
	if err != nil {
		return err
	}
	if err := o.guards.add(res, o.written, o.dir == ""); err != nil {
		return err
	}
	if err := o.write(res); err != nil {
		return err
	}
	if !o.quiet {
		o.remarks(res)
		if err := report.Summary(o.ErrOut, res, o.class); err != nil {
			return err
		}
	}
	return exitWith(res.ExitCode(o.fail))
}

// write writes objects and report, the report last to appear.
func (o *convertOptions) write(res *convert.Result) (err error) {
	var staged *report.File
	if o.report != "" {
		staged, err = report.Stage(o.report, func(w io.Writer) error {
			return report.JSON(w, res, o.reportOptions(), o.version)
		})
		if err != nil {
			return fmt.Errorf("--report: %w", err)
		}
		defer func() { err = errors.Join(err, staged.Discard()) }()
	}
	if o.dir == "" {
		err = printObjects(o.Out, o.format, res.Target.Objects)
	} else {
		err = o.writeDir(res)
	}
	if err != nil {
		return err
	}
	return staged.Commit()
}

func (o *convertOptions) writeDir(res *convert.Result) error {
	files, err := layout(res, &o.guards, o.dir)
	if err != nil {
		return err
	}
	changes, err := repo.Write(o.dir, files, o.force)
	if err != nil || o.quiet {
		return err
	}
	text := repo.FormatChanges(changes)
	if changes.Empty() {
		text += "nothing to change\n"
	}
	_, err = fmt.Fprintf(o.ErrOut, "%s: %s", o.dir, strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+o.dir+": ")+"\n")
	return err
}

// remarks tell what people might not expect of their flags.
func (o *convertOptions) remarks(res *convert.Result) {
	if res.Inferred {
		note(o.ErrOut, "without --plan the owners are inferred; `plan` writes them to a file that you can edit")
	}
	if len(res.Hosts) == 0 {
		note(o.ErrOut, "no host is served by an Ingress of ingress-nginx; see --ingress-class and --watch-ingress-without-class")
	}
	if len(res.Hosts) > 0 && len(res.Target.Objects) == 0 {
		note(o.ErrOut, "nothing is written: every host is withheld or has no form; the findings say why")
	}
	keys := map[string]bool{}
	for _, e := range res.Set.Ledger.Entries() {
		if e.Kind == ledger.Annotation {
			keys[e.Key], keys[e.Key[strings.LastIndexByte(e.Key, '/')+1:]] = true, true
		}
	}
	opts, _ := o.target.options() // was validated
	for _, a := range opts.Allow {
		if !keys[a.Key] && !strings.HasPrefix(a.Key, "ConfigMap ") {
			note(o.ErrOut, "--allow %s: no annotation of the input has this key", a.Key)
		}
	}
}

// reportOptions are the options that change the result.
func (o *convertOptions) reportOptions() report.Options {
	classes := o.classes
	if len(classes) == 0 {
		classes = []string{"nginx"}
	}
	var hops *int
	if o.hops >= 0 {
		hops = &o.hops
	}
	return report.Options{
		Cluster: o.cluster.name, AllNamespaces: o.all, Selector: o.selector,
		IngressClasses: classes, Classless: o.classless, Passthrough: o.relays, CompleteInput: o.complete, ControllerConfig: o.settings,
		Namespace: *o.config.Namespace, Plan: o.file, TeamLabels: o.labels, TargetClass: o.class, Prefix: o.prefix, TLS: o.tls,
		DefaultCertificate: o.certificate, RateLimitService: o.service, TrustedHops: hops,
		Allow: o.allow, CarryDNS: o.carryDNS, HTTPSRedirect: o.redirect, ProofStates: o.States, ProofSteps: o.Steps, ProofCases: o.Cases, FailOn: o.failText,
	}
}

package server

import (
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/runtime/serve"
)

type serveOptions struct {
	genericiooptions.IOStreams
	version string
	connect func(input, reports) (backend, error)
	signals <-chan os.Signal // nil: those of the process

	input     input
	faults    string
	configMap string
	listening
	logging

	strict bool
	check  bool
}

// listening are the flags about addresses, limits and the end.
type listening struct {
	http, https, admin string
	h2c, pprof         bool
	connections        int
	series             int
	drainDelay         time.Duration
	drainTimeout       time.Duration
}

func newServe(streams genericiooptions.IOStreams, version string, connect func(input, reports) (backend, error)) *cobra.Command {
	return newServeWith(&serveOptions{IOStreams: streams, version: version, connect: connect})
}

func newServeWith(o *serveOptions) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve -f DIR",
		Short: "Serve what files say, and go on as they change",
		Long: `Serves HTTPProxies as Contour with Envoy would, and Ingresses as ingress-nginx would.
Files are watched: a change is served without a request lost or a connection closed, and an
object that cannot be read any more goes on as it was. SIGHUP reads everything again, and
opens the file of the access log anew.

SIGTERM or SIGINT begins the end: /readyz answers 503, after --drain-delay no connection is
accepted any more, requests and upgraded connections have --drain-timeout to end, and the
exit code is 0. A second signal ends everything at once.

The admin address asks nobody who they are: keep it on this machine or on a private network.`,
		Example: strings.Join([]string{
			"  # What a conversion wrote, in the clear and over TLS",
			"  split-ingress-runtime serve -f out/ -R --http-address :8080 --https-address :8443",
			"  # Only say what is wrong with it",
			"  split-ingress-runtime serve -f out/ -R --check",
			"  # What would answer a request",
			"  curl 'http://127.0.0.1:9901/resolve?host=example.com&uri=/login'",
		}, "\n"),
		RunE: runs(o),
	}
	o.addInputFlags(cmd)
	o.listening.addFlags(cmd.Flags())
	o.logging.addFlags(cmd)
	cmd.Flags().BoolVar(&o.strict, "strict", false, "End with exit code 1 if the input has a finding of severity error or blocked at the start")
	cmd.Flags().BoolVar(&o.check, "check", false, "Read the input, print its findings to standard output and end, with exit code 1 if one is of severity error or blocked")
	return cmd
}

func (o *serveOptions) addInputFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVarP(&o.input.files, "filename", "f", nil, "Files or directories with the objects to serve; repeatable")
	flags.BoolVarP(&o.input.recursive, "recursive", "R", false, "Read directories within directories, too")
	flags.StringVarP(&o.input.namespace, "namespace", "n", "", "Namespace of objects whose manifest gives none")
	flags.StringVar(&o.faults, "faults", "isolated", "What a wrong object takes along: isolated (nothing but itself) or contour (what Contour does)")
	flags.StringArrayVar(&o.input.classes, "ingress-class", nil, "Class taken as ingress-nginx's where no IngressClass object tells; repeatable (default nginx)")
	flags.StringVar(&o.configMap, "configmap", "", "NAMESPACE/NAME of ingress-nginx's ConfigMap among the files; empty: the controller's defaults")
	flags.BoolVar(&o.input.classless, "watch-ingress-without-class", false, "Take Ingresses without any class, as the controller does with this flag")
	flags.StringVar(&o.input.contourClass, "contour-class", "", "Class of the HTTPProxies and Ingresses that are read as Contour does; without it \"contour\", and those that have none")
	flags.BoolVar(&o.input.externalNames, "external-names", false, "Forward to Services of type ExternalName; whoever may write one then chooses where requests go")
	flags.IntVar(&o.input.trustedHops, "trusted-hops", 0, "Number of proxies in front whose X-Forwarded-For is believed")
	choices(cmd, "faults", "isolated", "contour")
}

func (l *listening) addFlags(flags *pflag.FlagSet) {
	limits := serve.Limits{}.WithDefaults()
	flags.StringVar(&l.http, "http-address", "", "HOST:PORT to serve HTTP at; port 0 is any free one")
	flags.StringVar(&l.https, "https-address", "", "HOST:PORT to serve HTTPS at")
	flags.StringVar(&l.admin, "admin-address", serve.DefaultAdmin, "HOST:PORT for health, metrics and what is served; empty: none")
	flags.BoolVar(&l.h2c, "h2c", false, "Take HTTP/2 without TLS at --http-address, from clients that know of it beforehand")
	flags.BoolVar(&l.pprof, "pprof", false, "Give profiles at the admin address, below /debug/pprof/")
	flags.IntVar(&l.connections, "max-connections", limits.Connections, "Bound on the open connections of each address; beyond it idle ones are closed, or new ones wait")
	flags.IntVar(&l.series, "metrics-max-series", serve.DefaultMaxSeries, "Bound on the label sets of the metrics by route; what comes beyond it is counted as other")
	flags.DurationVar(&l.drainDelay, "drain-delay", 0, "Time to go on accepting after the end was asked for, so that load balancers notice /readyz")
	flags.DurationVar(&l.drainTimeout, "drain-timeout", serve.DefaultDrainTimeout, "Time for requests and upgraded connections to end; 0: none")
}

// Complete takes no arguments.
func (o *serveOptions) Complete(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("serve takes no argument %q; give files with -f %s", args[0], args[0])
	}
	o.input.isolated = o.faults == "isolated"
	o.input.controller.Namespace, o.input.controller.Name, _ = strings.Cut(o.configMap, "/")
	o.input.bodyIdle = serve.Limits{}.WithDefaults().BodyIdle
	return nil
}

// Validate refuses what does not fit together.
func (o *serveOptions) Validate() error {
	for _, wrong := range []error{
		oneOf("faults", o.faults, "isolated", "contour"), o.validateInput(), o.logging.validate(),
	} {
		if wrong != nil {
			return wrong
		}
	}
	if o.check {
		return nil // nothing is listened at
	}
	return o.listening.validate()
}

func (o *serveOptions) validateInput() error {
	in := &o.input
	if len(in.files) == 0 {
		return usagef("there is no input: give files or directories with -f")
	}
	for _, f := range in.files {
		if f == "-" || strings.HasPrefix(f, "http://") || strings.HasPrefix(f, "https://") {
			return usagef("-f %s: only files and directories are served, since they are watched", f)
		}
		if _, err := os.Stat(f); err != nil {
			return usagef("-f: %w", err)
		}
	}
	if in.namespace != "" && len(validation.IsDNS1123Label(in.namespace)) > 0 {
		return usagef("-n %q: no namespace has such a name; use lower-case letters, digits and '-', at most 63", in.namespace)
	}
	if c := in.controller; o.configMap != "" && (c.Namespace == "" || c.Name == "" || strings.Contains(c.Name, "/")) {
		return usagef("--configmap %q: give it as NAMESPACE/NAME", o.configMap)
	}
	if slices.Contains(in.classes, "") {
		return usagef("--ingress-class names a class; leave it out for the default")
	}
	if in.trustedHops < 0 {
		return usagef("--trusted-hops %d: want 0 or more", in.trustedHops)
	}
	return nil
}

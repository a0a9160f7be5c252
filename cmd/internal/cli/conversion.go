package cli

import (
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// owners are the flags that say who owns what.
type owners struct {
	file   string
	labels []string
	root   string
	fanout string
}

func (w *owners) addFlags(cmd *cobra.Command, withPlan bool) {
	flags := cmd.Flags()
	if withPlan {
		flags.StringVar(&w.file, "plan", "", "Ownership plan to obey (without it one is inferred)")
	}
	flags.StringArrayVar(&w.labels, "team-label", nil, "Label or annotation that names the team; repeatable, the first one found counts (default app.kubernetes.io/part-of, team, owner)")
	flags.StringVar(&w.root, "root-namespace", "", "Namespace of the root objects (default security-admin-only)")
	flags.StringVar(&w.fanout, "fanout-namespace", "", "Namespace of the fanout objects (default site-admin-only)")
}

func (w *owners) validate() error {
	for _, f := range []struct{ flag, value string }{{"root-namespace", w.root}, {"fanout-namespace", w.fanout}} {
		if f.value != "" && !isLabel(f.value) {
			return usagef("--%s %q: no namespace has such a name; use lower-case letters, digits and '-', at most 63", f.flag, f.value)
		}
		if f.value != "" && w.file != "" {
			return usagef("--%s: the plan names the namespaces; set it in %s", f.flag, w.file)
		}
	}
	if w.file != "" && len(w.labels) > 0 {
		return usagef("--team-label only helps to infer a plan, and %s is given", w.file)
	}
	return nil
}

// target are the flags that say how HTTPProxies are written.
type target struct {
	class       string
	prefix      string
	tls         string
	certificate string
	allow       []string
	carryDNS    bool
	redirect    string
	service     string
	hops        int
}

func (t *target) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&t.class, "target-class", "contour", "ingressClassName of every object")
	flags.StringVar(&t.prefix, "prefix", "exact", "How a path prefix is said: exact (/login and below, by a condition on :path) or plain (prefix: /login, which takes in /loginfoo too)")
	flags.StringVar(&t.tls, "tls", "move", "Certificates that cert-manager keeps: move them to the root namespace, or delegate the Secret from where it is")
	flags.StringVar(&t.certificate, "default-certificate", "", "NAMESPACE/NAME of the Secret for hosts that use the controller's default certificate")
	flags.StringArrayVar(&t.allow, "allow", nil, "KEY[@HOST][=REASON]: leave a key out although it guards its routes; repeatable, recorded in the ledger")
	flags.BoolVar(&t.carryDNS, "carry-dns", false, "Let annotations for external-dns go along with their host; publishing the name may be the cutover")
	flags.StringVar(&t.redirect, "https-redirect", "301", "Status of the redirect from http to https: 301 (HTTPProxy's own) or 308 (the controller's, by a second route for each)")
	flags.StringVar(&t.service, "rate-limit-service", "", "NAMESPACE/NAME of the ExtensionService of a rate limit service, which counts each client (without it, Envoy counts all clients together)")
	flags.IntVar(&t.hops, "trusted-hops", -1, "Contour's network.num-trusted-hops: the number of proxies in front of Envoy, all of them on every way there; needed where lists of addresses go by X-Forwarded-For")
	choices(cmd, "https-redirect", "301", "308")
	choices(cmd, "prefix", "exact", "plain")
	choices(cmd, "tls", "move", "delegate")
}

func (t *target) options() (httpproxy.Options, error) {
	o := httpproxy.Options{Class: t.class, PlainPrefix: t.prefix == "plain", KeepCertificates: t.tls == "delegate", KeepRedirectStatus: t.redirect == "308"}
	if !slices.Contains([]string{"exact", "plain"}, t.prefix) {
		return o, usagef("--prefix %q: want exact or plain", t.prefix)
	}
	if !slices.Contains([]string{"move", "delegate"}, t.tls) {
		return o, usagef("--tls %q: want move or delegate", t.tls)
	}
	if !slices.Contains([]string{"301", "308"}, t.redirect) {
		return o, usagef("--https-redirect %q: want 301 or 308", t.redirect)
	}
	if t.class == "" {
		return o, usagef("--target-class is empty; name the class that Contour is started with")
	}
	if errs := validation.IsDNS1123Subdomain(t.class); len(errs) > 0 {
		return o, usagef("--target-class %q: no class has such a name: %s", t.class, errs[0])
	}
	for _, text := range t.allow {
		a := httpproxy.ParseAllow(text)
		if a.Key == "" {
			return o, usagef("--allow %q: want KEY[@HOST][=REASON]", text)
		}
		o.Allow = append(o.Allow, a)
	}
	if t.hops < -1 {
		return o, usagef("--trusted-hops %d: want 0 or more", t.hops)
	} else if t.hops >= 0 {
		o.TrustedHops = &t.hops
	}
	var err error
	if o.DefaultCertificate, err = parseName("--default-certificate", t.certificate); err != nil {
		return o, err
	}
	o.RateLimitService, err = parseName("--rate-limit-service", t.service)
	return o, err
}

// conversion are the flags of all commands that convert.
type conversion struct {
	input
	owners
	target
	bounds
	written bool // objects are wanted as YAML documents only
}

func (c *conversion) addFlags(cmd *cobra.Command) {
	c.input.addFlags(cmd)
	c.owners.addFlags(cmd, true)
	c.target.addFlags(cmd)
	c.bounds.addFlags(cmd.Flags())
}

func (c *conversion) validate() error {
	if err := c.input.validate(); err != nil {
		return err
	}
	if err := c.owners.validate(); err != nil {
		return err
	}
	if err := c.bounds.validate(); err != nil {
		return err
	}
	if c.class != "contour" {
		c.contour = []string{c.class}
	}
	_, err := c.target.options()
	return err
}

// read reads the input, which must hold an Ingress.
func (c *conversion) read(streams genericiooptions.IOStreams) (*manifest.Set, error) {
	set, err := c.input.read(streams)
	if err == nil && len(set.Ingresses) == 0 {
		printFindings(streams.ErrOut, set.Findings)
		return nil, c.lacking(set, "Ingress")
	}
	return set, err
}

// options are those of the conversion, but for the plan.
func (c *conversion) options() (convert.Options, error) {
	o := c.input.options()
	o.TeamLabels, o.RootNamespace, o.FanoutNamespace = c.labels, c.root, c.fanout
	o.CarryDNS, o.Bounds = c.carryDNS, c.Bounds
	if c.written {
		o.Write = new(emit.Documents).Document
	}
	var err error
	o.Target, err = c.target.options()
	return o, err
}

// convert converts what was read.
func (c *conversion) convert(set *manifest.Set) (*convert.Result, error) {
	opts, err := c.options()
	if err != nil {
		return nil, err
	}
	if c.file == "" {
		return convert.Run(set, opts)
	}
	plan, err := os.Open(c.file)
	if err != nil {
		return nil, fmt.Errorf("--plan: %w", err)
	}
	defer plan.Close() // it was only read
	opts.Plan, opts.PlanFile = plan, c.file
	return convert.Run(set, opts)
}

// parseFailOn reads --fail-on: a severity, "not-proved" for hosts that are not, besides
// what is blocked, or "none".
func parseFailOn(text string) (convert.FailOn, error) {
	f := convert.FailOn{Never: text == "none", NotProved: text == "not-proved", Severity: ledger.Refusal}
	if f.Never || f.NotProved {
		return f, nil
	}
	if err := f.Severity.UnmarshalText([]byte(text)); err != nil {
		return f, usagef("--fail-on %q: want info, warning, error, blocked, not-proved or none", text)
	}
	return f, nil
}

// choices completes the values of a flag.
func choices(cmd *cobra.Command, flag string, values ...string) {
	complete := cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // the flag was not added before: a bug that every run shows
	}
}

package cli

import (
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/cmd/internal/report"
	"github.com/split-ingress/split-ingress/cmd/internal/verify"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
)

type resolveOptions struct {
	genericiooptions.IOStreams
	conversion
	headers []string
	format  string

	request table.Request
}

func newResolve(streams genericiooptions.IOStreams) *cobra.Command {
	o := &resolveOptions{IOStreams: streams}
	cmd := &cobra.Command{
		Use:   "resolve [-f FILE] [METHOD] URL",
		Short: "Show what answers a request, before and after",
		Long: `Shows what answers a request under the Ingresses of the input and under the HTTPProxies
that they are converted into: route, backends, upstream path, redirect, policies and where
they come from. If the input holds HTTPProxies, those stand for the after-side as they are,
with the Ingresses that Contour reads beside them.`,
		Example: `
			% resolve -f manifests/ -R https://example.com/login
			% resolve -f manifests/ -R GET https://example.com/login -H 'x-test: true'`,
		RunE: runs(o),
	}
	o.conversion.addFlags(cmd)
	cmd.Flags().StringArrayVarP(&o.headers, "header", "H", nil, "Header of the request as 'Name: value'; repeatable")
	cmd.Flags().StringVarP(&o.format, "output", "o", "text", "Format: text or json")
	choices(cmd, "output", "text", "json")
	return cmd
}

// Complete reads the request.
func (o *resolveOptions) Complete(_ *cobra.Command, args []string) error {
	o.request.Method = "GET"
	if len(args) == 2 {
		o.request.Method, args = args[0], args[1:]
	}
	if len(args) != 1 {
		return usagef("want [METHOD] URL, as in: GET https://example.com/login")
	}
	if o.request.Method == "" || strings.ContainsFunc(o.request.Method, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		return usagef("method %q: want one in upper case, such as GET", o.request.Method)
	}
	if err := o.url(args[0]); err != nil {
		return err
	}
	for _, h := range o.headers {
		name, value, ok := strings.Cut(h, ":")
		if name = strings.TrimSpace(name); !ok || name == "" || strings.Contains(name, " ") {
			return usagef("-H %q: want 'Name: value'", h)
		}
		if value = strings.TrimSpace(value); strings.EqualFold(name, "host") {
			o.request.Host = value
			continue
		}
		o.request.Headers = append(o.request.Headers, table.Header{Name: name, Value: value})
	}
	return nil
}

// url takes a URL apart as it stands: nothing in it is decoded, as in a request line.
func (o *resolveOptions) url(text string) error {
	scheme, rest, ok := strings.Cut(text, "://")
	if u, err := url.Parse(text); !ok || err == nil && u.Host == "" {
		return usagef("URL %q: want http or https, a host and a path, as in https://example.com/login", text)
	}
	if o.request.Scheme = strings.ToLower(scheme); !slices.Contains([]string{"http", "https"}, o.request.Scheme) {
		return usagef("URL %q: scheme %s; want http or https", text, scheme)
	}
	i := strings.IndexAny(rest, "/?#")
	if i < 0 {
		i = len(rest)
	}
	o.request.Host, o.request.URI = rest[:i], rest[i:]
	o.request.URI, _, _ = strings.Cut(o.request.URI, "#") // stays with the client
	if strings.Contains(o.request.Host, "@") {
		return usagef("URL %q: names a user; say it with -H 'Authorization: ...'", text)
	}
	return nil
}

// Validate checks the format and the input.
func (o *resolveOptions) Validate() error {
	if !slices.Contains([]string{"text", "json"}, o.format) {
		return usagef("-o %q: want text or json", o.format)
	}
	return o.conversion.validate()
}

// Run asks both sides.
func (o *resolveOptions) Run() error {
	set, err := o.input.read(o.IOStreams)
	if err != nil {
		return err
	}
	proxies, bad := verify.Proxies(set)
	set.Findings = append(set.Findings, bad...)
	given := len(proxies) > 0
	if len(set.Ingresses)+len(proxies) == 0 {
		printFindings(o.ErrOut, set.Findings)
		return o.lacking(set, "Ingress or HTTPProxy")
	}
	printFindings(o.ErrOut, unreadable(set.Findings))
	r := report.Resolution{Request: o.request}
	var before *table.Table
	var edits []intent.Edit
	if len(set.Ingresses) > 0 {
		res, err := o.convert(set)
		if err != nil {
			return err
		}
		if before, err = table.New(res.Model); err != nil {
			return err
		}
		d := before.Match(o.request)
		r.Before = &d
		if len(proxies) == 0 {
			proxies, edits = convert.Proxies(res.Target.Objects), editsOf(res)
			r.Withheld = withheld(res, d)
		}
	}
	var merging []*manifest.Ingress
	if given {
		merging = set.Ingresses
	}
	model, problems := httpproxy.DecodeWith(proxies, merging, httpproxy.DecodeOptions{Classes: o.contour, Services: set.Services, Secrets: set.Secrets})
	problems = append(problems, httpproxy.Explicit(&model, httpproxy.ExplicitOptions{Unseen: true})...)
	for _, p := range problems {
		note(o.ErrOut, "%s: %s: %s", p.Object, p.Reason, p.Message)
	}
	after, err := table.New(model)
	if err != nil {
		return err
	}
	if r.Withheld == "" {
		d := after.Match(o.request)
		r.After = &d
	}
	if r.Before != nil && r.After != nil {
		d, differs := equivalence.One(before, after, o.request, edits)
		r.Compared(d, differs)
		if differs && d.Exposes == "" {
			r.Lemmas = equivalence.Outside(o.request, hostOf(d.Before))
		}
	}
	return o.print(set, r)
}

func (o *resolveOptions) print(set *manifest.Set, r report.Resolution) error {
	show := r.Text
	if o.format == "json" {
		show = r.JSON
	}
	if err := show(o.Out); err != nil {
		return err
	}
	return unreadableCode(set)
}

// hostOf is the model's name of the host that a decision is about.
func hostOf(d table.Decision) string {
	if d.Host == nil {
		return ""
	}
	return d.Host.Name
}

func editsOf(res *convert.Result) []intent.Edit {
	var all []intent.Edit
	for _, h := range res.Hosts {
		all = append(all, h.Edits...)
	}
	return all
}

// withheld is why nothing was written for the host of a decision.
func withheld(res *convert.Result, d table.Decision) string {
	if d.Host == nil {
		return ""
	}
	i := slices.IndexFunc(res.Hosts, func(h convert.Host) bool { return h.Name == d.Host.Name })
	if i < 0 {
		return ""
	}
	return res.Hosts[i].Withheld
}

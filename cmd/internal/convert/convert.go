// Package convert composes the conversion: read, interpret, split, render, check. It is
// pure between what it is given and the result, which callers print or write.
package convert

import (
	"fmt"
	"io"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/catalog"
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/render"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/translate"
	"github.com/split-ingress/split-ingress/translate/delegation"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// Options steer a conversion. The zero value converts with all defaults.
type Options struct {
	Controller       nginx.Options
	ControllerConfig manifest.Name // the controller's ConfigMap in the input; zero: its defaults
	TeamLabels       []string
	RootNamespace    string // of an inferred plan; default ownership.DefaultRoot
	FanoutNamespace  string
	PlanFile         string    // names Plan in messages
	Plan             io.Reader // nil: the plan is inferred
	Target           httpproxy.Options
	CarryDNS         bool
}

// Meaning is the input as the controller understands it.
type Meaning struct {
	Set      *manifest.Set
	Model    intent.Model
	Findings []ledger.Finding // of reading and interpreting
}

// Interpret says what a set of objects means. An error is a wrong option.
func Interpret(set *manifest.Set, opts Options) (Meaning, error) {
	keys, err := catalog.New()
	if err != nil {
		return Meaning{}, err
	}
	ctl := opts.Controller
	ctl.Catalog, ctl.CarryDNS = keys, opts.CarryDNS
	if opts.ControllerConfig != (manifest.Name{}) {
		cm := set.ConfigMaps[opts.ControllerConfig]
		if cm == nil {
			return Meaning{}, fmt.Errorf("--controller-config %s: there is no such ConfigMap in the input; add its manifest with -f", opts.ControllerConfig)
		}
		ctl.Settings, ctl.SettingsOrigin = cm.Data, cm.Origin
	}
	m, findings := nginx.Interpret(set, ctl)
	return Meaning{Set: set, Model: m, Findings: append(set.Findings, findings...)}, nil
}

// Owners reads the plan of the options, or infers one; an edited plan that does not fit
// the input is an error, with the plan's lines.
func (m Meaning) Owners(opts Options) (*ownership.Plan, []ledger.Finding, error) {
	if opts.Plan == nil {
		plan, findings := ownership.Infer(ownership.Input{
			Model: m.Model, TeamLabels: opts.TeamLabels,
			NamespaceLabels: m.namespaceLabels, ServiceLabels: m.serviceLabels, IngressLabels: m.ingressLabels(),
		}, opts.RootNamespace, opts.FanoutNamespace)
		return plan, findings, nil
	}
	plan, err := ownership.Read(opts.PlanFile, opts.Plan)
	if err != nil {
		return nil, nil, err
	}
	return plan, nil, plan.Check(m.Model, opts.PlanFile)
}

// Result is a whole conversion.
type Result struct {
	Meaning
	Plan     *ownership.Plan
	Inferred bool // nobody has edited the plan
	Forest   delegation.Forest
	Target   render.Result // without the hosts that are withheld
	Hosts    []Host        // by name
	Findings []ledger.Finding
}

// Run converts a set. The ledger in the set is closed when it returns without an error;
// an error means that nothing must be written.
func Run(set *manifest.Set, opts Options) (*Result, error) {
	m, err := Interpret(set, opts)
	if err != nil {
		return nil, err
	}
	plan, findings, err := m.Owners(opts)
	if err != nil {
		return nil, err
	}
	forest, problems := translate.Split(m.Model, plan)
	rendered, err := render.Objects(forest, opts.Target)
	if err != nil {
		return nil, fmt.Errorf("bug: a route was lowered to what HTTPProxy cannot say: %w", err)
	}
	res := &Result{Meaning: m, Plan: plan, Inferred: opts.Plan == nil, Forest: forest}
	if err := res.check(rendered); err != nil {
		return nil, err
	}
	res.Target = rendered.Without(res.withheld(), plan.RootNamespace, plan.FanoutNamespace, opts.Target)
	res.closeLedger(rendered)
	res.Findings = ledger.SortFindings(concat(m.Findings, findings, problems, res.Target.Findings, res.ownFindings(rendered, opts)))
	return res, nil
}

func concat(lists ...[]ledger.Finding) []ledger.Finding {
	var all []ledger.Finding
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// Proxies are the HTTPProxies among objects.
func Proxies(objects []httpproxy.Object) []*contour.HTTPProxy {
	var out []*contour.HTTPProxy
	for _, o := range objects {
		if p, ok := o.Value.(*contour.HTTPProxy); ok {
			out = append(out, p)
		}
	}
	return out
}

// check asks the input's table and that of the objects, decoded by Contour's rules, about
// sampled requests to every host; a host with a difference that no edit explains is
// withheld, and so is one that has no form.
func (res *Result) check(r render.Result) error {
	decoded, problems := httpproxy.Decode(Proxies(r.Objects))
	faults := map[string]string{}
	for _, p := range problems {
		faults[p.Object] = p.Reason + ": " + p.Message
	}
	edits := map[string][]intent.Edit{}
	for _, e := range r.Edits {
		edits[e.Host] = append(edits[e.Host], e)
	}
	roots := map[string]*delegation.Root{}
	for _, root := range r.Lowered.Forest.Roots {
		roots[root.Host] = root
	}
	for _, h := range res.Model.Hosts {
		host, err := res.judge(h, decoded.Host(h.Name), roots[h.Name], r, edits[h.Name], faults)
		if err != nil {
			return err
		}
		res.Hosts = append(res.Hosts, host)
	}
	res.spread(roots)
	return nil
}

// Package convert composes the conversion: read, interpret, split, render, check. It is
// pure between what it is given and the result, which callers print or write.
package convert

//go:generate go test -run ^TestKeys$ . -update

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/catalog"
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/render"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
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
	Bounds           equivalence.Bounds // of the proof
	// Write turns objects into bytes, which hold until its next call, as soon as they are made
	// and checked, so that a large conversion holds no more than what it writes: the routes of
	// the Result's Model are let go, too. nil keeps them, and the objects as values.
	Write func(object any) ([]byte, error)
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
	m, findings := nginx.Translate(set, ctl)
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
	findings := append(plan.Findings(opts.PlanFile), plan.Elsewhere(m.Model, opts.PlanFile)...)
	return plan, findings, plan.Check(m.Model, opts.PlanFile)
}

// Result is a whole conversion.
type Result struct {
	Meaning
	Plan     *ownership.Plan
	Inferred bool            // nobody has edited the plan
	Owned    *ownership.Plan // the plan with what the conversion adds to it: what the borders are made of
	Target   Target          // without the hosts that are withheld
	Hosts    []Host          // by name
	Findings []ledger.Finding

	besides map[string][]*manifest.Ingress // by host
	room    *equivalence.Room              // of all proofs; nil when they are done
	allowed []httpproxy.Allow              // the exceptions that let something through
}

// Target is what is written.
type Target struct {
	Objects  []httpproxy.Object // companions first, then proxies by host, parents first, and roots that are closed
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
	external := m.externalNames()
	res := &Result{Meaning: m, Plan: plan, Inferred: opts.Plan == nil, Hosts: make([]Host, len(m.Model.Hosts))}
	res.besides, res.room = res.beside(opts), new(equivalence.Room)
	if err := res.render(forest, opts); err != nil {
		return nil, err
	}
	res.room = nil
	res.Findings = ledger.SortFindings(slices.Concat(m.Findings, findings, problems, res.Target.Findings, res.ownFindings(opts), external))
	res.Meaning.Findings = nil // they are among the Result's
	return res, nil
}

// render makes the objects tree by tree, and checks and accounts for each at once, so that
// what is only needed for that does not pile up.
func (res *Result) render(forest delegation.Forest, opts Options) error {
	forest = httpproxy.Adopt(forest, opts.Target)
	opts.Target = opts.Target.Over(forest)
	left := delegation.Forest{Paths: forest.Paths}
	res.Target.Objects = make([]httpproxy.Object, 0, size(forest))
	borders := newBordering(res.Plan, forest)
	var repeated []ledger.Finding
	for _, tree := range trees(forest) {
		rendered, err := render.Objects(tree, opts.Target)
		if err != nil {
			return fmt.Errorf("bug: a route was lowered to what HTTPProxy cannot say: %w", err)
		}
		res.allowed = append(res.allowed, rendered.Lowered.Allowed...)
		hosts, err := res.check(rendered, tree, opts)
		if err != nil {
			return err
		}
		gone := map[string]bool{}
		for _, h := range hosts {
			gone[h.Name] = h.Withheld != ""
		}
		for _, root := range rendered.Lowered.Forest.Roots {
			if !gone[root.Host] {
				left.Roots = append(left.Roots, shell(root))
				repeated = append(repeated, httpproxy.Repeated(root)...)
			}
		}
		kept := rendered.Without(gone)
		borders.note(kept)
		objects, err := written(kept, opts.Write)
		if err != nil {
			return err
		}
		res.Target.Objects = append(res.Target.Objects, objects...)
		res.release(tree, opts)
	}
	closed, err := res.closed(forest, &left, opts)
	if err != nil {
		return err
	}
	borders.note(closed)
	if closed, err = written(closed, opts.Write); err != nil {
		return err
	}
	res.Target.Objects = append(res.Target.Objects, closed...)
	companions, findings := render.Companions(left, res.Plan.RootNamespace, res.Plan.FanoutNamespace, opts.Target)
	borders.note(companions)
	res.Owned = borders.plan(res.Plan, forest, res.Hosts)
	companions, err = written(companions, opts.Write)
	res.Target.Objects, res.Target.Findings = slices.Concat(companions, res.Target.Objects), append(findings, repeated...)
	return err
}

// release lets go what nobody asks for behind a tree that is done with: the rest of a large
// forest needs the room.
func (res *Result) release(tree delegation.Forest, opts Options) {
	for _, root := range tree.Roots {
		root.Routes, root.Fanout = nil, nil
		if opts.Write != nil {
			res.Model.Hosts[res.indexOf(root.Host)].Routes = nil
		}
	}
}

// size is how many objects a forest has, at the most.
func size(f delegation.Forest) int {
	n := 0
	f.Walk(func(delegation.Node) { n++ })
	return n
}

// shell is a root without its routes.
func shell(root *delegation.Root) *delegation.Root {
	return &delegation.Root{Host: root.Host, TLS: root.TLS, Adopted: root.Adopted, CORS: root.CORS, Auth: root.Auth, Addresses: root.Addresses, Namespace: root.Namespace, Name: root.Name, Origins: root.Origins}
}

// written gives objects their bytes instead of their values, if there is a writer.
func written(objects []httpproxy.Object, write func(any) ([]byte, error)) ([]httpproxy.Object, error) {
	if write == nil {
		return objects, nil
	}
	for i := range objects {
		o := &objects[i]
		data, err := write(o.Value)
		if err != nil {
			return nil, fmt.Errorf("%s %s/%s: %w", o.Kind, o.Namespace, o.Name, err)
		}
		o.Value, o.Data = nil, bytes.Clone(data) // without the room that the writer kept
	}
	return objects, nil
}

// trees parts a forest into what belongs together: a root, and behind it the roots of its
// aliases that share its fanout. They are in the order of their first hosts.
func trees(f delegation.Forest) []delegation.Forest {
	var out []delegation.Forest
	at := map[*delegation.Fanout]int{}
	for _, root := range f.Roots {
		if i, ok := at[root.Fanout]; ok && root.Fanout != nil {
			out[i].Roots = append(out[i].Roots, root)
			continue
		}
		at[root.Fanout] = len(out)
		out = append(out, delegation.Forest{Paths: f.Paths, Roots: []*delegation.Root{root}})
	}
	for _, tree := range out {
		slices.SortStableFunc(tree.Roots, func(a, b *delegation.Root) int { return cmp.Compare(len(a.AliasOf), len(b.AliasOf)) })
	}
	return out
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

// check compares what was read, what it was lowered to and what the objects say, decoded by
// Contour's rules, for every host of a tree; a host with a difference that no edit explains
// is withheld, and so is one that has no form. Then it closes the ledger for the tree.
func (res *Result) check(r render.Result, tree delegation.Forest, opts Options) ([]*Host, error) {
	decoded, problems := httpproxy.Decode(Proxies(r.Objects))
	explicit := httpproxy.ExplicitOptions{Unseen: true, Delegations: delegated(r.Lowered.Forest, opts)}
	problems = append(problems, httpproxy.Explicit(&decoded, explicit)...)
	said := r.Lowered.Flatten(opts.Target)
	faults := map[string]string{}
	for _, p := range problems {
		faults[p.Object] = p.Reason + ": " + p.Message
	}
	lowered := map[string]*delegation.Root{}
	for _, root := range r.Lowered.Forest.Roots {
		lowered[root.Host] = root
	}
	var hosts []*Host
	for _, root := range tree.Roots {
		i := res.indexOf(root.Host)
		m := models{read: &res.Model.Hosts[i], lowered: said.Host(root.Host), written: decoded.Host(root.Host), room: res.room}
		if beside := res.besides[root.Host]; len(beside) > 0 {
			merged, _ := httpproxy.DecodeWith(Proxies(r.Objects), beside, httpproxy.DecodeOptions{Classes: opts.contourClasses(), Services: res.Set.Services, Secrets: res.Set.Secrets})
			httpproxy.Explicit(&merged, explicit)
			m.beside, m.merged = true, merged.Host(root.Host)
		}
		host, err := judge(m, lowered[root.Host], r, faults, opts.Bounds)
		if err != nil {
			return nil, err
		}
		res.Hosts[i] = host
		hosts = append(hosts, &res.Hosts[i])
	}
	spread(hosts, tree.Roots)
	for _, h := range hosts {
		res.closeHost(h, r.Lowered, lowered[h.Name])
		h.tell(res.Model.Hosts[res.indexOf(h.Name)], opts)
	}
	return hosts, nil
}

// delegated are the Secrets that what is written beside the roots of a tree lets them use.
func delegated(f delegation.Forest, opts Options) httpproxy.Delegations {
	var all []*contour.TLSCertificateDelegation
	companions, _ := httpproxy.Companions(f, opts.Target)
	for _, o := range companions {
		if d, ok := o.Value.(*contour.TLSCertificateDelegation); ok {
			all = append(all, d)
		}
	}
	return httpproxy.ReadDelegations(all)
}

// indexOf is the place of a host in the model, which is sorted by name.
func (res *Result) indexOf(host string) int {
	i, _ := slices.BinarySearchFunc(res.Model.Hosts, host, func(h intent.Host, name string) int { return strings.Compare(h.Name, name) })
	return i
}

package golden

import (
	"bytes"
	"fmt"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/catalog"
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// Controller is the ConfigMap of the recorded controllers.
var Controller = manifest.Name{Namespace: "ingress-nginx", Name: "ingress-nginx-controller"}

// Converted is a run converted by `convert` with its defaults, as from a live cluster:
// nothing is there but the run's objects.
type Converted struct {
	Result *convert.Result

	before, after side
	read          *table.Table             // of what was converted, by whose routes the edits count
	hosts         map[string]*convert.Host // by name
	last          *expectation             // of the line that was asked about last
}

// Convert converts what a lab holds, and prepares what was read and what Contour makes of the
// result for questions. An error is a bug of ours.
func (l *Lab) Convert() (*Converted, error) {
	set, opts, err := l.input()
	if err != nil {
		return nil, err
	}
	res, err := convert.Run(set, opts)
	if err != nil {
		return nil, err
	}
	c := &Converted{Result: res, hosts: map[string]*convert.Host{}}
	for i := range res.Hosts {
		c.hosts[res.Hosts[i].Name] = &res.Hosts[i]
	}
	if c.read, err = table.New(res.Model); err != nil {
		return nil, err
	}
	before, err := l.explicitBefore()
	if err != nil {
		return nil, err
	}
	if c.before, err = newSide(l, before); err != nil {
		return nil, err
	}
	c.after, err = newSide(l, explicitAfter(set, res))
	return c, err
}

// input is the lab's objects with the options that fit the recorded controller. Whoever uses
// the set closes its ledger, so that it is read for each.
func (l *Lab) input() (*manifest.Set, convert.Options, error) {
	opts := convert.Options{Controller: nginx.Options{Classless: true, Complete: true}}
	set, err := manifest.Read([]manifest.Source{{Path: "objects.yaml", Reader: bytes.NewReader(l.Manifests("EndpointSlice"))}}, manifest.Options{})
	if err == nil && set.ConfigMaps[Controller] != nil {
		opts.ControllerConfig = Controller
	}
	return set, opts, err
}

// explicitBefore is what nginx does with the Ingresses.
func (l *Lab) explicitBefore() (intent.Model, error) {
	set, opts, err := l.input()
	if err != nil {
		return intent.Model{}, err
	}
	keys, err := catalog.New()
	if err != nil {
		return intent.Model{}, err
	}
	o := opts.Controller
	o.Catalog, o.SecretsComplete = keys, true
	if cm := set.ConfigMaps[opts.ControllerConfig]; cm != nil {
		o.Settings, o.SettingsOrigin = cm.Data, cm.Origin
	}
	m, _ := nginx.Interpret(set, o) // what was found was told by the conversion
	nginx.Explicit(&m, set, o)
	return m, nil
}

// explicitAfter is what Contour and Envoy do with the objects that were written.
func explicitAfter(set *manifest.Set, res *convert.Result) intent.Model {
	var all []*contour.TLSCertificateDelegation
	for _, o := range res.Target.Objects {
		if d, ok := o.Value.(*contour.TLSCertificateDelegation); ok {
			all = append(all, d)
		}
	}
	permits := httpproxy.ReadDelegations(all)
	m, _ := httpproxy.DecodeWith(convert.Proxies(res.Target.Objects), nil, httpproxy.DecodeOptions{
		Services: set.Services, Secrets: set.Secrets, Delegations: permits,
	})
	httpproxy.Explicit(&m, httpproxy.ExplicitOptions{Services: set.Services, Secrets: set.Secrets, Delegations: permits})
	return m
}

// SaysOwn has Envoy say its own address in place of a peer on the loopback address, as it does
// with use_remote_address (decision 0011).
func (c *Converted) SaysOwn(address string) { c.after.address = address }

// Manifests are the objects that the conversion wrote, one document each.
func (c *Converted) Manifests() ([]byte, error) {
	var out bytes.Buffer
	for _, o := range c.Result.Target.Objects {
		doc, err := emit.Document(o.Value)
		if err != nil {
			return nil, fmt.Errorf("%s %s/%s: %w", o.Kind, o.Namespace, o.Name, err)
		}
		fmt.Fprintf(&out, "---\n%s\n", doc)
	}
	return out.Bytes(), nil
}

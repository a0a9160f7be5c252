// Package live reads from a cluster what a conversion may look at: the Ingresses and
// HTTPProxies that the user selects, and what belongs to them. It only gets and lists, asks
// for no more than is looked at, and does with less where rights are missing: what may not
// be read counts as not seen, and a finding names the rule that would grant it. What was
// asked for and is not there is missing (manifest.Set.Whole).
package live

import (
	"bytes"
	"context"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// Options say what to read. The zero value is all of the cluster.
type Options struct {
	Namespace  string        // empty is all of them
	Selector   string        // of Ingresses and HTTPProxies, by their labels; what belongs to them is read whatever its labels
	Settings   manifest.Name // the controller's ConfigMap; zero: it is not read
	Controller nginx.Options // which Ingresses ingress-nginx serves: what they refer to is read
	Classes    []string      // of Ingresses that Contour reads, as for httpproxy.ReadsIngress: likewise
	// Borders reads what the borders between roles are about, and not what belongs to Ingresses:
	// the routes of Gateway API and all Namespaces, but neither classes nor Services, Secrets or ConfigMaps.
	Borders bool
}

// The rules of findings about a reading.
const (
	RuleMissingRight = "missing-right" // something may not be read
	RulePart         = "part-of-cluster"
)

// Read reads the objects in the order of their kinds, namespaces and names. Their origins are
// of the file c.Name and have no lines. An error means that the cluster can't be asked, or
// that its Ingresses, or the ConfigMap that the options name, may not be read.
func Read(ctx context.Context, c *Cluster, opts Options) (*manifest.Set, error) {
	r := &reading{ctx: ctx, cluster: c, opts: opts, whole: map[manifest.Ref]bool{}}
	steps := []func() error{r.ingresses, r.classes, r.settings, r.proxies, r.belongings}
	if opts.Borders {
		steps = []func() error{r.ingresses, r.proxies, r.allNamespaces}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	set, err := r.set()
	if err != nil {
		return nil, err
	}
	set.Findings = append(set.Findings, r.missingRights()...)
	if opts.Namespace != "" || opts.Selector != "" {
		set.Findings = append(set.Findings, r.part())
	}
	return set, nil
}

// reading is one reading of a cluster.
type reading struct {
	ctx     context.Context
	cluster *Cluster
	opts    Options
	docs    []document
	whole   map[manifest.Ref]bool
	denied  []denial
}

// set makes a set of what was read so far.
func (r *reading) set() (*manifest.Set, error) {
	var stream bytes.Buffer
	for _, d := range r.docs {
		stream.WriteString("---\n")
		stream.Write(d.json)
		stream.WriteByte('\n')
	}
	source := manifest.Source{Path: r.cluster.Name, Reader: &stream}
	set, err := manifest.Read([]manifest.Source{source}, manifest.Options{Stored: true})
	if err == nil {
		set.Whole = r.whole
	}
	return set, err
}

// belongings reads what belongs to those of the Ingresses read so far that anybody here serves.
func (r *reading) belongings() error {
	first, err := r.set()
	if err != nil {
		return err
	}
	settings := map[string]string{}
	if cm := first.ConfigMaps[r.opts.Settings]; cm != nil {
		settings = cm.Data
	}
	var namespaces []string
	var refs []manifest.Ref
	for _, ing := range first.Ingresses {
		if !r.opts.Controller.Serves(ing, first) && !httpproxy.ReadsIngress(ing, r.opts.Classes) {
			continue
		}
		namespaces = append(namespaces, ing.Namespace)
		for _, ref := range nginx.Refers(ing, settings) {
			if ref != (manifest.Ref{Kind: "ConfigMap", Namespace: r.opts.Settings.Namespace, Name: r.opts.Settings.Name}) {
				refs = append(refs, ref)
			}
		}
	}
	slices.Sort(namespaces)
	namespaces = slices.Compact(namespaces)
	if err := r.services(namespaces); err != nil {
		return err
	}
	if err := r.namespaces(namespaces); err != nil {
		return err
	}
	return r.named(refs)
}

// part says that others may have a say in what was read.
func (r *reading) part() ledger.Finding {
	what := "the Ingresses"
	if r.opts.Namespace != "" {
		what += " of namespace " + r.opts.Namespace
	}
	if r.opts.Selector != "" {
		what += " that match " + r.opts.Selector
	}
	return ledger.Finding{
		Rule: RulePart, Severity: ledger.Info, Origin: r.cluster.origin(),
		Message: "only " + what + " are read: other Ingresses may serve paths of the same hosts",
		Action:  "read all of them with -A before a host is cut over",
	}
}

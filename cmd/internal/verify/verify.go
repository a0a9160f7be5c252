package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// Options say how sides are read, and how far the proof goes.
type Options struct {
	Nginx   convert.Options // of a side that ingress-nginx serves
	Classes []string        // that Contour reads; none: "contour" and Ingresses without a class
	Bounds  equivalence.Bounds
}

// Result is a comparison.
type Result struct {
	Before, After Reading
	Hosts         []Host // by name
}

// Host is how one host compares.
type Host struct {
	Name        string
	Verdict     convert.Verdict
	Why         []string // it is not proved
	Routes      int      // before
	Work        equivalence.Work
	Sampled     int // requests that were asked instead of a proof
	Differences []equivalence.Difference
}

// Run compares two sides: every host that one of them names, wildcards and the default host
// by a host name that stands for them.
func Run(before, after Side, opts Options) (*Result, error) {
	res := &Result{}
	var err error
	if res.Before, err = before.read(opts); err != nil {
		return nil, err
	}
	if res.After, err = after.read(opts); err != nil {
		return nil, err
	}
	b, a, err := table.Pair(res.Before.Model, res.After.Model)
	if err != nil {
		return nil, fmt.Errorf("bug: a model is not sound: %w", err)
	}
	for _, name := range names(res.Before.Model, res.After.Model) {
		h := compare(b, a, name, opts.Bounds)
		if why := certificates(res, name); why != "" {
			h.Why = append(h.Why, why)
			if h.Verdict == convert.Equal {
				h.Verdict = convert.NotProved
			}
		}
		res.Hosts = append(res.Hosts, h)
	}
	return res, nil
}

// certificates says that two data planes name another Secret for a host: nobody can tell here
// whether the certificates are as good.
func certificates(res *Result, name string) string {
	b, a := res.Before.Model.Host(name), res.After.Model.Host(name)
	if res.Before.Controller == res.After.Controller || b == nil || a == nil || b.TLS == nil || a.TLS == nil || b.TLS.Secret == "" || b.TLS.Secret == a.TLS.Secret {
		return ""
	}
	return fmt.Sprintf("the certificate is Secret %s before and %s after: whether they are as good is not compared", b.TLS.Secret, a.TLS.Secret)
}

// names are the hosts of both models, sorted.
func names(models ...intent.Model) []string {
	var all []string
	for _, m := range models {
		for _, h := range m.Hosts {
			all = append(all, h.Name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// compare proves one host, or samples it.
func compare(b, a *table.Table, name string, bounds equivalence.Bounds) Host {
	p := equivalence.Prove(b, a, name, nil, bounds)
	h := Host{Name: name, Verdict: convert.Equal, Routes: p.Routes, Work: p.Work}
	for _, what := range p.Uncompared {
		h.Why = append(h.Why, what+" is not compared")
	}
	for _, d := range p.Differences {
		if d.Exposes != "" && guards(d.After.Route) {
			h.Why = append(h.Why, fmt.Sprintf("%s before and another guard after are not compared", d.Exposes))
			continue
		}
		h.Differences = append(h.Differences, d)
	}
	for _, t := range []*table.Table{b, a} {
		for _, bad := range t.Invalid() {
			if bad.Host == name {
				h.Why = append(h.Why, "a pattern is not in RE2 syntax: "+bad.Err.Error())
			}
		}
	}
	if why := patterned(b, a, name); why != "" {
		h.Why = append(h.Why, why)
	}
	if p.Why != "" {
		h.Why = append(h.Why, p.Why)
		s := equivalence.Sampled(b, a, name, nil)
		h.Sampled = s.Requests
		h.Differences = append(h.Differences, s.Unexplained...)
	}
	switch {
	case len(h.Differences) > 0:
		h.Verdict = convert.Different
	case len(h.Why) > 0:
		h.Verdict = convert.NotProved
	}
	return h
}

// patterned says why one host name does not stand for all that a name of a model means: only
// one side has it, and patterns of the other may part the names.
func patterned(b, a *table.Table, name string) string {
	wide := strings.HasPrefix(name, "~") || strings.HasPrefix(name, "*.")
	if !wide || b.Has(name) && a.Has(name) {
		return ""
	}
	for _, t := range []*table.Table{b, a} {
		if t.Patterned() {
			return "host names given by patterns on one side only: they are compared by one name, " + name
		}
	}
	return ""
}

// guards says whether something of a route refuses requests in ways that are not modelled.
func guards(r *intent.Route) bool {
	return r != nil && slices.ContainsFunc(r.Opaque, func(o intent.Opaque) bool { return o.Security })
}

// Verdict is that of the worst host.
func (r *Result) Verdict() convert.Verdict {
	worst := convert.Equal
	for _, h := range r.Hosts {
		if h.Verdict == convert.Different || worst == convert.Equal {
			worst = h.Verdict
		}
		if worst == convert.Different {
			break
		}
	}
	return worst
}

package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// Bench is a cluster with Contour, in which inputs are judged.
type Bench struct {
	Cluster *Cluster
	Stubs   *Stubs
	// Ask sends requests to Envoy for a decoded input; nil: none are sent.
	Ask func(in Input, decoded intent.Model) (sent int, found []Disagreement, err error)
	// Settled is called when a batch is served, before any request.
	Settled func(batch int) error
	// Progress is told what is done; nil: nobody is.
	Progress func(format string, args ...any)
}

// Judge brings all inputs into the cluster, as many at a time as fit beside each other, and
// compares. An error means that the judges could not do their work.
func (b *Bench) Judge(inputs []Input) (Summary, []Disagreement, error) {
	j := &judgement{Summary: Summary{Inputs: len(inputs)}}
	var trees []Input
	for _, in := range inputs {
		trees = append(trees, in.Trees()...)
	}
	parts := batches(trees)
	for i, batch := range parts {
		if err := b.batch(j, i, batch); err != nil {
			return j.Summary, j.found, fmt.Errorf("batch %d (%s): %w", i, names(batch), err)
		}
		if b.Progress != nil {
			b.Progress("batch %d of %d: %d trees, %d disagreements so far", i+1, len(parts), len(batch), j.Disagreements)
		}
	}
	j.Batches, j.Stubs = len(parts), b.Stubs.count
	return j.Summary, j.found, nil
}

func (b *Bench) batch(j *judgement, number int, batch []Input) error {
	if err := b.Stubs.Make(batch); err != nil {
		return err
	}
	batch = slices.DeleteFunc(batch, func(in Input) bool {
		why := b.Stubs.impossible(in)
		if len(why) > 0 {
			j.Impossible = append(j.Impossible, in.Name+" ("+why[0]+")")
		}
		return len(why) > 0
	})
	n, err := b.Cluster.apply(batch)
	if err != nil {
		return err
	}
	j.Objects += n
	proxies := 0
	for _, in := range batch {
		proxies += len(in.Proxies())
	}
	said, err := b.Cluster.statuses(proxies)
	if err != nil {
		return err
	}
	s, err := b.Cluster.served()
	if err != nil {
		return err
	}
	if b.Settled != nil {
		if err := b.Settled(number); err != nil {
			return err
		}
	}
	for _, in := range batch {
		decoded, problems := httpproxy.Decode(in.Proxies())
		j.verdicts(in, problems, said)
		for _, h := range decoded.Hosts {
			j.routes(in, h, s)
		}
		if b.Ask == nil {
			continue
		}
		sent, found, err := b.Ask(in, decoded)
		if err != nil {
			return err
		}
		j.Requests += sent
		j.Disagreements += len(found)
		j.found = append(j.found, found...)
	}
	if err := b.Cluster.clear(batch); err != nil {
		return err
	}
	return nil
}

func names(inputs []Input) string {
	var out []string
	for _, in := range inputs {
		out = append(out, in.Name)
	}
	return strings.Join(out[:min(len(out), 5)], ", ")
}

// batches parts inputs into groups in which no two want the same host, object or Service in
// different ways; each goes to the first group where it fits.
func batches(inputs []Input) [][]Input {
	var out [][]Input
	var taken []map[string]string
	for _, in := range inputs {
		claims := in.claims()
		i := slices.IndexFunc(taken, func(t map[string]string) bool { return fits(t, claims) })
		if i < 0 {
			i = len(out)
			out, taken = append(out, nil), append(taken, map[string]string{})
		}
		out[i] = append(out[i], in)
		for k, v := range claims {
			taken[i][k] = v
		}
	}
	return out
}

// claims are the names that an input needs for itself (with its own name as the value), or
// may share with those who want the same of them.
func (in Input) claims() map[string]string {
	out := map[string]string{}
	for _, o := range in.Objects {
		if o.Kind != "Namespace" {
			out[o.Kind+" "+o.Namespace+"/"+o.Name] = in.Name
		}
	}
	for _, p := range in.Proxies() {
		if vh := p.Spec.VirtualHost; vh != nil {
			out["host "+strings.ToLower(vh.Fqdn)] = in.Name
			_, parent, _ := strings.Cut(vh.Fqdn, ".")
			kind := "exact"
			if strings.HasPrefix(vh.Fqdn, "*.") {
				kind = "wildcard of " + in.Name
			}
			if out["below "+parent] == "" || kind != "exact" {
				out["below "+parent] = kind
			}
		}
	}
	n := needed([]Input{in})
	for key, ports := range n.ports {
		out["service "+key.Namespace+"/"+key.Name] = fmt.Sprintf("%v %v", n.types[key] != nil && n.types[key].Type == "ExternalName", ports)
	}
	return out
}

func fits(taken, claims map[string]string) bool {
	for k, v := range claims {
		if t, there := taken[k]; there && t != v {
			return false
		}
	}
	return true
}

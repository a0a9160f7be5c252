package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// Bench is a cluster with Contour, in which inputs are judged.
type Bench struct {
	Cluster *Cluster
	Stubs   *Stubs
	// Requests are sent to Envoy for every host, if it is started; nil: none are.
	Requests Requests
	// Progress is told what is done; nil: nobody is.
	Progress func(format string, args ...any)

	echo    *echo // behind Envoy; nil: no Envoy runs
	batches int   // that were brought in
}

// nextBatch numbers what is brought in.
func (b *Bench) nextBatch() int {
	b.batches++
	return b.batches - 1
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
		if err := b.batch(j, b.nextBatch(), batch); err != nil {
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
	if err := b.mark(number); err != nil {
		return err
	}
	said, err := b.Cluster.statuses(expected(batch))
	if err != nil {
		return err
	}
	s, err := b.Cluster.served()
	if err != nil {
		return err
	}
	if err := b.settled(number); err != nil {
		return err
	}
	for _, in := range batch {
		decoded, problems := httpproxy.Decode(in.Proxies())
		j.verdicts(in, problems, said)
		for _, h := range decoded.Hosts {
			j.routes(in, h, s)
		}
		if b.Requests != nil && b.echo != nil {
			if err := j.ask(b.Cluster, in, decoded, b.Requests); err != nil {
				return err
			}
		}
	}
	return b.Cluster.clear(batch)
}

// expected says by "namespace/name" which proxies Contour should call valid.
func expected(batch []Input) map[string]bool {
	out := map[string]bool{}
	for _, in := range batch {
		_, problems := httpproxy.Decode(in.Proxies())
		for _, p := range in.Proxies() {
			object := "HTTPProxy " + p.Namespace + "/" + p.Name
			out[p.Namespace+"/"+p.Name] = !slices.ContainsFunc(problems, func(q httpproxy.Problem) bool { return q.Object == object })
		}
	}
	return out
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
			below := "below " + wildcardOf(vh.Fqdn)
			if strings.HasPrefix(vh.Fqdn, "*.") {
				out[below] = in.Name
			} else if out[below] == "" {
				out[below] = "no wildcard"
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

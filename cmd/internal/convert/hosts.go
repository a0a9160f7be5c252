package convert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/render"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// Host is how one host came out.
type Host struct {
	Name     string         `json:"host"`
	AliasOf  string         `json:"aliasOf,omitempty"`
	Outcome  ledger.Outcome `json:"outcome"`            // the worst of its routes
	Withheld string         `json:"withheld,omitempty"` // why nothing is written for it
	// ClosedFor is the wildcard host for whose sake a withheld host got a root that answers
	// 503; else "".
	ClosedFor string                   `json:"closedFor,omitempty"`
	Unsaid    bool                     `json:"unsaid,omitempty"` // HTTPProxy has no form for such a host
	Routes    map[string]int           `json:"routes"`           // number of its routes by outcome
	Proof     *Proof                   `json:"proof,omitempty"`  // nil: there was nothing to compare
	Edits     []intent.Edit            `json:"edits,omitempty"`
	Open      []equivalence.Difference `json:"-"` // differences that no edit explains

	outcomes []ledger.Outcome // by route
	origin   ledger.Origin    // where the input speaks of it
	told     []ledger.Finding // about its edits
}

// judge checks one host against what the objects decode to; an error is a bug of ours.
func judge(m models, root *delegation.Root, r render.Result, faults map[string]string, bounds equivalence.Bounds) (Host, error) {
	h := m.read
	edits := slices.DeleteFunc(slices.Clone(r.Edits), func(e intent.Edit) bool { return e.Host != h.Name })
	host := Host{Name: h.Name, AliasOf: h.AliasOf, Edits: edits, Outcome: ledger.Exact, outcomes: make([]ledger.Outcome, len(h.Routes))}
	for i := range host.outcomes {
		host.outcomes[i] = ledger.Exact
	}
	for _, e := range edits {
		if e.Route >= 0 && e.Route < len(host.outcomes) {
			host.outcomes[e.Route] = max(host.outcomes[e.Route], e.Outcome)
		}
		host.Outcome = max(host.Outcome, e.Outcome)
	}
	if why := r.Lowered.Unsaid[h.Name]; why != "" {
		host.Unsaid, host.Withheld, host.Outcome = true, why, ledger.Untranslated
	} else if host.Withheld = withholding(root, edits, faults); host.Withheld == "" {
		if err := host.prove(m, bounds); err != nil {
			return host, err
		}
	}
	host.count()
	return host, nil
}

// count numbers the routes by outcome.
func (h *Host) count() {
	h.Routes = map[string]int{}
	for _, o := range h.outcomes {
		if h.Withheld != "" {
			h.Routes["withheld"]++
			continue
		}
		h.Routes[o.String()]++
	}
}

// withholding is why nothing can be written for a host, before any comparison.
func withholding(root *delegation.Root, edits []intent.Edit, faults map[string]string) string {
	for _, e := range edits {
		if e.To == "withheld" {
			return e.Reason
		}
	}
	why := ""
	note := func(namespace, name string) {
		if f := faults["HTTPProxy "+namespace+"/"+name]; f != "" && why == "" {
			why = "Contour would refuse HTTPProxy " + namespace + "/" + name + ": " + f
		}
	}
	if root == nil {
		return ""
	}
	note(root.Namespace, root.Name)
	if root.Fanout != nil {
		note(root.Fanout.Namespace, root.Fanout.Name)
		for _, t := range root.Fanout.Teams {
			note(t.Namespace, t.Name)
		}
	}
	return why
}

// spread withholds the hosts of a tree that share the fanout of one that is withheld. The
// fanout stands with the first root that has it.
func spread(hosts []*Host, roots []*delegation.Root) {
	if len(hosts) < 2 {
		return
	}
	for i, h := range hosts {
		if h.Withheld == "" || h.AliasOf != "" {
			continue
		}
		for j, other := range hosts {
			if j != i && other.Withheld == "" && roots[j].Fanout == roots[i].Fanout {
				other.Withheld = "it shares the fanout of " + h.Name + ", which is withheld"
				other.count()
			}
		}
	}
}

// describe shows the request of a difference with both answers.
func describe(d equivalence.Difference) string {
	return fmt.Sprintf("%s: %s before, %s after (%s)", RequestLine(d.Request), Answer(d.Before), Answer(d.After), d.Dimension)
}

// RequestLine is a request as curl would be told of it.
func RequestLine(r table.Request) string {
	var hs strings.Builder
	for _, h := range r.Headers {
		fmt.Fprintf(&hs, " -H '%s: %s'", h.Name, h.Value)
	}
	return fmt.Sprintf("%s %s://%s%s%s", r.Method, r.Scheme, r.Host, r.URI, hs.String())
}

// Answer is a decision in a few words.
func Answer(d table.Decision) string {
	switch {
	case d.Location != "":
		return fmt.Sprintf("%d to %s", d.Status, d.Location)
	case d.Status != 0:
		return fmt.Sprint(d.Status)
	}
	var bs []string
	for _, b := range d.Backends {
		text := fmt.Sprintf("%s/%s:%s", b.Namespace, b.Service, b.Port)
		if b.Protocol != intent.HTTP {
			text += " " + string(b.Protocol)
		}
		if len(d.Backends) > 1 {
			text += fmt.Sprintf(" weight %d", b.Weight)
		}
		bs = append(bs, text)
	}
	slices.Sort(bs)
	return strings.Join(bs, ", ") + " " + d.UpstreamURI
}

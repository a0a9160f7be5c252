// Package report shows a conversion: as a summary for people, as a table of what the input
// is, and as a JSON document with everything. It also keeps the explanation of every rule
// that a finding may name.
package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
)

// Schema is the version of the document that JSON writes; docs/report.md describes it.
const Schema = "split-ingress.dev/report/v1alpha1"

// Options are the options of a run that change its result.
type Options struct {
	IngressClasses     []string `json:"ingressClasses"`
	Classless          bool     `json:"watchIngressWithoutClass"`
	Passthrough        bool     `json:"enableSSLPassthrough,omitempty"`
	CompleteInput      bool     `json:"completeInput"`
	ControllerConfig   string   `json:"controllerConfig,omitempty"`
	Namespace          string   `json:"namespace,omitempty"`
	Cluster            string   `json:"cluster,omitempty"` // that was read, as origins name it
	AllNamespaces      bool     `json:"allNamespaces,omitempty"`
	Selector           string   `json:"selector,omitempty"`
	Plan               string   `json:"plan,omitempty"`
	TeamLabels         []string `json:"teamLabels,omitempty"`
	TargetClass        string   `json:"targetClass"`
	Prefix             string   `json:"prefix"`
	TLS                string   `json:"tls"`
	DefaultCertificate string   `json:"defaultCertificate,omitempty"`
	RateLimitService   string   `json:"rateLimitService,omitempty"`
	TrustedHops        *int     `json:"trustedHops,omitempty"`
	Allow              []string `json:"allow,omitempty"`
	CarryDNS           bool     `json:"carryDNS"`
	HTTPSRedirect      string   `json:"httpsRedirect"`
	ProofStates        int      `json:"proofStates"`
	ProofSteps         int      `json:"proofSteps"`
	ProofCases         int      `json:"proofCases"`
	FailOn             string   `json:"failOn"`
}

// tool says what wrote the document.
type tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// plan is the ownership plan in short.
type plan struct {
	Inferred        bool   `json:"inferred"`
	RootNamespace   string `json:"rootNamespace"`
	FanoutNamespace string `json:"fanoutNamespace"`
	Teams           []team `json:"teams"`
}

type team struct {
	Name       string   `json:"name"`
	Namespaces []string `json:"namespaces"`
}

// object is one object that was written.
type object struct {
	Kind      string   `json:"kind"`
	Namespace string   `json:"namespace,omitempty"`
	Name      string   `json:"name"`
	Role      string   `json:"role"`
	Team      string   `json:"team,omitempty"`
	Hosts     []string `json:"hosts,omitempty"`
}

// platform is what differs on every host alike.
type platform struct {
	ID     string `json:"id"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// document writes one JSON object member by member, a line each, and lists an element a
// line, so that no more than one element is in memory as text.
type document struct {
	out     *bufio.Writer
	value   bytes.Buffer // the one at hand
	encoder *json.Encoder
	err     error
}

// JSON writes the whole of a result. The same result gives the same bytes.
func JSON(w io.Writer, res *convert.Result, opts Options, version string) error {
	d := &document{out: bufio.NewWriterSize(w, 1<<16)}
	d.encoder = json.NewEncoder(&d.value)
	d.encoder.SetEscapeHTML(false)
	d.text("{\n")
	d.member("schema", Schema)
	d.member("tool", tool{"split-ingress", version})
	d.member("options", opts)
	d.member("counts", Count(res))
	d.member("plan", planOf(res))
	elements(d, "platform", equivalence.Profile(), func(l equivalence.Lemma) any { return platform{l.ID, l.Before, l.After} })
	elements(d, "hosts", res.Hosts, func(h convert.Host) any { h.Edits = nil; return h })
	elements(d, "objects", objects(res), func(o object) any { return o })
	elements(d, "edits", edits(res), func(e intent.Edit) any { return newEdit(e) })
	elements(d, "findings", res.Findings, func(f ledger.Finding) any { return newFinding(f) })
	each(d, "ledger", res.Set.Ledger.Len(), func(i int) any { return newEntry(res.Set.Ledger.Entry(i)) })
	d.text("\n}\n")
	if d.err != nil {
		return d.err
	}
	return d.out.Flush()
}

func (d *document) text(s string) {
	if d.err == nil {
		_, d.err = d.out.WriteString(s)
	}
}

// json writes a value in one line, without its end.
func (d *document) json(v any) {
	d.value.Reset()
	if d.err == nil {
		d.err = d.encoder.Encode(v)
	}
	d.text(strings.TrimSuffix(d.value.String(), "\n"))
}

// member writes a member; the schema is the first.
func (d *document) member(name string, v any) {
	d.key(name)
	d.json(v)
}

func (d *document) key(name string) {
	if name != "schema" {
		d.text(",\n")
	}
	d.text(`"` + name + `": `)
}

// elements writes the elements of a member, each as show makes it.
func elements[T any](d *document, name string, all []T, show func(T) any) {
	each(d, name, len(all), func(i int) any { return show(all[i]) })
}

// each writes n elements of a member, each as show makes it.
func each(d *document, name string, n int, show func(i int) any) {
	d.key(name)
	for i := range n {
		d.text(separator(i))
		d.json(show(i))
	}
	if n == 0 {
		d.text("[")
	}
	d.text("]")
}

// separator stands before the element at i.
func separator(i int) string {
	if i == 0 {
		return "[\n"
	}
	return ",\n"
}

func planOf(res *convert.Result) plan {
	p := plan{res.Inferred, res.Plan.RootNamespace, res.Plan.FanoutNamespace, []team{}}
	for _, t := range res.Plan.Teams {
		p.Teams = append(p.Teams, team{t.Name, t.Namespaces})
	}
	return p
}

func objects(res *convert.Result) []object {
	var all []object
	for _, o := range res.Target.Objects {
		all = append(all, object{o.Kind, o.Namespace, o.Name, string(o.Role), o.Team, o.Hosts})
	}
	return all
}

// edits are those of all hosts, which are in order.
func edits(res *convert.Result) []intent.Edit {
	var all []intent.Edit
	for _, h := range res.Hosts {
		all = append(all, h.Edits...)
	}
	return all
}

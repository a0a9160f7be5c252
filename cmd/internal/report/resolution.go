package report

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// ResolutionSchema is the version of a resolution's JSON form.
const ResolutionSchema = "split-ingress.dev/resolution/v1alpha1"

// The verdicts on a request.
const (
	Equal     = "equal"     // modulo the platform profile
	Edited    = "edited"    // different, as an edit of the conversion says
	Different = "different" // and nothing explains it
)

// Resolution is what answers a request on both sides.
type Resolution struct {
	Request   table.Request
	Before    *table.Decision // nil: there is no Ingress in the input
	After     *table.Decision // nil: nothing was written for the host
	Withheld  string          // why not
	Verdict   string          // empty where there are not two sides
	Dimension string          // in which they differ
	From, To  string          // what they are in it, where the answers do not show it
	Reason    string          // the edit's
	Lemmas    []string        // of the profile, about a request outside of the proof's domain
}

// Compared notes the verdict.
func (r *Resolution) Compared(d equivalence.Difference, differs bool) {
	if !differs {
		r.Verdict = Equal
		return
	}
	r.From, r.To = detail(d.Before, d.Dimension), detail(d.After, d.Dimension)
	switch {
	case d.Edit != nil:
		r.Verdict, r.Dimension, r.Reason = Edited, string(d.Edit.Dimension), d.Edit.Reason
		if keys := keysOf(*d.Edit); len(keys) > 0 {
			r.Reason = strings.Join(keys, ", ") + ": " + r.Reason
		}
	default:
		r.Verdict, r.Dimension = Different, string(d.Dimension)
	}
}

// Text writes a resolution for people.
func (r Resolution) Text(w io.Writer) error {
	p := &printer{Writer: bufio.NewWriter(w), Style: NewStyle(w)}
	p.line("%s %s %s://%s%s%s", p.Heading("request:"), r.Request.Method, r.Request.Scheme, r.Request.Host, r.Request.URI, headersText(r.Request.Headers))
	p.side("before: Ingresses", r.Request, r.Before, "there is no Ingress in the input")
	p.side("after: HTTPProxies", r.Request, r.After, "nothing is written for this host: "+r.Withheld)
	if r.withoutTLS() {
		p.line("  %s", p.warn.Render("tls       none: the host has no certificate, and https to it fails before any route is asked"))
	}
	switch r.Verdict {
	case Equal:
		p.line("\n%s, modulo the platform profile (explain platform/contour)", p.good.Render(Equal))
	case Edited:
		p.line("\n%s in %s, as the conversion says: %s", p.warn.Render(Different), r.Dimension, r.Reason)
	case Different:
		if len(r.Lemmas) > 0 {
			p.line("\n%s in %s, as the platform profile has it: %s (explain platform/contour)", p.warn.Render(Different), r.Dimension, strings.Join(r.Lemmas, ", "))
			break
		}
		p.line("\n%s in %s, and nothing explains it", p.bad.Render(Different), r.Dimension)
	}
	if r.From != r.To {
		p.line("  before  %s\n  after   %s", cmp.Or(r.From, "nothing"), cmp.Or(r.To, "nothing"))
	}
	return p.Flush()
}

// withoutTLS says whether the request comes over https to a host that has none after.
func (r Resolution) withoutTLS() bool {
	return r.Request.Scheme == "https" && r.After != nil && r.After.Host != nil && r.After.Host.TLS == nil
}

// relay is where a request goes by TLS that is relayed, whatever a table decides; else nil.
func relay(q table.Request, d *table.Decision) *intent.Backend {
	if q.Scheme != "https" || d.Host == nil || d.Host.TLS == nil {
		return nil
	}
	return d.Host.TLS.Passthrough
}

func headersText(hs []table.Header) string {
	var b strings.Builder
	for _, h := range hs {
		fmt.Fprintf(&b, " -H '%s: %s'", h.Name, h.Value)
	}
	return b.String()
}

func (p *printer) side(title string, q table.Request, d *table.Decision, without string) {
	p.line("\n%s", p.Heading(title))
	if d == nil {
		p.line("  %s", without)
		return
	}
	if to := relay(q, d); to != nil {
		p.line("  answer    the application's: TLS is relayed to %s/%s:%s\n  host      %s", to.Namespace, to.Service, to.Port, d.Host.Name)
		return
	}
	for l := range strings.Lines(d.String()) {
		p.line("  %s", strings.TrimRight(l, "\n"))
	}
}

// resolution is the JSON form.
type resolution struct {
	Schema    string    `json:"schema"`
	Request   request   `json:"request"`
	Before    *decision `json:"before"`
	After     *decision `json:"after"`
	NoTLS     bool      `json:"noTLS,omitempty"` // https fails after: the host has no certificate
	Withheld  string    `json:"withheld,omitempty"`
	Verdict   string    `json:"verdict,omitempty"`
	Dimension string    `json:"dimension,omitempty"`
	From      string    `json:"from,omitempty"` // what they are in the dimension, where the answers do not show it
	To        string    `json:"to,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Lemmas    []string  `json:"lemmas,omitempty"` // of the platform profile, about such requests
}

type request struct {
	Method  string   `json:"method"`
	Scheme  string   `json:"scheme"`
	Host    string   `json:"host"`
	URI     string   `json:"uri"`
	Headers []header `json:"headers,omitempty"`
}

type header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type decision struct {
	Host            string    `json:"host"`            // the model's; "" is the default host, or none
	Match           string    `json:"match,omitempty"` // the route's path
	Status          int       `json:"status"`          // 0: forwarded
	Location        string    `json:"location,omitempty"`
	Backends        []backend `json:"backends,omitempty"`
	UpstreamURI     string    `json:"upstreamURI,omitempty"`
	UpstreamHost    string    `json:"upstreamHost,omitempty"`
	RequestHeaders  []header  `json:"requestHeaders,omitempty"`
	ResponseHeaders []header  `json:"responseHeaders,omitempty"`
	Blocked         string    `json:"blocked,omitempty"`
	Relayed         *backend  `json:"relayed,omitempty"` // TLS goes there undecrypted: nothing else is said then
	Origins         []origin  `json:"origins,omitempty"`
}

type backend struct {
	Namespace string `json:"namespace"`
	Service   string `json:"service"`
	Port      string `json:"port"`
	Weight    int    `json:"weight"`
}

// JSON writes a resolution for programs.
func (r Resolution) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(resolution{
		Schema:  ResolutionSchema,
		Request: newRequest(r.Request),
		Before:  newDecision(r.Request, r.Before), After: newDecision(r.Request, r.After),
		NoTLS: r.withoutTLS(), Withheld: r.Withheld, Verdict: r.Verdict, Dimension: r.Dimension, From: r.From, To: r.To, Reason: r.Reason, Lemmas: r.Lemmas,
	})
}

func newRequest(q table.Request) request {
	return request{q.Method, q.Scheme, q.Host, cmp.Or(q.URI, "/"), headers(q.Headers)}
}

func headers(hs []table.Header) []header {
	var out []header
	for _, h := range hs {
		out = append(out, header{h.Name, h.Value})
	}
	return out
}

func newDecision(q table.Request, d *table.Decision) *decision {
	if d == nil {
		return nil
	}
	if to := relay(q, d); to != nil {
		return &decision{Host: d.Host.Name, Relayed: &backend{to.Namespace, to.Service, to.Port, to.Weight}}
	}
	out := &decision{
		Status: d.Status, Location: d.Location, UpstreamURI: d.UpstreamURI, UpstreamHost: d.UpstreamHost,
		RequestHeaders: headers(d.RequestHeaders), ResponseHeaders: headers(d.ResponseHeaders), Backends: backends(d.Backends),
	}
	if d.Host != nil {
		out.Host = d.Host.Name
	}
	if d.Route != nil {
		out.Match, out.Origins = d.Route.Match.Path.String(), origins(d.Route.Origins)
		if d.Route.Respond != nil {
			out.Blocked = d.Route.Respond.Blocked
		}
	}
	return out
}

func backends(bs []intent.Backend) []backend {
	var out []backend
	for _, b := range bs {
		out = append(out, backend{b.Namespace, b.Service, b.Port, b.Weight})
	}
	return out
}

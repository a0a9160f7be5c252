package report

import (
	"bufio"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/cmd/internal/verify"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// VerificationSchema is the version of a verification's JSON form.
const VerificationSchema = "split-ingress.dev/verification/v1alpha1"

// Verification writes a comparison for people: what was read, each host that is not equal
// with its differences, and the numbers.
func Verification(w io.Writer, res *verify.Result) error {
	p := &printer{Writer: bufio.NewWriter(w), Style: NewStyle(w)}
	p.reading("before", res.Before)
	p.reading("after", res.After)
	var c verified
	for _, h := range res.Hosts {
		c.add(h)
		if h.Verdict != convert.Equal {
			p.host(h)
		}
	}
	p.line("")
	p.row("proof", "proved equal: %s, %s; %s; %d not proved", Number(c.Equal, "host"), Number(c.Routes, "route"), Number(c.Differences, "difference"), c.NotProved)
	if res.Before.Controller != res.After.Controller {
		p.row("platform", "%s left out: explain platform/contour", Number(len(equivalence.Profile()), "platform difference"))
	}
	return p.Flush()
}

func (p *printer) reading(side string, r verify.Reading) {
	p.row(side, "%s: %s, %s, %s", r.Controller, Number(r.Ingresses, "Ingress"), Number(r.Proxies, "HTTPProxy"), Number(len(r.Model.Hosts), "host"))
	if len(r.Unread) > 0 {
		more := ""
		if len(r.Unread) > maxExamples {
			more = ", ..."
		}
		p.row("", "%s", p.warn.Render(Number(len(r.Unread), "object")+" not read by it: "+strings.Join(r.Unread[:min(len(r.Unread), maxExamples)], ", ")+more))
	}
	for _, problem := range r.Problems {
		p.row("", "%s", p.bad.Render(problem.Object+": "+problem.Reason+": "+problem.Message))
	}
}

// host shows what of a host is different or not proved.
func (p *printer) host(h verify.Host) {
	word := p.bad.Render("different")
	if h.Verdict == convert.NotProved {
		word = p.warn.Render("not proved")
	}
	p.line("\n%s %s", p.Heading(hostLabel(h.Name)), word)
	for _, why := range h.Why {
		p.line("  not proved: %s", why)
	}
	for _, d := range h.Differences {
		p.line("  %s  %s", d.Dimension, convert.RequestLine(d.Request))
		p.line("    before  %s", answerLine(d.Before, d.Dimension, d.Exposes))
		p.line("    after   %s", answerLine(d.After, d.Dimension, ""))
	}
}

func hostLabel(name string) string {
	if name == "" {
		return "(any other host)"
	}
	return name
}

// answerLine is a decision in one line, with the place that it comes from.
func answerLine(d table.Decision, dim intent.Dimension, guard string) string {
	text := convert.Answer(d) + detail(d, dim)
	if guard != "" {
		text += ", behind " + guard
	}
	if d.Route != nil {
		for _, o := range d.Route.Origins {
			if o.Known() {
				return text + "  (" + o.String() + ")"
			}
		}
	}
	return text
}

// detail is what a decision is in one dimension, where its answer does not show that.
func detail(d table.Decision, dim intent.Dimension) string {
	var parts []string
	switch {
	case dim == intent.Connection && d.Route != nil && d.Route.Forward != nil:
		f := d.Route.Forward
		parts = append(parts, "websockets "+map[bool]string{true: "on", false: "off"}[f.Websocket], "idle "+timeout(f.Timeouts.Idle), "response "+timeout(f.Timeouts.Response))
	case dim == intent.Header:
		parts = append(parts, "Host "+d.UpstreamHost)
		for _, h := range slices.Concat(d.RequestHeaders, d.ResponseHeaders) {
			parts = append(parts, h.Name+": "+h.Value)
		}
		for _, name := range slices.Concat(d.RequestRemoved, d.ResponseRemoved) {
			parts = append(parts, "without "+name)
		}
	case dim == intent.Feature && d.Route != nil:
		for _, o := range d.Route.Opaque {
			parts = append(parts, o.Key+" "+o.Reason)
		}
	case dim == intent.Certificate:
		if d.Host == nil || d.Host.TLS == nil {
			return ", no https"
		}
		parts = append(parts, "secret "+d.Host.TLS.Secret)
	}
	if parts == nil {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}

// timeout is a number of milliseconds for people.
func timeout(ms int) string {
	switch {
	case ms == 0:
		return "as the data plane has it"
	case ms < 0:
		return "infinite"
	}
	return (time.Duration(ms) * time.Millisecond).String()
}

// verified are the numbers of a comparison.
type verified struct {
	Hosts       int `json:"hosts"`
	Equal       int `json:"equal"`
	Different   int `json:"different"`
	NotProved   int `json:"notProved"`
	Routes      int `json:"routes"` // of the hosts that are equal
	Differences int `json:"differences"`
}

func (c *verified) add(h verify.Host) {
	c.Hosts++
	c.Differences += len(h.Differences)
	switch h.Verdict {
	case convert.Equal:
		c.Equal++
		c.Routes += h.Routes
	case convert.NotProved:
		c.NotProved++
	default:
		c.Different++
	}
}

// verification is the JSON form.
type verification struct {
	Schema  string          `json:"schema"`
	Verdict convert.Verdict `json:"verdict"`
	Counts  verified        `json:"counts"`
	Before  reading         `json:"before"`
	After   reading         `json:"after"`
	Hosts   []verifiedHost  `json:"hosts"`
}

type reading struct {
	Controller  verify.Controller `json:"controller"`
	Ingresses   int               `json:"ingresses"`
	HTTPProxies int               `json:"httpProxies"`
	Unread      []string          `json:"unread,omitempty"`
	Problems    []problem         `json:"problems,omitempty"`
}

type problem struct {
	Object  string `json:"object"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

type verifiedHost struct {
	Host        string           `json:"host"`
	Verdict     convert.Verdict  `json:"verdict"`
	Why         []string         `json:"why,omitempty"`
	Routes      int              `json:"routes"`
	Work        equivalence.Work `json:"work"`
	Sampled     int              `json:"sampled,omitempty"`
	Differences []difference     `json:"differences,omitempty"`
}

type difference struct {
	Dimension string    `json:"dimension"`
	Cases     int       `json:"cases"`
	Guard     string    `json:"guard,omitempty"`
	Request   request   `json:"request"`
	Before    *decision `json:"before"`
	After     *decision `json:"after"`
}

// VerificationJSON writes a comparison for programs.
func VerificationJSON(w io.Writer, res *verify.Result) error {
	v := verification{Schema: VerificationSchema, Verdict: res.Verdict(), Before: newReading(res.Before), After: newReading(res.After), Hosts: []verifiedHost{}}
	for _, h := range res.Hosts {
		v.Counts.add(h)
		out := verifiedHost{Host: h.Name, Verdict: h.Verdict, Why: h.Why, Routes: h.Routes, Work: h.Work, Sampled: h.Sampled}
		for _, d := range h.Differences {
			out.Differences = append(out.Differences, difference{string(d.Dimension), d.Count, d.Exposes, newRequest(d.Request), newDecision(&d.Before), newDecision(&d.After)})
		}
		v.Hosts = append(v.Hosts, out)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func newReading(r verify.Reading) reading {
	out := reading{Controller: r.Controller, Ingresses: r.Ingresses, HTTPProxies: r.Proxies, Unread: r.Unread}
	for _, p := range r.Problems {
		out.Problems = append(out.Problems, problem(p))
	}
	return out
}

package report

import (
	"bufio"
	"io"
	"strings"

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
	p.places = [2]map[string]string{res.Before.Places, res.After.Places}
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
	for _, g := range alike(h.Differences) {
		d := g.first
		p.line("  %s  %s", d.Dimension, convert.RequestLine(d.Request))
		p.line("    before  %s", p.answer(d.Before, d.Dimension, d.Exposes, p.places[0]))
		p.line("    after   %s", p.answer(d.After, d.Dimension, "", p.places[1]))
		if len(g.more) > 0 {
			p.line("    and so for %s more: %s%s", Number(len(g.more), "request"), strings.Join(g.more[:min(len(g.more), maxExamples)], ", "), dots(len(g.more) > maxExamples))
		}
	}
}

func dots(more bool) string {
	if more {
		return ", ..."
	}
	return ""
}

// alikes are differences of one host in the same thing, from the same to the same.
type alikes struct {
	first equivalence.Difference
	more  []string // further requests
}

// alike groups differences; those that only their answer tells stay alone.
func alike(all []equivalence.Difference) []alikes {
	var out []alikes
	at := map[string]int{}
	for _, d := range all {
		from, to := detail(d.Before, d.Dimension), detail(d.After, d.Dimension)
		key := string(d.Dimension) + "\n" + from + "\n" + to + "\n" + d.Exposes
		if i, known := at[key]; known && from+to != "" {
			out[i].more = append(out[i].more, d.Request.URI)
			continue
		}
		at[key] = len(out)
		out = append(out, alikes{first: d})
	}
	return out
}

func hostLabel(name string) string {
	if name == "" {
		return "(any other host)"
	}
	return name
}

// answer is a decision in one line, with what it is in the dimension that differs and the
// place that it comes from.
func (p *printer) answer(d table.Decision, dim intent.Dimension, guard string, places map[string]string) string {
	parts := []string{}
	if d.Route != nil || d.Status != 0 {
		parts = append(parts, convert.Answer(d))
	}
	if text := detail(d, dim); text != "" {
		parts = append(parts, text)
	}
	if guard != "" {
		parts = append(parts, "behind "+guard)
	}
	return strings.Join(parts, ", ") + p.faint.Render(place(d, places))
}

// place is where a decision comes from: an object with file and line.
func place(d table.Decision, places map[string]string) string {
	if d.Route == nil {
		return ""
	}
	for _, o := range d.Route.Origins {
		switch {
		case !o.Known():
		case o.File == "" && places[o.Object] != "":
			return "  (" + places[o.Object] + ": " + o.String() + ")"
		default:
			return "  (" + o.String() + ")"
		}
	}
	return ""
}

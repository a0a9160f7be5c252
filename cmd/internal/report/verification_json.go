package report

import (
	"encoding/json"
	"io"

	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/cmd/internal/verify"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
)

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
	From      string    `json:"from,omitempty"` // what differs, where the answers do not show it
	To        string    `json:"to,omitempty"`
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
			out.Differences = append(out.Differences, difference{string(d.Dimension), d.Count, d.Exposes, detail(d.Before, d.Dimension), detail(d.After, d.Dimension), newRequest(d.Request), newDecision(d.Request, &d.Before), newDecision(d.Request, &d.After)})
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

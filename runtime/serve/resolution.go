package serve

import (
	"fmt"
	"strings"

	"github.com/split-ingress/split-ingress/runtime/table"
)

// resolutionForm is a Resolution as JSON. Status is 0 for a forwarded request.
type resolutionForm struct {
	Request struct {
		Method  string   `json:"method"`
		Scheme  string   `json:"scheme"`
		Host    string   `json:"host"`
		URI     string   `json:"uri"`
		Headers []string `json:"headers,omitempty"`
	} `json:"request"`
	Note            string        `json:"note,omitempty"`
	Host            string        `json:"host"` // of the table
	Plane           string        `json:"plane,omitempty"`
	Route           string        `json:"route,omitempty"`
	Team            string        `json:"team,omitempty"`
	Status          int           `json:"status"`
	Location        string        `json:"location,omitempty"`
	Backends        []backendForm `json:"backends,omitempty"`
	UpstreamURI     string        `json:"upstreamURI,omitempty"`
	UpstreamHost    string        `json:"upstreamHost,omitempty"`
	RequestHeaders  []string      `json:"requestHeaders,omitempty"`
	RequestRemoved  []string      `json:"requestRemoved,omitempty"`
	ResponseHeaders []string      `json:"responseHeaders,omitempty"`
	ResponseRemoved []string      `json:"responseRemoved,omitempty"`
	Origins         []string      `json:"origins,omitempty"`
}

type backendForm struct {
	Namespace  string `json:"namespace"`
	Service    string `json:"service"`
	Port       string `json:"port"`
	Weight     int    `json:"weight"`
	Unresolved string `json:"unresolved,omitempty"`
}

func (x Resolution) form() resolutionForm {
	d := x.Decision
	f := resolutionForm{
		Note: x.Note, Plane: x.Plane, Route: x.Route, Team: x.Team,
		Status: d.Status, Location: d.Location, UpstreamURI: d.UpstreamURI, UpstreamHost: d.UpstreamHost,
		RequestHeaders: lines(d.RequestHeaders), RequestRemoved: d.RequestRemoved,
		ResponseHeaders: lines(d.ResponseHeaders), ResponseRemoved: d.ResponseRemoved,
	}
	f.Request.Method, f.Request.Scheme, f.Request.Host, f.Request.URI = x.Request.Method, x.Request.Scheme, x.Request.Host, x.Request.URI
	f.Request.Headers = lines(x.Request.Headers)
	if d.Host != nil {
		f.Host = d.Host.Name
	}
	for _, b := range d.Backends {
		f.Backends = append(f.Backends, backendForm{b.Namespace, b.Service, b.Port, b.Weight, b.Unresolved})
	}
	if d.Route != nil {
		for _, o := range d.Route.Origins {
			f.Origins = append(f.Origins, o.String())
		}
	}
	return f
}

// text is a resolution for people.
func (x Resolution) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s://%s%s", x.Request.Method, x.Request.Scheme, x.Request.Host, x.Request.URI)
	for _, h := range lines(x.Request.Headers) {
		fmt.Fprintf(&b, " -H '%s'", h)
	}
	b.WriteString("\n\n")
	for _, l := range []struct{ what, text string }{{"note", x.Note}, {"plane", x.Plane}, {"id", x.Route}, {"team", x.Team}} {
		if l.text != "" {
			fmt.Fprintf(&b, "%-9s %s\n", l.what, l.text)
		}
	}
	b.WriteString(x.Decision.String())
	return b.String()
}

func lines(hs []table.Header) (all []string) {
	for _, h := range hs {
		all = append(all, h.Name+": "+h.Value)
	}
	return all
}

package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

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
	case dim == intent.Feature:
		parts = features(d)
	case dim == intent.Certificate:
		parts = append(parts, certificate(d))
	case slices.Contains(intent.Parts(), dim):
		parts = append(parts, part(d, dim))
	}
	return strings.Join(parts, ", ")
}

// part is what a route does in one part, in the words of the model's printed form.
func part(d table.Decision, dim intent.Dimension) string {
	if d.Route == nil || !d.Route.Has(dim) {
		return "nothing about " + string(dim)
	}
	text := d.Route.Text(dim)
	if !strings.HasPrefix(text, string(dim)) {
		text = string(dim) + ": " + text
	}
	return text
}

// features are what of a route is only known by its text.
func features(d table.Decision) []string {
	if d.Route == nil {
		return nil
	}
	var parts []string
	for _, o := range d.Route.Opaque {
		text := o.Key
		if len(o.Value) <= maxValue {
			text += " " + o.Value
		}
		parts = append(parts, text)
	}
	if parts == nil {
		parts = append(parts, "none")
	}
	return parts
}

// maxValue is how long a policy may be to be shown.
const maxValue = 120

func certificate(d table.Decision) string {
	if d.Host == nil || d.Host.TLS == nil {
		return "no https"
	}
	t := d.Host.TLS
	if p := t.Passthrough; p != nil {
		return "passthrough to " + p.Namespace + "/" + p.Service + ":" + p.Port
	}
	return "Secret " + t.Secret + ", from TLS " + cmp.Or(t.MinVersion, "1.2")
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

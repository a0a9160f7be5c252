package equivalence

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/runtime/table"
)

// answered are the headers that are set on the answer of a route's backend: those of backends'
// answers, and those that the route puts on every answer. Values of the latter that depend on
// the request stand for themselves.
func answered(d table.Decision) []table.Header {
	if d.Status != 0 || d.Route == nil || len(d.Route.Response) == 0 {
		return d.ResponseHeaders
	}
	out := slices.Clone(d.ResponseHeaders)
	for _, c := range d.Route.Response {
		if !c.Add {
			out = slices.DeleteFunc(out, func(h table.Header) bool { return strings.EqualFold(h.Name, c.Name) })
		}
		if !c.Remove {
			value, constant := c.Value.Constant()
			if !constant {
				value = string(c.Value)
			}
			out = append(out, table.Header{Name: c.Name, Value: value, Add: c.Add})
		}
	}
	return out
}

// removed are the headers that are taken away from it.
func removed(d table.Decision) []string {
	if d.Status != 0 || d.Route == nil || len(d.Route.Response) == 0 {
		return d.ResponseRemoved
	}
	out := slices.Clone(d.ResponseRemoved)
	for _, c := range d.Route.Response {
		if c.Remove {
			out = append(out, c.Name)
		}
	}
	return out
}

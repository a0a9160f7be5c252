package equivalence

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/automaton"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// walk goes through everything that a request with the paths of one end can be, as far as
// the routes of any side ask for it, and hands each case on.
type walk struct {
	*question
	end        automaton.End
	candidates [][]*sideRoute // by side: routes whose path condition holds, in order
	chosen     []int          // by variable: index of its value, or -1
	picked     []*sideRoute   // by side: the route that answers; nil: none
	needs      func(*walk) int
	leaf       func(*walk)
	left       int    // cases that may still be looked at
	why        string // it has to be given up
	unsure     string // why some case is not known to be equal; the others are still looked at
}

// verdict is what a candidate's conditions come to before all variables are chosen.
type verdict uint8

const (
	no verdict = iota
	yes
	open
)

// at starts a walk over one end of the automaton.
func (w *walk) at(e automaton.End) {
	w.end = e
	if w.targets {
		w.variables[1].values = w.variables[1].values[:1] // none
		for _, b := range e.Behind {
			w.variables[1].values = append(w.variables[1].values, value{text: b.Text, present: true})
		}
		if e.Cut {
			w.why = "conditions on :path tell too many queries apart"
		}
	}
	for i := range w.sides {
		w.candidates[i] = w.candidates[i][:0]
		for j := range w.sides[i].routes {
			r := &w.sides[i].routes[j]
			if !e.Holds.Has(r.path) {
				continue
			}
			w.candidates[i] = append(w.candidates[i], r)
			if len(r.atoms)+len(r.targets) == 0 {
				break // answers whatever is left
			}
		}
	}
	w.decide()
}

// decide chooses values for the next variable that some side asks for, or hands the case on.
func (w *walk) decide() {
	if w.why != "" {
		return
	}
	for i := range w.sides {
		r, ask := w.first(i)
		if ask >= 0 {
			w.branch(ask)
			return
		}
		w.picked[i] = r
	}
	if ask := w.needs(w); ask >= 0 {
		w.branch(ask)
		return
	}
	if w.left--; w.left < 0 {
		w.why = "paths, headers and the like make more cases than --proof-cases lets through"
		return
	}
	w.leaf(w)
}

// first is the first route of a side whose conditions hold, or the variable that has to be
// chosen to know; ask is -1 if none has.
func (w *walk) first(side int) (r *sideRoute, ask int) {
	for _, r := range w.candidates[side] {
		switch v, ask := w.holds(r); v {
		case yes:
			return r, -1
		case open:
			return nil, ask
		}
	}
	return nil, -1
}

func (w *walk) holds(r *sideRoute) (verdict, int) {
	ask := -1
	for _, a := range r.atoms {
		c := w.chosen[a.variable]
		switch {
		case c < 0:
			ask = a.variable
		case !w.variables[a.variable].values[c].truth[a.cond]:
			return no, -1
		}
	}
	for i := range r.targets {
		if w.chosen[1] < 0 {
			ask = 1
			continue
		}
		if !r.targets[i].holds(w.end, w.chosen[1]-1) {
			return no, -1
		}
	}
	if ask >= 0 {
		return open, ask
	}
	return yes, -1
}

// branch goes on with each value of a variable that fits the others.
func (w *walk) branch(variable int) {
	for i := range w.variables[variable].values {
		w.chosen[variable] = i
		if w.fits() {
			w.decide()
		}
	}
	w.chosen[variable] = -1
}

// fits says whether the values can stand in one request: an argument makes a query.
func (w *walk) fits() bool {
	if w.chosen[1] < 0 || w.queried() {
		return true
	}
	for i, v := range w.variables {
		if c := w.chosen[i]; v.kind == ofArgument && c >= 0 && v.values[c].present {
			return false
		}
	}
	return true
}

// request is one request of the case.
func (w *walk) request() table.Request {
	r := table.Request{Scheme: "http", Host: w.host, Method: "GET", URI: w.end.Text}
	query, cookies := "", ""
	for i, v := range w.variables {
		c := w.chosen[i]
		if c < 0 || !v.values[c].present {
			continue
		}
		switch text := v.values[c].text; v.kind {
		case ofScheme:
			r.Scheme = text
		case ofMethod:
			r.Method = text
		case ofHeader:
			r.Headers = append(r.Headers, table.Header{Name: v.name, Value: text})
		case ofArgument:
			query += "&" + v.name + "=" + text
		case ofCookie:
			cookies += "; " + v.name + "=" + text
		}
	}
	if cookies != "" {
		r.Headers = append(r.Headers, table.Header{Name: "Cookie", Value: cookies[2:]})
	}
	if query == "" && w.queried() {
		query = "&" + w.variables[1].values[w.chosen[1]].text
	}
	if query != "" {
		r.URI += "?" + query[1:]
	}
	return r
}

// secure says whether a case is about https.
func (w *walk) secure() bool {
	c := w.chosen[0]
	return c >= 0 && w.variables[0].values[c].text == "https"
}

// queried says whether a case is about requests with a query.
func (w *walk) queried() bool {
	c := w.chosen[1]
	return c >= 0 && w.variables[1].values[c].present
}

// redirecting says whether an answer of the case depends on the query.
func (w *walk) redirecting() bool {
	return slices.ContainsFunc(w.picked, func(r *sideRoute) bool {
		return r != nil && (r.Redirect != nil || r.HTTPS != nil && !w.secure() || r.Forward != nil && templated(r.Forward))
	})
}

// templated says whether a route sets headers to parts of the request.
func templated(f *intent.Forward) bool {
	variable := func(h intent.HeaderChange) bool { _, constant := h.Value.Constant(); return !constant }
	_, constant := f.Host.Constant()
	return !constant || slices.ContainsFunc(f.Request, variable) || slices.ContainsFunc(f.Response, variable)
}

// at is the route's place in its host, -1 for none.
func (r *sideRoute) at() int {
	if r == nil {
		return -1
	}
	return r.index
}

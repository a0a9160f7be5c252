package lint

import (
	"fmt"
	"slices"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/render/guard"
)

// place is one way by which an object is included.
type place struct {
	conditions []contour.MatchCondition // of all includes on the way
	mounts     []*guard.Mount           // that the plan has for objects on the way, the object's own last
}

// most bounds the places of one object.
const most = 100

// walk goes from the roots down all includes, and notes the places of each object; from all that
// nothing includes where there is no root.
func (l *linting) walk() {
	w := walker{borders: &l.borders, there: map[string]thing{}, places: map[string][]place{}, seen: map[string]bool{}, cut: map[string]bool{}}
	included, rooted := map[string]bool{}, false
	for _, o := range l.objects {
		if p := o.proxy(); p != nil {
			w.there[o.id()] = o
			rooted = rooted || p.Spec.VirtualHost != nil
			for _, in := range guard.Includes(p) {
				included[in.Namespace+"/"+in.Name] = true
			}
		}
	}
	for _, o := range l.objects {
		if p := o.proxy(); p != nil && (rooted && p.Spec.VirtualHost != nil || !rooted && !included[o.id()]) {
			w.down(o, place{}, []string{o.id()})
		}
	}
	l.places = w.places
	for _, id := range sortedKeys(w.cut) {
		l.findings = append(l.findings, ledger.Finding{
			Rule: "includes-too-many", Severity: ledger.Warning, Origin: w.there[id].origin,
			Message: fmt.Sprintf("more than %d ways lead from the roots to this object; its routes are held against the others' paths by the first of them alone", most),
			Action:  "include it less often",
		})
	}
}

// walker goes down one set of objects.
type walker struct {
	borders *guard.Borders
	there   map[string]thing
	places  map[string][]place
	seen    map[string]bool // places, in words
	cut     map[string]bool // objects with more places than those
}

// down notes the places of all that an object includes where it stands itself. Contour leaves
// out an include of what is on the way.
func (w *walker) down(o thing, at place, way []string) {
	for _, in := range guard.Includes(o.proxy()) {
		id := in.Namespace + "/" + in.Name
		target, there := w.there[id]
		if !there || in.TCP || slices.Contains(way, id) {
			continue
		}
		next := place{slices.Concat(at.conditions, in.Conditions), at.mounts}
		if m := w.borders.Mount(in.Namespace, in.Name); m != nil {
			next.mounts = append(slices.Clone(at.mounts), m)
		}
		if words := next.words(id); w.seen[words] {
			continue
		} else {
			w.seen[words] = true
		}
		if len(w.places[id]) == most {
			w.cut[id] = true
			continue
		}
		w.places[id] = append(w.places[id], next)
		w.down(target, next, append(slices.Clone(way), id))
	}
}

// words tell a place of an object from all others.
func (at place) words(id string) string {
	out := id
	for _, c := range at.conditions {
		out += fmt.Sprintf("\n%q %q %q", c.Prefix, c.Exact, c.Regex)
		if c.Header != nil {
			out += fmt.Sprintf(" %#v", *c.Header)
		}
		if c.QueryParameter != nil {
			out += fmt.Sprintf(" query %#v", *c.QueryParameter)
		}
	}
	for _, m := range at.mounts {
		out += "\n" + m.Namespace + "/" + m.Name
	}
	return out
}

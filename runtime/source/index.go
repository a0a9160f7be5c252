package source

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
)

// unit is an object at its place.
type unit struct {
	Object
	file *file
	doc  *doc
	line int // in the document, from 1
	nth  int // in the document, from 0
	kept bool
}

// before orders units by their places.
func (u *unit) before(v *unit) int {
	return cmp.Or(u.file.before(v.file), cmp.Compare(u.doc.index, v.doc.index), cmp.Compare(u.nth, v.nth))
}

// index knows who claims to be an object, and whose claim counts.
type index struct {
	claims    map[Ref][]*unit
	contested map[Ref]bool // with more than one claim
	served    map[Ref]*unit
	touched   map[Ref]bool // claimed by others than when served was made
}

func newIndex() index {
	return index{claims: map[Ref][]*unit{}, contested: map[Ref]bool{}, served: map[Ref]*unit{}, touched: map[Ref]bool{}}
}

func (x *index) add(u *unit) {
	x.touched[u.Ref] = true
	claims := append(x.claims[u.Ref], u)
	x.claims[u.Ref] = claims
	if len(claims) > 1 {
		x.contested[u.Ref] = true
	}
}

func (x *index) remove(u *unit) {
	x.touched[u.Ref] = true
	claims := slices.DeleteFunc(x.claims[u.Ref], func(v *unit) bool { return v == u })
	x.claims[u.Ref] = claims
	if len(claims) < 2 {
		delete(x.contested, u.Ref)
	}
	if len(claims) == 0 {
		delete(x.claims, u.Ref)
	}
}

// claimed says whether a file claims to have an object.
func (x *index) claimed(r Ref, f *file) bool {
	return slices.ContainsFunc(x.claims[r], func(u *unit) bool { return u.file == f })
}

// settle decides whose claims count, and returns what that changes, sorted.
func (x *index) settle() (set []Object, gone []Ref) {
	for r := range x.contested { // their documents may have changed places
		x.touched[r] = true
		slices.SortFunc(x.claims[r], (*unit).before)
	}
	for _, r := range slices.SortedFunc(maps.Keys(x.touched), Ref.compare) {
		was, claims := x.served[r], x.claims[r]
		if len(claims) == 0 {
			if was != nil {
				gone = append(gone, r)
			}
			delete(x.served, r)
			continue
		}
		now := claims[0]
		x.served[r] = now
		if was == nil || was != now && !was.same(now) {
			set = append(set, now.Object)
		} else if was != now { // what was handed out stays what it is
			now.Object = was.Object
		}
	}
	clear(x.touched)
	return set, gone
}

// same says whether two units are the same text in the same file.
func (u *unit) same(v *unit) bool {
	return u.file == v.file && bytes.Equal(u.Text, v.Text)
}

func (r Ref) compare(o Ref) int {
	return cmp.Or(cmp.Compare(r.Kind, o.Kind), cmp.Compare(r.Namespace, o.Namespace), cmp.Compare(r.Name, o.Name))
}

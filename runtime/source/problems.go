package source

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// change is the step from the last Change; news says that there is any.
func (s *Source) change() (c Change, news bool) {
	set, gone := s.index.settle()
	c = Change{Set: set, Gone: gone, Problems: s.problems()}
	news = len(set)+len(gone) > 0 || !slices.EqualFunc(c.Problems, s.told, Problem.equal)
	s.told = c.Problems
	return c, news
}

func (p Problem) equal(q Problem) bool {
	return p.Origin.Same(q.Origin) && p.Message == q.Message && slices.Equal(p.Kept, q.Kept)
}

// problems are everything that is wrong now.
func (s *Source) problems() []Problem {
	var all []Problem
	away := make([][]Ref, len(s.notes))
	for _, f := range s.files {
		all = append(all, s.problemsOf(f)...)
		for i, n := range s.notes {
			if n.keeps && s.below(f, n) {
				away[i] = append(away[i], s.servedFrom(f)...)
			}
		}
	}
	for i, n := range s.notes {
		slices.SortFunc(away[i], Ref.compare)
		all = append(all, Problem{ledger.New(ledger.Place{File: n.path}), away[i], n.what})
	}
	for r := range s.index.contested {
		all = append(all, s.contest(r)...)
	}
	slices.SortFunc(all, func(a, b Problem) int {
		return cmp.Or(a.Origin.Compare(b.Origin), cmp.Compare(a.Message, b.Message))
	})
	return all
}

// problemsOf are those of a file and its documents. Objects that are kept stand with the
// first document that can not be read.
func (s *Source) problemsOf(f *file) []Problem {
	if f.fault != "" {
		kept := s.servedFrom(f)
		slices.SortFunc(kept, Ref.compare)
		return []Problem{{ledger.New(ledger.Place{File: f.path}), kept, f.fault}}
	}
	var all []Problem
	kept := s.counting(f.kept)
	for _, d := range f.docs {
		for _, n := range d.notes {
			p := Problem{Message: n.message, Origin: ledger.New(ledger.Place{
				File: f.path, Doc: d.index, Line: d.lineOf(n.line), Object: n.object, Key: n.key,
			})}
			if d.broken {
				p.Kept, kept = kept, nil
			}
			all = append(all, p)
		}
	}
	return all
}

// counting are the objects whose claims count, sorted.
func (s *Source) counting(units []*unit) []Ref {
	var refs []Ref
	for _, u := range units {
		if s.index.served[u.Ref] == u {
			refs = append(refs, u.Ref)
		}
	}
	slices.SortFunc(refs, Ref.compare)
	return refs
}

// servedFrom are the objects that are served from a file.
func (s *Source) servedFrom(f *file) []Ref {
	refs := s.counting(f.kept)
	for _, d := range f.docs {
		refs = append(refs, s.counting(d.units)...)
	}
	return refs
}

// contest tells of the claims to an object that do not count.
func (s *Source) contest(r Ref) (all []Problem) {
	claims := s.index.claims[r]
	first := claims[0]
	for _, u := range claims[1:] {
		all = append(all, Problem{
			Origin: ledger.New(ledger.Place{File: u.file.path, Doc: u.doc.index, Line: u.doc.lineOf(u.line), Object: r.String()}),
			Message: fmt.Sprintf("it stands in %s:%d, too, and that one is served, because it comes first; remove one of them",
				first.file.path, first.doc.lineOf(first.line)),
		})
	}
	return all
}

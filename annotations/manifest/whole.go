package manifest

// Ref names objects of a kind: one, or with an empty Name all of a namespace, or with an
// empty Namespace, too, all there are.
type Ref struct{ Kind, Namespace, Name string }

// String is the kind with the name as origins have it.
func (r Ref) String() string { return ident{r.Kind, r.Namespace, r.Name}.String() }

// Missing says whether an object that is not in the set is known not to exist: whoever
// filled the set has asked for it, or for all of its kind, and got an answer (Set.Whole).
// Of a set from files nothing is known to be missing.
func (s *Set) Missing(kind, namespace, name string) bool {
	return s.Whole[Ref{kind, namespace, name}] || s.Whole[Ref{kind, namespace, ""}] || s.Whole[Ref{Kind: kind}]
}

// Live says whether the set was read from a cluster.
func (s *Set) Live() bool { return s.Whole != nil }

// withoutLines takes the lines out of all places: the text that was read is nobody's file.
func (s *Set) withoutLines() {
	for _, e := range s.Ledger.Entries() {
		e.Origin.Line = 0
	}
	for _, f := range s.Findings {
		if f.Origin.Known() {
			f.Origin.Line = 0
		}
	}
}

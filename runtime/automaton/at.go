package automaton

// At is the end of one path, given as each view reads it, which need not be of the domain. The
// automaton must have been made with escapes, such that the views are told apart. What may
// follow is looked for as far as limit.Steps lets through.
func (a *Automaton) At(decoded, raw string, limit Work) End {
	x := a.begin(limit)
	texts := make([]string, len(a.matchers))
	for c, i := range a.known {
		if texts[i] = decoded; c.view == Raw {
			texts[i] = raw
		}
	}
	var all []uint32
	for i := range a.matchers {
		nodes := a.in(a.matchers[i].start)
		for _, b := range []byte(texts[i]) {
			nodes = x.read(nil, nodes, b)
		}
		all = append(all, nodes...)
	}
	e := End{Holds: x.holds(nil, all), Text: raw}
	behind, done := x.behind(all)
	e.Behind, e.Cut = behind, !done
	return e
}

package equivalence

import (
	"github.com/split-ingress/split-ingress/runtime/automaton"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// Room is memory that one proof after another uses again: many small ones take less time with
// it than without. The zero Room is empty. No two goroutines may use it at once.
type Room struct {
	alphabet *automaton.Alphabet // of paths
	paths    automaton.Automaton
	literals []literalText
	kept     kept
}

// kept are lists of a proof that are of no use behind it.
type kept struct {
	prepared    table.Prepared
	decisions   []table.Decision
	all         []Difference // of one case
	differences []Difference // by kind
	key         []byte
}

// proving begins a proof.
func (r *Room) proving(host string) *proving {
	return &proving{room: r, proof: Proof{Host: host}, seen: map[string]bool{}, found: map[foundKey]int{}, kept: kept{
		decisions: r.kept.decisions[:0], all: r.kept.all[:0], differences: r.kept.differences[:0], key: r.kept.key[:0],
	}}
}

package observe_test

import (
	"slices"
	"testing"

	"github.com/split-ingress/split-ingress/runtime/observe"
)

type names struct {
	own  string
	told *[]string
}

func (n names) Done(r *observe.Record) { *n.told = append(*n.told, n.own+" "+r.Method) }

func TestAllTellsInOrder(t *testing.T) {
	var told []string
	observe.All(names{"a", &told}, names{"b", &told}).Done(&observe.Record{Method: "GET"})
	if want := []string{"a GET", "b GET"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

func TestSlot(t *testing.T) {
	var s observe.Slot
	if s.Get() != nil {
		t.Errorf("an empty slot holds %v", s.Get())
	}
	s.Put("x")
	if got := s.Get(); got != "x" {
		t.Errorf("got %v, want x", got)
	}
	if n := testing.AllocsPerRun(100, func() { s.Get() }); n != 0 {
		t.Errorf("Get allocates %v times", n)
	}
}

func TestReasonsAreUnique(t *testing.T) {
	all := observe.Reasons()
	sorted := slices.Sorted(slices.Values(all))
	if len(slices.Compact(sorted)) != len(all) {
		t.Errorf("a reason stands twice in %q", all)
	}
}

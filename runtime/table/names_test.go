package table

import (
	"fmt"
	"maps"
	"testing"

	"pgregory.net/rapid"
)

// TestNames: after any steps there is what a map has, each state stays as it was, and so does
// the shape: names that have come and gone leave nothing behind. Some have one hash.
func TestNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, want := NewNames[int](), map[string]int{}
		n.mask = rapid.SampledFrom([]uint64{^uint64(0), 0xff, 1 << 63, 0}).Draw(t, "mask")
		names := rapid.Custom(func(t *rapid.T) string { return fmt.Sprint(rapid.IntRange(0, 40).Draw(t, "n")) })
		states, wants := []*Names[int]{n}, []map[string]int{{}}
		for i := range rapid.IntRange(1, 12).Draw(t, "steps") {
			set := map[string]int{}
			for _, name := range rapid.SliceOfN(names, 0, 20).Draw(t, "set") {
				set[name] = i
			}
			gone := rapid.SliceOfN(names, 0, 20).Draw(t, "gone")
			for _, name := range gone {
				delete(want, name)
			}
			maps.Copy(want, set)
			n = n.With(set, gone)
			states, wants = append(states, n), append(wants, maps.Clone(want))
		}
		for i, s := range states {
			if got := maps.Collect(s.All()); !maps.Equal(got, wants[i]) || s.Len() != len(got) {
				t.Fatalf("state %d: %v, %d names; want %v", i, got, s.Len(), wants[i])
			}
			for name := range 41 {
				got, found := s.Get(fmt.Sprint(name))
				if v, there := wants[i][fmt.Sprint(name)]; v != got || there != found {
					t.Fatalf("state %d, name %d: %d, %v; want %d, %v", i, name, got, found, v, there)
				}
			}
		}
		fresh := NewNames[int]()
		fresh.seed, fresh.mask = n.seed, n.mask
		if a, b := n.root.count(), fresh.With(want, nil).root.count(); a != b {
			t.Fatalf("%d branches after steps, %d at once", a, b)
		}
	})
}

func (b *branch[T]) count() (n int) {
	if b == nil {
		return 0
	}
	for i := range b.slots {
		n += b.slots[i].down.count()
	}
	return n + 1
}

// TestNamesAreShared: the next names cost no more where there are many.
func TestNamesAreShared(t *testing.T) {
	all := map[string]int{}
	for i := range 50_000 {
		all[fmt.Sprintf("site-%d.example.com", i)] = i
	}
	n, i := NewNames[int]().With(all, nil), 0
	allocs := testing.AllocsPerRun(100, func() {
		i++
		n = n.With(map[string]int{fmt.Sprintf("site-%d.example.com", i): -i}, nil)
	})
	if allocs > 20 {
		t.Errorf("%g allocations for one of 50,000 names", allocs)
	}
	if asking := testing.AllocsPerRun(100, func() { n.Get("site-77.example.com") }); asking != 0 {
		t.Errorf("asking allocates %g times", asking)
	}
}

func BenchmarkNames(b *testing.B) {
	all := map[string]int{}
	for i := range 50_000 {
		all[fmt.Sprintf("site-%d.example.com", i)] = i
	}
	n := NewNames[int]().With(all, nil)
	b.Run("get", func(b *testing.B) {
		for b.Loop() {
			n.Get("site-31234.example.com")
		}
	})
	b.Run("map", func(b *testing.B) {
		for b.Loop() {
			_ = all["site-31234.example.com"]
		}
	})
	b.Run("with", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n = n.With(map[string]int{"site-31234.example.com": 1}, nil)
		}
	})
}

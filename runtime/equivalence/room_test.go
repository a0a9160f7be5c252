package equivalence

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// threeTables are a host as it was read, and two as Envoy would serve it.
func threeTables(t *rapid.T) []*table.Table {
	var models []intent.Model
	for _, form := range []intent.PathForm{intent.Decoded, intent.Normalized, intent.Normalized} {
		routes := rapid.SliceOfN(genRoute(form), 1, 4).Draw(t, "routes")
		models = append(models, intent.Model{Paths: form, Hosts: []intent.Host{{Name: "h", Routes: routes}}})
	}
	tables, err := table.All(models...)
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

// TestRoom: a proof in a room that many others used says what it says in one of its own.
func TestRoom(t *testing.T) {
	room := new(Room)
	rapid.Check(t, func(t *rapid.T) {
		all := threeTables(t)
		got := room.ProveLowered(all[0], all[1], all[2], "h", nil, Bounds{})
		want := ProveLowered(all[0], all[1], all[2], "h", nil, Bounds{})
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("in a room:\n%+v\nalone:\n%+v", got, want)
		}
	})
}

// TestRoomWork holds what a room saves by counting it: from the second time on, proving one
// host takes less than two thirds of the allocations that it takes alone.
func TestRoomWork(t *testing.T) {
	h := intent.Host{Name: "h"}
	for _, path := range []string{"/apples", "/oranges", "/pears", "/plums"} {
		h.Routes = append(h.Routes, forward(intent.SegmentPrefix, path, to("s", 1)))
	}
	read, written := tableOf(t, h), envoyOf(t, h)
	room := new(Room)
	used := testing.AllocsPerRun(10, func() { room.ProveLowered(read, written, written, "h", nil, Bounds{}) })
	alone := testing.AllocsPerRun(10, func() { ProveLowered(read, written, written, "h", nil, Bounds{}) })
	if 3*used > 2*alone {
		t.Errorf("%.0f allocations in a room, %.0f alone", used, alone)
	}
}

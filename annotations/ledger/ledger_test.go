package ledger

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func entry(key string) Entry {
	return Entry{Origin: New(Place{File: "a.yaml", Line: 3, Object: "Ingress a/b", Key: key}), Kind: Field}
}

func TestSettle(t *testing.T) {
	var l Ledger
	e := entry("spec.x")
	l.Add(e)
	l.Settle(e.Origin, Understood, "")
	l.Settle(e.Origin, Ignored, "too late")
	if got := l.Find(e.Origin); got.Fate != Understood || got.Reason != "" {
		t.Errorf("the first fate must stay: %v %q", got.Fate, got.Reason)
	}
	l.Settle(e.Origin, Malformed, "bad value")
	if got := l.Find(e.Origin); got.Fate != Malformed || got.Reason != "bad value" {
		t.Errorf("malformed must win over understood: %v %q", got.Fate, got.Reason)
	}
	l.Settle(New(Place{File: "elsewhere"}), Ignored, "no entry of ours") // must not panic
	l.Settle(Origin{}, Ignored, "no place")
}

func TestCloseKeepsTheWorst(t *testing.T) {
	var l Ledger
	e := entry("spec.x")
	l.Add(e)
	l.Settle(e.Origin, Understood, "")
	worse := RouteResult{Host: "h", Route: "/a", Outcome: Approximated, Reason: "nearly"}
	l.Close(e.Origin, []string{"b", "c"}, RouteResult{Host: "h", Route: "/", Outcome: Exact})
	l.Close(e.Origin, []string{"a", "c"}, worse)
	l.Close(e.Origin, []string{"c"}, worse)
	l.Close(e.Origin, nil, RouteResult{Host: "h", Route: "/b", Outcome: Exact, Reason: "fine"})
	got := l.Find(e.Origin)
	if got.Outcome != Approximated || got.Reason != "nearly" || !slices.Equal(got.Where, []string{"a", "b", "c"}) || !slices.Equal(got.Routes, []RouteResult{worse}) {
		t.Errorf("%+v", *got)
	}
}

func TestCloseLeavesOtherFatesAlone(t *testing.T) {
	var l Ledger
	e := entry("spec.x")
	l.Add(e)
	l.Settle(e.Origin, Malformed, "bad value")
	l.Close(e.Origin, []string{"a"}, RouteResult{Outcome: Blocked, Reason: "r"})
	if got := l.Find(e.Origin); got.Outcome != None || got.Reason != "bad value" || len(got.Where) != 1 {
		t.Errorf("%+v", *got)
	}
}

func TestUnfinished(t *testing.T) {
	var l Ledger
	open, noOutcome, noReason, exact, ignored := entry("open"), entry("noOutcome"), entry("noReason"), entry("exact"), entry("ignored")
	l.Add(open, noOutcome, noReason, exact, ignored, entry("ignored"))
	l.Settle(noOutcome.Origin, Understood, "")
	l.Settle(noReason.Origin, Understood, "")
	l.Close(noReason.Origin, nil, RouteResult{Outcome: Blocked})
	l.Settle(exact.Origin, Understood, "")
	l.Close(exact.Origin, nil, RouteResult{Outcome: Exact})
	l.Settle(ignored.Origin, Ignored, "a reason")
	var keys []string
	for _, e := range l.Unfinished() {
		keys = append(keys, e.Key)
	}
	if want := []string{"ignored", "open", "noOutcome", "noReason", "ignored"}; !slices.Equal(keys, want) {
		t.Errorf("%v, want %v: the doubled one first, and its copy as open", keys, want)
	}
}

func TestFindTellsLedgersApart(t *testing.T) {
	var a, b Ledger
	e := entry("x")
	a.Add(e)
	if b.Find(e.Origin) != nil || a.Find(e.Origin.At("y", 4)) != nil || a.Find(entry("x").Origin) != nil {
		t.Error("an origin must find its own entry only")
	}
	for range 3 * chunkLen {
		a.Add(entry("more"))
	}
	if got := a.Find(e.Origin); got == nil || got.Key != "x" || a.Len() != 3*chunkLen+1 {
		t.Error("entries must stay where they are")
	}
}

func TestOriginText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := New(Place{
			File: rapid.String().Draw(t, "file"), Doc: rapid.Int().Draw(t, "doc"), Line: rapid.Int().Draw(t, "line"),
			Object: rapid.String().Draw(t, "object"), Key: rapid.String().Draw(t, "key"),
		})
		text, err := o.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back Origin
		if err := back.UnmarshalText(text); err != nil || !back.Same(o) {
			t.Fatalf("%q gave %v, %v", text, back, err)
		}
	})
}

func TestOriginString(t *testing.T) {
	for want, o := range map[string]Origin{
		"":                              {},
		"a.yaml:3: Ingress a/b: spec.x": entry("spec.x").Origin,
		"HTTPProxy a/b: spec.routes[0]": New(Place{Object: "HTTPProxy a/b", Key: "spec.routes[0]"}),
		"a.yaml":                        New(Place{File: "a.yaml"}),
	} {
		if got := o.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSortFindings(t *testing.T) {
	at := entry("x").Origin
	a, b := Finding{Rule: "b", Severity: Info, Origin: at}, Finding{Rule: "a", Severity: Refusal, Origin: at}
	got := SortFindings([]Finding{a, b, a})
	if len(got) != 2 || got[0].Rule != "a" || got[1].Rule != "b" {
		t.Errorf("%v", got)
	}
}

// TestEntriesStay: entries are found again, also by those who hold one while more are added.
func TestEntriesStay(t *testing.T) {
	var l Ledger
	var held []*Entry
	for i := range 3000 {
		l.Add(Entry{Origin: New(Place{Line: i}), Kind: Kind(i % 3)})
		held = append(held, l.Entry(i))
	}
	for i, e := range held {
		if l.Entry(i) != e || e.Line != i || l.Find(e.Origin) != e {
			t.Fatalf("entry %d is %v, found %v", i, e, l.Find(e.Origin))
		}
	}
}

package golden

import (
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// TestClock: by the clock of a lab a limit depends on how many lines there were, and on nothing
// else; the time of day leaves doubt about what comes within the time of a request.
func TestClock(t *testing.T) {
	l := lab(&service{name: "ns/a", replicas: 1})
	clock := l.Clock()
	s, err := newSide(l, routed(intent.Decoded, intent.Policies{Limits: &intent.Limits{PerSecond: 1}}, nil))
	if err != nil {
		t.Fatal(err)
	}
	first, let := clock(), 0
	for range 2 * time.Second / pace {
		if p := s.predict(&Request{Host: "h.t", Path: "/"}); len(p.options) != 1 {
			t.Fatalf("in doubt: %v", p.options)
		} else if p.kind == forwarded {
			let++
		}
		l.clock.tick()
	}
	if passed := clock().Sub(first); let != 2 || passed != 2*time.Second {
		t.Errorf("%d requests let in, within %v", let, passed)
	}
}

package server

import (
	"context"
	"log/slog"
	"runtime"
	"testing"
	"time"
)

// TestChangeCostsItself: what one changed route allocates, from its file to the tables, does
// not grow with the number of others.
func TestChangeCostsItself(t *testing.T) {
	for _, ingress := range []bool{false, true} {
		few, many := costOfChange(t, &estate{hosts: 200, ingress: ingress}), costOfChange(t, &estate{hosts: 2000, ingress: ingress})
		if t.Logf("Ingresses %v: %d bytes of 600 objects, %d of 6,000", ingress, few, many); many > few+few/2 {
			t.Errorf("Ingresses %v: a change of 6,000 objects allocates %d bytes, of 600 only %d", ingress, many, few)
		}
	}
}

// costOfChange is the least number of bytes that a change allocates.
func costOfChange(t *testing.T, e *estate) (least uint64) {
	e.write(t)
	p := newPipeline(input{files: []string{e.dir}, isolated: true}, reports{log: slog.New(slog.DiscardHandler)})
	if _, err := p.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	least = 1 << 40
	for value := range 10 {
		e.change(t, value+1)()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := p.take(p.files.Rescan(), time.Now())
		runtime.ReadMemStats(&after)
		e.seen(t, p, value+1)
		if r.Counts.Hosts != e.hosts || r.Counts.Routes != 3*e.hosts {
			t.Fatalf("%+v is served", r.Counts)
		}
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

package faults_test

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
)

// stormLength is how long the storm goes on: STORM as Go writes times, else three seconds.
func stormLength(t *testing.T) time.Duration {
	text := os.Getenv("STORM")
	if text == "" {
		return 3 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		t.Fatalf("STORM is %q; want a time as 3s or 1m", text)
	}
	return d
}

// perSecond is how many changes of files a storm makes.
const perSecond = 100

// changer is a kind of change that the storm makes again and again.
type changer interface {
	change() // takes the next step
	load() []load
	settled() bool // the last state was seen
}

// TestReloadStorm changes files of all kinds a hundred times a second, under load. Every
// answer must be that of a state that was valid while its request was under way, no request
// may be lost that another try saves, no connection of a client closed, and no response cut
// off. In the end nothing of it is left.
func TestReloadStorm(t *testing.T) {
	apps := [2]string{echo(t, "app-0"), echo(t, "app-1")}
	calm := echo(t, "calm")
	e := newEdge(t, map[string]string{"calm.yaml": new(objects).service("calm/calm", calm).proxy("calm/root",
		"virtualhost: {fqdn: calm.test}\nroutes: [{services: [{name: calm, port: 80}]}]").String()})
	all := []changer{
		&oneFile{edge: e, apps: apps}, &ofNginx{edge: e, apps: apps}, &inOrder{edge: e, apps: apps}, newSwapped(e, apps),
		newFlapping(e), newRotating(e, calm),
	}
	loads := []load{{url: "http://calm.test/x", clients: 2, every: pace, begin: always("200 calm /x")}}
	for _, c := range all {
		c.change()
		loads = append(loads, c.load()...)
	}
	for _, l := range loads {
		e.until(l.url, "200")
	}
	storm(e, all, loads, 300*time.Millisecond) // whatever is made once is there now
	before := e.residue()
	storm(e, all, loads, stormLength(t))
	after := e.residue()
	t.Logf("before %v, after %v", before, after)
	if after.goroutines > before.goroutines+10 { // idle connections, of which upstreams have one each
		t.Errorf("%d goroutines, %d before the storm", after.goroutines, before.goroutines)
	}
	if after.heap > before.heap+2<<20 {
		t.Errorf("%d bytes in use, %d before the storm", after.heap, before.heap)
	}
}

// storm changes files for a time under load, waits for the last state of each to be served,
// and holds what was seen against what must be.
func storm(e *edge, all []changer, loads []load, length time.Duration) {
	e.t.Helper()
	crowd := e.visited(loads...)
	streams := []*stream{e.stream("http://one.test/app/stream"), e.stream("http://nginx.test/app/stream")}
	start := time.Now()
	for n := range int(length.Seconds() * perSecond) {
		time.Sleep(time.Until(start.Add(time.Duration(n) * time.Second / perSecond)))
		all[n%len(all)].change()
	}
	for i, c := range all {
		e.await(fmt.Sprintf("the last state of changer %d is served", i), c.settled)
	}
	for _, s := range streams {
		s.end()
	}
	crowd.right()
}

// residue is what is in use while nothing goes on.
type residue struct {
	goroutines int
	heap       uint64 // bytes
}

// residue is the least that is seen within some time, since connections take a while to end.
func (e *edge) residue() residue {
	var least residue
	for i := range 20 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		now := residue{runtime.NumGoroutine(), m.HeapAlloc}
		if i == 0 {
			least = now
		}
		least = residue{min(least.goroutines, now.goroutines), min(least.heap, now.heap)}
		time.Sleep(20 * time.Millisecond)
	}
	return least
}

package serve_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/serve"
)

// total is the value of requests_total of a label set.
func total(t *testing.T, m *serve.Metrics, host, route, team, code string) string {
	t.Helper()
	return metric(t, m, fmt.Sprintf(`requests_total{code=%q,host=%q,route=%q,team=%q}`, code, host, route, team))
}

func record(host, route, team string, status int) *observe.Record {
	return &observe.Record{SiteName: host, Route: route, Team: team, Status: status, Duration: 20 * time.Millisecond}
}

func TestRequestsAreCounted(t *testing.T) {
	m := serve.NewMetrics("v1", 0)
	for _, status := range []int{200, 204, 404, 503, 101, 0, 999} {
		m.Done(record("a.test", "r1", "shop", status))
	}
	m.Done(&observe.Record{SiteName: "a.test", Route: "r1", Team: "shop", Status: 200, BytesIn: 3, BytesOut: 5, Tries: 3})
	for code, want := range map[string]string{"2xx": "3", "4xx": "1", "5xx": "1", "1xx": "1", "none": "2", "3xx": ""} {
		if got := total(t, m, "a.test", "r1", "shop", code); got != want {
			t.Errorf("%s: got %q, want %q", code, got, want)
		}
	}
	for name, want := range map[string]string{
		`request_duration_seconds_bucket{code="4xx",host="a.test",route="r1",team="shop",le="0.01"}`:  "0",
		`request_duration_seconds_bucket{code="4xx",host="a.test",route="r1",team="shop",le="0.025"}`: "1",
		"request_body_bytes_total": "3", "response_body_bytes_total": "5", "upstream_retries_total": "2",
	} {
		if got := metric(t, m, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestReasonsAreCounted(t *testing.T) {
	m := serve.NewMetrics("v1", 0)
	for _, reason := range append(observe.Reasons(), "something new") {
		m.Done(&observe.Record{Flags: reason})
	}
	for name, want := range map[string]string{
		`upstream_errors_total{kind="upstream_connect"}`: "1", `upstream_errors_total{kind="no_endpoint"}`: "1",
		`local_answers_total{reason="no_route"}`: "1", `local_answers_total{reason="other"}`: "1",
		`local_answers_total{reason="something new"}`: "",
	} {
		if got := metric(t, m, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestCardinalityIsBounded: beyond the bound everything is counted as other, and what is
// gone makes room.
func TestCardinalityIsBounded(t *testing.T) {
	m := serve.NewMetrics("v1", 3)
	for i := range 10 {
		m.Done(record(fmt.Sprintf("h%d.test", i), "r", "t", 200))
	}
	if got := total(t, m, "other", "other", "other", "2xx"); got != "7" {
		t.Errorf("other: got %q, want 7", got)
	}
	m.Done(record("h0.test", "r", "t", 500)) // a known route's new class has no room either
	if got := total(t, m, "other", "other", "other", "5xx"); got != "1" {
		t.Errorf("other: got %q, want 1", got)
	}
	if n := labelSets(m); n != 3+2 {
		t.Errorf("%d label sets, want 3 and two of other", n)
	}
	m.Retain("h1.test", nil)
	if got := total(t, m, "h1.test", "r", "t", "2xx"); got != "" {
		t.Errorf("a host that is gone has %s requests", got)
	}
	m.Done(record("new.test", "r", "t", 200))
	if got := total(t, m, "new.test", "r", "t", "2xx"); got != "1" {
		t.Errorf("got %q, want 1 in the room that was made", got)
	}
}

func labelSets(m *serve.Metrics) int {
	return strings.Count(exposed(m), "split_ingress_requests_total{")
}

func TestRetainKeepsRoutes(t *testing.T) {
	m := serve.NewMetrics("v1", 0)
	var slot observe.Slot
	old := record("a.test", "old", "t", 200)
	old.Slot = &slot
	m.Done(old)
	m.Done(record("a.test", "kept", "t", 200))
	m.Retain("a.test", func(route string) bool { return route == "kept" })
	m.Done(old) // a request that ends after its route is gone
	old.Status = 500
	m.Done(old)
	for route, want := range map[string]string{"old": "", "kept": "1"} {
		if got := total(t, m, "a.test", route, "t", "2xx"); got != want {
			t.Errorf("%s: got %q, want %q", route, got, want)
		}
	}
	if got := total(t, m, "other", "other", "other", "5xx"); got != "1" {
		t.Errorf("a late request of a new class: got %q, want 1 under other", got)
	}
}

func TestLabelsAreText(t *testing.T) {
	m := serve.NewMetrics("v1", 0)
	m.Done(record("a\xff.test", "r", "t", 200))
	if got := total(t, m, "a\uFFFD.test", "r", "t", "2xx"); got != "1" {
		t.Errorf("got %q, want 1", got)
	}
}

// TestRecordingTogether: many goroutines make, count and drop the same label sets.
func TestRecordingTogether(t *testing.T) {
	m := serve.NewMetrics("v1", 8)
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			var slots [4]observe.Slot
			for i := range 2000 {
				r := record(fmt.Sprintf("h%d", i%4), "r", "t", 100*(1+i%5))
				if g%2 == 0 {
					r.Slot = &slots[i%4]
				}
				m.Done(r)
				if i%100 == 99 {
					m.Retain(r.SiteName, nil)
				}
			}
		})
	}
	all.Wait()
	if n := labelSets(m); n > 8+5 {
		t.Errorf("%d label sets, want at most 8 and five of other", n)
	}
	for i := range 4 {
		m.Retain(fmt.Sprintf("h%d", i), nil)
	}
	if n := labelSets(m); n > 5 {
		t.Errorf("%d label sets after everything is gone, want those of other", n)
	}
	for i := range 8 {
		m.Done(record(fmt.Sprintf("new%d", i), "r", "t", 200))
		if got := total(t, m, fmt.Sprintf("new%d", i), "r", "t", "2xx"); got != "1" {
			t.Errorf("room %d was lost: got %q", i, got)
		}
	}
}

func TestReloadsAreCounted(t *testing.T) {
	m := serve.NewMetrics("v1", 0)
	m.Reloaded(serve.Reload{Counts: serve.Counts{Hosts: 1, Routes: 2, Endpoints: 3}, Findings: []ledger.Finding{{Severity: ledger.Refusal}}})
	m.Reloaded(serve.Reload{Err: errors.New("no")})
	for name, want := range map[string]string{
		"reloads_total": "2", "reload_errors_total": "1", "hosts": "1", "routes": "2", "endpoints": "3",
		`findings{severity="blocked"}`: "1", `findings{severity="info"}`: "0", "reload_duration_seconds_count": "2",
	} {
		if got := metric(t, m, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if metric(t, m, "reload_last_success_timestamp_seconds") == "0" {
		t.Error("there is no time of the last success")
	}
}

// TestRecordingDoesNotAllocate holds the way of every request.
func TestRecordingDoesNotAllocate(t *testing.T) {
	m := serve.NewMetrics("v1", 0)
	var slot observe.Slot
	for name, r := range map[string]*observe.Record{"slot": withSlot(&slot), "no slot": withSlot(nil)} {
		if n := testing.AllocsPerRun(200, func() { m.Done(r) }); n != 0 {
			t.Errorf("%s: %v allocations a request", name, n)
		}
	}
}

func withSlot(slot *observe.Slot) *observe.Record {
	r := record("a.test", "r1", "shop", 200)
	r.BytesOut, r.Slot = 100, slot
	return r
}

func BenchmarkRecord(b *testing.B) {
	m := serve.NewMetrics("v1", 0)
	var slot observe.Slot
	for name, r := range map[string]*observe.Record{"slot": withSlot(&slot), "lookup": withSlot(nil)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Done(r)
			}
		})
	}
}

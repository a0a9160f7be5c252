package serve_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/serve"
)

func full() *observe.Record {
	return &observe.Record{
		Start: time.Date(2026, 1, 2, 3, 4, 5, 6789000, time.FixedZone("x", 3600)), Duration: 12345 * time.Microsecond, Upstream: 10 * time.Millisecond,
		Method: "GET", Scheme: "https", Host: "a.test:443", URI: "/x?q=\"1\"", Proto: "HTTP/2.0", Status: 200, BytesIn: 1, BytesOut: 2,
		SiteName: "a.test", Route: "r1", Team: "shop", Endpoint: "10.0.0.1:80", Tries: 2, Peer: "192.0.2.1", RequestID: "id", Flags: observe.UpstreamReset,
	}
}

func TestAccessLine(t *testing.T) {
	for _, c := range []struct {
		record *observe.Record
		want   string
	}{
		{full(), `{"time":"2026-01-02T02:04:05.006Z","peer":"192.0.2.1","method":"GET","scheme":"https","host":"a.test:443","uri":"/x?q=\"1\"","proto":"HTTP/2.0","status":200,"duration_ms":12.345,"bytes_in":1,"bytes_out":2,"site":"a.test","route":"r1","team":"shop","endpoint":"10.0.0.1:80","upstream_ms":10,"tries":2,"flags":"upstream_reset","request_id":"id"}`},
		{&observe.Record{URI: "/\n\x00\xff\u2028\u009b[31m ü"}, `{"time":"0001-01-01T00:00:00.000Z","peer":"","method":"","scheme":"","host":"","uri":"/\u000a\u0000` + "\uFFFD" + `\u2028\u009b[31m ü","proto":"","status":0,"duration_ms":0,"bytes_in":0,"bytes_out":0}`},
	} {
		var out bytes.Buffer
		a := serve.NewAccessLog(&out, serve.AccessOptions{}, serve.NewMetrics("v0", 0))
		a.Done(c.record)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); got != c.want+"\n" {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// FuzzAccessLine: whatever a client sends, a line is one line of JSON that says it.
func FuzzAccessLine(f *testing.F) {
	f.Add("/x", "a.test")
	f.Add("\"\\\n\r\x00\x7f", "\xff\xfe\u2029\U0001F600\uFFFD")
	m := serve.NewMetrics("v0", 0)
	f.Fuzz(func(t *testing.T, uri, host string) {
		var out bytes.Buffer
		a := serve.NewAccessLog(&out, serve.AccessOptions{}, m)
		a.Done(&observe.Record{URI: uri, Host: host})
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(out.Bytes(), []byte("\n")); n != 1 {
			t.Errorf("%d lines: %q", n, out.String())
		}
		var got struct{ URI, Host string }
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("%v: %q", err, out.String())
		}
		if want := text(uri); got.URI != want {
			t.Errorf("URI %q, want %q", got.URI, want)
		}
		if want := text(host); got.Host != want {
			t.Errorf("host %q, want %q", got.Host, want)
		}
	})
}

// text has U+FFFD for each byte that is no UTF-8.
func text(s string) string { return string([]rune(s)) }

func TestAccessLogSamples(t *testing.T) {
	var out bytes.Buffer
	a := serve.NewAccessLog(&out, serve.AccessOptions{Every: 10}, serve.NewMetrics("v0", 0))
	for i := range 100 {
		r := &observe.Record{Status: 200}
		if i%20 == 3 {
			r.Status = 503
		}
		a.Done(r)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if good, bad := strings.Count(out.String(), `"status":200`), strings.Count(out.String(), `"status":503`); good != 10 || bad != 5 {
		t.Errorf("%d and %d lines, want one of ten, and each of the 5 failures", good, bad)
	}
}

// stuck is a writer that takes nothing until it is released.
type stuck struct {
	entered, release chan struct{}
	out              bytes.Buffer
}

func (s *stuck) Write(p []byte) (int, error) {
	s.entered <- struct{}{}
	<-s.release
	return s.out.Write(p)
}

// TestAccessLogDrops: a writer that is stuck makes no request wait; what finds no room is
// counted, and the rest is written at the end.
func TestAccessLogDrops(t *testing.T) {
	w := &stuck{entered: make(chan struct{}, 8), release: make(chan struct{})}
	m := serve.NewMetrics("v0", 0)
	a := serve.NewAccessLog(w, serve.AccessOptions{Buffer: 4}, m)
	a.Done(&observe.Record{URI: "/first"})
	<-w.entered
	for i := range 10 {
		a.Done(&observe.Record{URI: fmt.Sprintf("/%d", i)})
	}
	if got := metric(t, m, "access_log_dropped_total"); got != "6" {
		t.Errorf("dropped %s, want 6", got)
	}
	close(w.release)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(w.out.String(), "\n"); n != 5 || !strings.Contains(w.out.String(), `"uri":"/3"`) {
		t.Errorf("%d lines: %s", n, w.out.String())
	}
	a.Done(&observe.Record{})
	if got := metric(t, m, "access_log_dropped_total"); got != "7" {
		t.Errorf("dropped %s after the end, want 7", got)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestAccessLogTellsOfLoss(t *testing.T) {
	m := serve.NewMetrics("v0", 0)
	a := serve.NewAccessLog(broken{}, serve.AccessOptions{}, m)
	a.Done(&observe.Record{})
	if err := a.Close(); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("got %v", err)
	}
	if got := metric(t, m, "access_log_dropped_total"); got != "1" {
		t.Errorf("dropped %s, want 1", got)
	}
}

func BenchmarkAccessLine(b *testing.B) {
	a := serve.NewAccessLog(io.Discard, serve.AccessOptions{}, serve.NewMetrics("v0", 0))
	r := full()
	b.ReportAllocs()
	for b.Loop() {
		a.Done(r)
	}
	if err := a.Close(); err != nil {
		b.Fatal(err)
	}
}

// TestAccessLogWithoutQuery: the line ends at the "?", and who else is told is told all.
func TestAccessLogWithoutQuery(t *testing.T) {
	for uri, want := range map[string]string{"/a?token=1": "/a", "/a": "/a", "?": "", "*": "*", "http://h/a?b?c": "http://h/a"} {
		var out bytes.Buffer
		a := serve.NewAccessLog(&out, serve.AccessOptions{NoQuery: true}, serve.NewMetrics("v0", 0))
		r := &observe.Record{URI: uri}
		a.Done(r)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), `"uri":"`+want+`",`) || r.URI != uri {
			t.Errorf("%q: record %q, line %s", uri, r.URI, out.String())
		}
	}
}

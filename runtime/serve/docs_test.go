package serve_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/split-ingress/split-ingress/runtime/serve"
)

func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "runtime.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestMetricsAreDocumented demands that docs/runtime.md has exactly the metrics that there
// are.
func TestMetricsAreDocumented(t *testing.T) {
	_, section, _ := strings.Cut(document(t), "\n## Metrics\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var said []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\|").FindAllStringSubmatch(section, -1) {
		for _, name := range strings.Split(row[1], ", ") {
			said = append(said, strings.Trim(name, "`"))
		}
	}
	s := start(t, serve.Options{HTTP: "127.0.0.1:0", HTTPS: "127.0.0.1:0", H2C: true}, plane{HandlerFunc: proto})
	s.metrics.Done(record("a.test", "r", "t", 200))
	provoke(t, s)
	var there []string
	for _, m := range regexp.MustCompile(`(?m)^# TYPE split_ingress_(\S+)`).FindAllStringSubmatch(exposed(s.metrics), -1) {
		there = append(there, m[1])
	}
	slices.Sort(said)
	slices.Sort(there)
	if diff := cmp.Diff(there, said); diff != "" {
		t.Errorf("docs/runtime.md has other metrics than there are (-there +said):\n%s", diff)
	}
}

// provoke makes an error of HTTP/2, since a kind is a metric only when it was seen.
func provoke(t *testing.T, s *running) {
	t.Helper()
	c := dial(t, s.HTTP)
	fmt.Fprint(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01")
	eventually(t, "an error of HTTP/2 is counted", func() bool {
		return strings.Contains(exposed(s.metrics), "split_ingress_http2_errors_total{")
	})
}

// TestLimitsAreDocumented holds the table of limits against the defaults.
func TestLimitsAreDocumented(t *testing.T) {
	l := serve.Limits{}.WithDefaults()
	text := document(t)
	for _, row := range []string{
		fmt.Sprintf("| open connections | %d, ", l.Connections),
		fmt.Sprintf("| TLS handshake, and head of a request | %v |", l.HeaderTimeout),
		fmt.Sprintf("| connection between requests | %v |", l.IdleTimeout),
		fmt.Sprintf("| silence within the body of a request | %v |", l.BodyIdle),
		fmt.Sprintf("| head of a request | %d KiB |", l.HeaderBytes>>10),
		fmt.Sprintf("| client takes nothing of its response | %v |", l.WriteStall),
		fmt.Sprintf("| streams of one HTTP/2 connection | %d |", l.Streams),
		fmt.Sprintf("| unread body of one HTTP/2 stream, of one connection | %d KiB, %d KiB |", l.StreamBuffer>>10, l.ConnectionBuffer>>10),
		fmt.Sprintf("| frame of HTTP/2 | %d KiB |", l.FrameBytes>>10),
		fmt.Sprintf("| silence on an HTTP/2 connection | %v, then %v ", l.PingAfter, l.PingTimeout),
		"`--admin-address` is " + serve.DefaultAdmin + " unless",
	} {
		if !strings.Contains(text, row) {
			t.Errorf("docs/runtime.md does not say %q", row)
		}
	}
}

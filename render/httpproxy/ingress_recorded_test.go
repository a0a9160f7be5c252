package httpproxy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// TestIngressRecorded: the answers that were recorded of Contour itself.
func TestIngressRecorded(t *testing.T) {
	ar, err := txtar.ParseFile("../../fixtures/httpproxy/contour-ingress.txtar")
	if err != nil || len(ar.Files) < 2 {
		t.Fatalf("no recorded answers: %v", err)
	}
	asked := 0
	for i := 0; i+1 < len(ar.Files); i += 2 {
		t.Run(ar.Files[i].Name, func(t *testing.T) { asked += recorded(t, string(ar.Files[i].Data), string(ar.Files[i+1].Data)) })
	}
	if asked < 500 {
		t.Errorf("only %d answers compared", asked)
	}
}

func recorded(t *testing.T, text, answers string) (asked int) {
	ps, set := objects(t, text)
	opts := httpproxy.DecodeOptions{Secrets: map[manifest.Name]*manifest.Secret{}}
	if first, _, _ := strings.Cut(text, "\n"); strings.HasPrefix(first, "# classes ") {
		opts.Classes = strings.Fields(first)[2:]
	}
	for _, namespace := range []string{"one", "two", "three"} { // the Secret gone is seen to be none
		opts.Secrets[manifest.Name{Namespace: namespace, Name: "gone"}] = &manifest.Secret{Type: "none"}
	}
	m, _ := httpproxy.DecodeWith(ps, set.Ingresses, opts)
	tab, err := table.New(m)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(answers) {
		asked++
		if host, ok := strings.CutPrefix(line, "certificate "); ok {
			name, want, _ := strings.Cut(strings.TrimSpace(host), " ")
			if got := certificateText(m.Host(name)); got != want {
				t.Errorf("%s: certificate %s, want %s", name, got, want)
			}
			continue
		}
		request, want, _ := strings.Cut(strings.TrimSpace(line), " -> ")
		f := strings.Fields(request)
		r := table.Request{Scheme: f[0], Host: f[1], URI: f[2]}
		for _, h := range f[3:] {
			name, value, _ := strings.Cut(h, "=")
			r.Headers = append(r.Headers, table.Header{Name: name, Value: value})
		}
		if got := answerText(tab.Match(r)); got != want {
			t.Errorf("%s: got %s, want %s\n%s", request, got, want, m)
		}
	}
	return asked
}

// certificateText is "secret lowest-highest version".
func certificateText(h *intent.Host) string {
	if h == nil || h.TLS == nil {
		return ""
	}
	low, high := h.TLS.MinVersion, "1.3"
	if low == "" {
		low = "1.2"
	}
	for _, r := range h.Routes {
		for _, q := range r.Opaque {
			if strings.HasSuffix(q.Key, "tls-maximum-protocol-version") {
				high = "1.2"
			}
		}
	}
	return h.TLS.Secret + " " + low + "-" + high
}

func answerText(d table.Decision) string {
	if d.Status != 0 {
		return fmt.Sprint(d.Status)
	}
	f, b := d.Route.Forward, d.Backends[0]
	text := fmt.Sprintf("%s/%s:%s ws=%v to=%d", b.Namespace, b.Service, b.Port, f.Websocket, f.Timeouts.Response)
	if f.Retry != nil {
		text += fmt.Sprintf(" retry=%s x%d", strings.Join(f.Retry.On, ","), f.Retry.Tries-1)
	}
	for _, q := range d.Route.Opaque {
		if each, ok := strings.CutPrefix(q.Reason, "each try ends after "); ok {
			text += " per=" + each
		}
	}
	return text
}

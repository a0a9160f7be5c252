package judge

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/runtime/table"
)

// wire is a parsed line of a requests section.
type wire struct {
	table.Request
	sni       string
	certified bool     // the client has a certificate
	show      []string // headers of the upstream request, or with "<" in front of the answer, to be shown
}

// parseRequest reads "[https[:SNI] ]METHOD HOST TARGET[ | with certificate][ | Header: value]...
// [ | show NAME]...".
func parseRequest(t *testing.T, line string) wire {
	t.Helper()
	parts := strings.Split(line, " | ")
	fields := strings.SplitN(parts[0], " ", 4)
	w := wire{Request: table.Request{Scheme: "http"}}
	if scheme, sni, _ := strings.Cut(fields[0], ":"); scheme == "https" {
		w.Scheme, w.sni, fields = "https", sni, fields[1:]
	}
	if len(fields) != 3 {
		t.Fatalf("request %q: want [https[:SNI] ]METHOD HOST TARGET", line)
	}
	w.Method, w.Host, w.URI = fields[0], fields[1], fields[2]
	for _, p := range parts[1:] {
		if name, ok := strings.CutPrefix(p, "show "); ok {
			w.show = append(w.show, name)
			continue
		}
		if p == "with certificate" {
			w.certified = true
			continue
		}
		name, value, _ := strings.Cut(p, ":")
		w.Headers = append(w.Headers, table.Header{Name: name, Value: strings.TrimSpace(value)})
	}
	return w
}

// answers asks Envoy, each until it says what the file says, and for a while at most.
func (x truth) answers(t *testing.T, c *Cluster, tab *table.Table) string {
	known := map[string]string{}
	for block := range strings.SplitSeq(strings.TrimSuffix(x.section("answers"), "\n"), "\n\n") {
		request, _, _ := strings.Cut(block, "\n")
		known[request] = block
	}
	var out []string
	for _, line := range x.lines {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		w := parseRequest(t, line)
		text := ""
		for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
			text = line + "\n" + w.answer(c, tab)
			if known[line] == text || time.Now().After(end) || *update && !strings.Contains(text, "\n\tours") {
				break
			}
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n\n") + "\n"
}

// answer is Envoy's, and ours if it is another one.
func (w wire) answer(c *Cluster, tab *table.Table) string {
	send := c.send
	if !w.certified {
		send = func(r table.Request) (answer, error) { return sendAs(r, cmp.Or(w.sni, hostOnly(w.Host))) }
	}
	got, err := send(w.Request)
	if err != nil {
		return "\tenvoy gives no answer: " + refusalText(err)
	}
	if h := tab.Host(hostOnly(w.Host)).Host(); w.Scheme == "https" && h != nil && h.TLS != nil && h.TLS.Passthrough != nil {
		text := "\tenvoy relays TLS: " + w.text(got)
		if want := label(*h.TLS.Passthrough); got.echo == nil || got.echo.Service != want {
			text += "\n\tours  TLS to " + want
		}
		return text
	}
	d := tab.Match(w.Request)
	text := "\tenvoy " + w.text(got)
	if problem := differs(d, got); problem != "" {
		text += "\n\tours  " + decisionText(d)
	}
	return text
}

// refusalText is an error without addresses and ports, which change.
func refusalText(err error) string {
	for _, known := range []string{"connection reset by peer", "EOF", "connection refused", "handshake failure", "i/o timeout"} {
		if strings.Contains(err.Error(), known) {
			return known
		}
	}
	return err.Error()
}

func (w wire) text(got answer) string {
	text := fmt.Sprint(got.status)
	if l := got.headers.Get("Location"); l != "" {
		text += " to " + l
	}
	if got.echo != nil {
		host, _ := got.echo.header("host")
		text += fmt.Sprintf(" from %s, which saw %s %s", got.echo.Service, host, got.echo.URI)
	}
	for _, name := range w.show {
		value, there := "", false
		if rest, ok := strings.CutPrefix(name, "<"); ok {
			value, there = strings.Join(got.headers.Values(rest), ", "), len(got.headers.Values(rest)) > 0
		} else if got.echo != nil {
			value, there = got.echo.header(name)
		}
		if !there {
			value = "(none)"
		}
		text += fmt.Sprintf("; %s: %s", name, sessionKey.ReplaceAllString(value, `="KEY"`))
	}
	return text
}

// sessionKey is what Envoy calls an endpoint in the cookie of a session, another name each time.
var sessionKey = regexp.MustCompile(`="[0-9a-f]{16}"`)

func decisionText(d table.Decision) string {
	if d.Status != 0 {
		text := fmt.Sprint(d.Status)
		if d.Location != "" {
			text += " to " + d.Location
		}
		return text
	}
	var services []string
	for _, b := range d.Backends {
		services = append(services, label(b))
	}
	return fmt.Sprintf("200 from %s, which saw %s %s", strings.Join(services, " or "), d.UpstreamHost, d.UpstreamURI)
}

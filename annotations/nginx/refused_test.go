package nginx

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// TestBlockers: of the values that pass the controller's validation, those that stop it for
// everybody guard their routes and are told, before and after the model is explicit, and
// the others are not called blocking.
func TestBlockers(t *testing.T) {
	blocking, harmless := 0, 0
	for _, row := range facts(t, "ingress-nginx-blockers.tsv") {
		if row[0] == "nr" {
			continue
		}
		var annotations map[string]string
		if err := json.Unmarshal([]byte(row[2]), &annotations); err != nil {
			t.Fatalf("%s: %v", row[0], err)
		}
		m, findings := blockerModel(t, annotations, row[3], row[4])
		told := slices.ContainsFunc(findings, func(f ledger.Finding) bool { return f.Rule == "blocks-updates" })
		if want := row[1] == "BLOCKS"; told != want {
			t.Errorf("row %s: %s %s: told %v, want %v: %v", row[0], row[2], row[3], told, want, findings)
		}
		if row[1] != "BLOCKS" {
			harmless++
			continue
		}
		blocking++
		for _, h := range m.Hosts {
			for _, r := range h.Routes {
				if r.Forward != nil && !slices.ContainsFunc(r.Opaque, func(q intent.Opaque) bool { return q.Security }) {
					t.Errorf("row %s: %s %s: not guarded:\n%s", row[0], row[2], row[3], r)
				}
			}
		}
	}
	if blocking < 34 || harmless < 34 {
		t.Errorf("only %d rows that block and %d that do not", blocking, harmless)
	}
}

// blockerModel is the explicit model of one Ingress, with the findings of both readings.
func blockerModel(t *testing.T, annotations map[string]string, path, host string) (intent.Model, []ledger.Finding) {
	t.Helper()
	var b strings.Builder
	b.WriteString("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i\n  namespace: app\n  annotations:\n    x: \"y\"\n")
	for _, key := range sortedKeys(annotations) {
		fmt.Fprintf(&b, "    %s%s: %q\n", Prefix, key, annotations[key])
	}
	fmt.Fprintf(&b, "spec:\n  ingressClassName: nginx\n  rules:\n  - host: %q\n    http:\n      paths:\n"+
		"      - {path: %q, pathType: ImplementationSpecific, backend: {service: {name: s, port: {number: 80}}}}\n", host, path)
	read := func() *manifest.Set {
		set, err := manifest.Read([]manifest.Source{{Path: "in.yaml", Reader: strings.NewReader(b.String())}}, manifest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(set.Ingresses) != 1 {
			t.Fatalf("%s: %v", b.String(), set.Findings)
		}
		return set
	}
	target, told := Translate(read(), testOptions(t))
	guarded(t, target, told)
	set := read()
	m, findings := Interpret(set, testOptions(t))
	guarded(t, m, findings)
	return m, append(findings, Explicit(&m, set, testOptions(t))...)
}

// guarded fails unless what blocks updates guards every route of the Ingress's path, or the
// path is not there.
func guarded(t *testing.T, m intent.Model, findings []ledger.Finding) {
	t.Helper()
	if !slices.ContainsFunc(findings, func(f ledger.Finding) bool { return f.Rule == "blocks-updates" }) {
		return
	}
	for _, h := range m.Hosts {
		for _, r := range h.Routes {
			open := !slices.ContainsFunc(r.Opaque, func(q intent.Opaque) bool { return q.Security })
			if r.Forward != nil && open {
				t.Errorf("not guarded:\n%s", r)
			}
		}
	}
}

// TestRefusals: what nginx takes and what it does not, as nginx -t says (1.22, OpenSSL 3).
func TestRefusals(t *testing.T) {
	for _, c := range []struct{ annotations, want string }{
		{`proxy-buffers-number: "1"`, "proxy-buffers-number"},
		{`proxy-buffers-number: "2"`, "proxy-buffers-number"},
		{`proxy-buffers-number: "3"`, ""},
		{"proxy-buffers-number: \"2\"\nproxy-busy-buffers-size: 4k", ""},
		{`proxy-busy-buffers-size: 12k`, ""},
		{`proxy-busy-buffers-size: 13k`, "proxy-busy-buffers-size"},
		{`proxy-busy-buffers-size: 4g`, "proxy-busy-buffers-size"},
		{`proxy-buffer-size: 4b`, "proxy-buffer-size"},
		{`proxy-buffer-size: 4g`, "proxy-buffer-size"},
		{`proxy-buffer-size: "0"`, "proxy-buffer-size"},
		{`proxy-max-temp-file-size: "0"`, ""},
		{`proxy-max-temp-file-size: 4k`, ""},
		{`proxy-max-temp-file-size: "4095"`, "proxy-max-temp-file-size"},
		{`proxy-max-temp-file-size: 1g`, "proxy-max-temp-file-size"},
		{`proxy-max-temp-file-size: 1b`, ""}, // the controller leaves it out
		{`proxy-body-size: 8589934591g`, ""},
		{`proxy-body-size: 8589934592g`, "proxy-body-size"},
		{`proxy-body-size: 1b`, ""}, // the controller leaves it out
		{`proxy-read-timeout: "9223372036854775"`, ""},
		{`proxy-read-timeout: "9223372036854776"`, "proxy-read-timeout"},
		{`custom-http-errors: "499"`, "custom-http-errors"},
		{`custom-http-errors: "444,599"`, ""},
		{`proxy-cookie-path: a b c`, "proxy-cookie-path"},
		{`proxy-cookie-domain: a.example b.example`, ""},
		{`ssl-ciphers: HIGH:FOO`, ""},
		{`ssl-ciphers: "!HIGH"`, "ssl-ciphers"},
		{`ssl-ciphers: HIGH:!ALL`, "ssl-ciphers"},
		{`ssl-ciphers: ECDHE+FOO`, "ssl-ciphers"},
		{`ssl-ciphers: ECDHE-RSA-AES128-GCM-SHA256`, ""},
		{`ssl-ciphers: ECDHE-ECDSA-AES128-CCM8`, ""},
		{`ssl-ciphers: ecdhe-rsa-aes128-gcm-sha256`, "ssl-ciphers"},
		{`ssl-ciphers: HIGH !aNULL`, "ssl-ciphers"},
		{`ssl-ciphers: RC4-SHA`, "ssl-ciphers"},
		{`upstream-vhost: a$`, "upstream-vhost"},
		{`upstream-vhost: ${host}`, ""},
		{`upstream-vhost: ${host`, "upstream-vhost"},
		{`upstream-vhost: ${foo}`, "upstream-vhost"},
		{`upstream-vhost: $1$10`, ""},
		{`upstream-vhost: $0`, "upstream-vhost"},
		{`upstream-vhost: $upstream_foo`, "upstream-vhost"},
		{`upstream-vhost: $upstream_addr$http_x`, ""},
		{`auth-signin: http://l/$foo`, ""}, // not there without auth-url
		{`mirror-host: $foo`, ""},
		{`server-alias: a*b.t`, "server-alias"},
		{`server-alias: a..b`, "server-alias"},
		{`server-alias: "~"`, "server-alias"},
		{`server-alias: "*.t,a.*,_"`, ""},
		{"auth-type: basic\nauth-secret: s\nproxy-read-timeout: \"-1\"", "proxy-read-timeout"},
		{"allowlist-source-range: x\nproxy-read-timeout: \"-1\"", ""}, // 503 everywhere
		{"canary: \"true\"\nproxy-read-timeout: \"-1\"", ""},
		{"limit-rps: \"-1\"\nlimit-burst-multiplier: \"0\"", ""},
	} {
		annotations := map[string]string{}
		for line := range strings.Lines(c.annotations) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			annotations[key] = strings.Trim(value, `"`)
		}
		_, findings := blockerModel(t, annotations, "/", "h.example")
		var got []string
		for _, f := range findings {
			if f.Rule == "blocks-updates" {
				got = append(got, strings.TrimPrefix(f.Origin.Key, Prefix))
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: refused %q, want %q", c.annotations, got, c.want)
		}
	}
}

// TestVariablesAreKnown: what templates say of nginx's variables, nginx knows, but for the
// one that the controller sets only where it asks about requests.
func TestVariablesAreKnown(t *testing.T) {
	for _, name := range slices.Concat(Variables, locationNames, sortedKeys(templateNames)) {
		if known := slices.Contains(nginxVariables, name) || strings.HasPrefix(name, "http_"); known != (name != "escaped_request_uri") {
			t.Errorf("$%s: known %v", name, known)
		}
	}
}

package nginx

import (
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

func TestSettingsAreComplete(t *testing.T) {
	all := Settings()
	if len(all) != 190 {
		t.Errorf("%d settings, want 190", len(all))
	}
	for i, s := range all {
		if i > 0 && all[i-1].Key == s.Key {
			t.Errorf("%s: twice", s.Key)
		}
		if s.Effect == "" || strings.HasSuffix(s.Effect, ".") || strings.HasSuffix(s.Note, ".") {
			t.Errorf("%s: effect %q, note %q: want clauses without full stop", s.Key, s.Effect, s.Note)
		}
		if s.Inert && (s.Security || s.Honoured == HonouredByExplicit) {
			t.Errorf("%s: inert, but it bears security or is honoured", s.Key)
		}
		if !s.Inert && s.Honoured != HonouredByRouting && s.Note == "" {
			t.Errorf("%s: nobody says what becomes of it", s.Key)
		}
		if _, ok := RuleFor(s.Annotation); s.Annotation != "" && !ok {
			t.Errorf("%s: %s is no annotation", s.Key, s.Annotation)
		}
		r, both := RuleFor(s.Key)
		if both && s.Annotation != s.Key && !strings.HasSuffix(s.Key, "-snippet") && s.Key != "whitelist-source-range" {
			t.Errorf("%s: %q decides for one Ingress, want the annotation of that name", s.Key, s.Annotation)
		}
		if both && r.Default != s.Default && !strings.Contains(r.Default, "ConfigMap") {
			t.Errorf("%s: default %q, and that of the annotation %q", s.Key, s.Default, r.Default)
		}
	}
	for _, key := range []string{"use-gzip", "use-http2", "ssl-redirect", "hsts", "use-forwarded-headers", "enable-underscores-in-headers",
		"http-redirect-code", "limit-req-status-code", "proxy-next-upstream", "ssl-reject-handshake", "global-auth-url"} { // spec item 60
		if _, ok := SettingFor(key); !ok {
			t.Errorf("%s: not there", key)
		}
	}
}

func TestUnknownSettings(t *testing.T) {
	for key, want := range map[string]string{
		"proxy-body-szie":            "did you mean proxy-body-size?",
		"use_gzip":                   "did you mean use-gzip?",
		"http-redirect":              "no setting http-redirect",
		"enable-cors":                Prefix + "enable-cors is an annotation",
		Prefix + "proxy-body-size":   Prefix + "proxy-body-size is an annotation",
		"jaeger-collector-host":      "OpenTelemetry",
		"something-else-entirely":    "the controller reads no setting something-else-entirely",
		"whitelist-source-ranges":    "did you mean whitelist-source-range?",
		"force-ssl-redirects":        "did you mean force-ssl-redirect?",
		"Use-Forwarded-Headers":      "did you mean use-forwarded-headers?",
		"forwarded-headers-use":      "did you mean use-forwarded-headers?",
		"large-client-header-buffer": "did you mean large-client-header-buffers?",
	} {
		if got := unknownSetting(key); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

// TestSettingFindings: what guards is opaque on every route, what changes answers is told,
// what changes none is not, and defaults that are written down are not, either.
func TestSettingFindings(t *testing.T) {
	for key, want := range map[string]string{
		"block-user-agents=bot": "opaque", "worker-processes=3": "", "use-gzip=true": "setting-untranslated", "use-gzip=false": "",
		"use-http2=true": "", "use-http2=false": "setting-untranslated", "hsts=false": "", "block-cidrs=": "", "proxy-body-size=1m": "",
		"proxy-body-size=8m": "setting-untranslated", "proxy-bodysize=8m": "setting-unknown", "enable-modsecurity=false": "",
	} {
		name, value, _ := strings.Cut(key, "=")
		c := controller{opts: Options{Settings: map[string]string{name: value}, SettingsOrigin: ledger.New(ledger.Place{File: "cm.yaml"})}}
		m := intent.Model{Hosts: []intent.Host{{Routes: []intent.Route{{}}}}}
		c.opaqueSettings(&m, func(Setting) bool { return false })
		got := ""
		for _, f := range c.findings {
			got += f.Rule
		}
		if slices.ContainsFunc(m.Hosts[0].Routes[0].Opaque, func(q intent.Opaque) bool { return q.Security && q.Value == value }) {
			got += "opaque"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

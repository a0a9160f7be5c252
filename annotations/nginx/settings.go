package nginx

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/split-ingress/split-ingress/annotations/catalog"
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// Honour says which reading goes by a setting.
type Honour uint8

// The readings.
const (
	HonouredByNobody   Honour = iota
	HonouredByRouting         // Interpret
	HonouredByExplicit        // Explicit, or its default is written out there
)

// Setting is what one key of the controller's ConfigMap does (v1.15.1).
type Setting struct {
	Key        string
	Default    string // as the controller has it; empty: nothing
	Annotation string // that decides for one Ingress, without Prefix; it takes the setting's place, or adds to it
	Honoured   Honour
	Security   bool             // it keeps requests out on every host
	Inert      bool             // it changes no answer to a client
	Part       intent.Dimension // of a route or host that it bears on, where the model has a part for it
	Effect     string
	Note       string // what becomes of it in HTTPProxy
}

// settingsTable holds the settings by key. It is built once, on first use, and never changed.
var settingsTable = sync.OnceValue(func() map[string]Setting {
	m := make(map[string]Setting, 200)
	for _, s := range Settings() {
		m[s.Key] = s
	}
	return m
})

// SettingFor is what a key of the controller's ConfigMap does, and false for a key that it
// does not read.
func SettingFor(key string) (Setting, bool) {
	s, ok := settingsTable()[key]
	return s, ok
}

// Settings are all keys of the controller's ConfigMap in a new slice, sorted by key.
func Settings() []Setting {
	all := slices.Concat(routingSettings, accessSettings, snippetsSettings, clientsSettings, upstreamSettings,
		responsesSettings, tlsSettings, logsSettings, processSettings)
	slices.SortFunc(all, func(a, b Setting) int { return cmp.Compare(a.Key, b.Key) })
	return all
}

// HonoursSetting says whether Explicit, or Interpret before it, goes by a key of the
// controller's ConfigMap. Interpret's finding setting-untranslated does not hold for such
// a key once the model is explicit.
func HonoursSetting(key string) bool {
	s, _ := SettingFor(key)
	return s.Honoured != HonouredByNobody
}

// opaqueSettings accounts for the rest of the ConfigMap: what guards makes every route
// opaque, what changes answers otherwise is a finding unless it is told elsewhere, and so is
// a key that nobody reads.
func (c *controller) opaqueSettings(m *intent.Model, told func(s Setting) bool) {
	var opaque []intent.Opaque
	for _, key := range sortedKeys(c.opts.Settings) {
		v := strings.TrimSpace(c.opts.Settings[key])
		at := c.opts.SettingsOrigin.At("data."+key, 0)
		s, known := SettingFor(key)
		switch {
		case !known:
			c.find("setting-unknown", ledger.Warning, at, unknownSetting(key), "mend the key, or take it away")
		case s.Honoured == HonouredByRouting || s.Inert || v == "" || v == s.Default || v == "false" && s.Default == "":
		case s.Security && v != "false":
			opaque = append(opaque, intent.Opaque{
				Key: "ConfigMap " + key, Security: true, Value: v, Reason: "a setting of the controller that guards every host: it " + s.Effect, Origin: at,
			})
		case !told(s):
			c.find("setting-untranslated", ledger.Warning, at,
				"the controller's setting "+key+" is not carried over: it "+s.Effect, s.Note)
		}
	}
	if len(opaque) == 0 {
		return
	}
	for i := range m.Hosts {
		for j := range m.Hosts[i].Routes {
			r := &m.Hosts[i].Routes[j]
			r.Opaque = append(slices.Clip(r.Opaque), opaque...)
		}
	}
}

// unknownSetting says what is wrong with a key of the ConfigMap that the controller does not
// read.
func unknownSetting(key string) string {
	names := make([]string, 0, 200)
	for _, s := range Settings() {
		names = append(names, s.Key)
	}
	short := strings.TrimPrefix(key, Prefix)
	said := "the controller reads no setting " + key
	if _, ok := RuleFor(short); ok {
		return said + ": " + Prefix + short + " is an annotation of Ingresses"
	}
	for _, gone := range goneSettings {
		if strings.HasPrefix(key, gone) {
			return said + " any more: it has OpenTelemetry in place of OpenTracing"
		}
	}
	if near, ok := catalog.NearestName(strings.ReplaceAll(key, "_", "-"), names); ok {
		return said + "; did you mean " + near + "?"
	}
	return said
}

// goneSettings are the beginnings of keys about OpenTracing, which the controller had once.
var goneSettings = []string{"enable-opentracing", "opentracing-", "jaeger-", "zipkin-", "datadog-"}

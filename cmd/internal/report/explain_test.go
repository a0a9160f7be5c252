package report

import (
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/catalog"
	"github.com/split-ingress/split-ingress/annotations/nginx"
)

// TestExplainKeys: every annotation key and every setting of the controller is explained by
// its name, and both where they share one.
func TestExplainKeys(t *testing.T) {
	keys, err := catalog.New()
	if err != nil {
		t.Fatal(err)
	}
	explain := func(topic string) string {
		var b strings.Builder
		if known, err := Explain(&b, keys, topic); err != nil || !known {
			t.Errorf("%s: known %v, %v", topic, known, err)
		}
		return b.String()
	}
	shared := 0
	for _, r := range nginx.Rules() {
		text := explain(r.Key)
		if !strings.Contains(text, r.Effect) || !strings.HasPrefix(text, nginx.Prefix+r.Key) {
			t.Errorf("%s: %s", r.Key, text)
		}
		if s, both := nginx.SettingFor(r.Key); both {
			shared++
			if !strings.Contains(text, s.Key+" in the controller's ConfigMap\n  effect     "+s.Effect) {
				t.Errorf("%s: the setting is missing:\n%s", r.Key, text)
			}
		}
	}
	for _, s := range nginx.Settings() {
		if text := explain(s.Key); !strings.Contains(text, s.Effect) {
			t.Errorf("%s: %s", s.Key, text)
		}
	}
	if shared < 30 {
		t.Errorf("only %d names of both", shared)
	}
}

package nginx

import (
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// TestUnreadProxies: a believed peer that is no network is told, where peers are believed.
func TestUnreadProxies(t *testing.T) {
	for _, c := range []struct {
		believes, peers string
		told            bool
	}{{"true", "10.0.0.0/8,office", true}, {"true", "10.0.0.0/8", false}, {"false", "office", false}} {
		set, err := manifest.Read([]manifest.Source{{Path: "none.yaml", Reader: strings.NewReader("")}}, manifest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		opts := testOptions(t)
		opts.Settings = map[string]string{"use-forwarded-headers": c.believes, "proxy-real-ip-cidr": c.peers}
		_, findings := Translate(set, opts)
		told := slices.ContainsFunc(findings, func(f ledger.Finding) bool { return strings.Contains(f.Message, `"office"`) })
		if told != c.told {
			t.Errorf("%+v: got %v", c, findings)
		}
	}
}

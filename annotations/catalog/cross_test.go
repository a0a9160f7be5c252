package catalog

import (
	"strings"
	"testing"
)

func TestCrossCutting(t *testing.T) {
	tests := []struct {
		key, family string
		disposition Disposition
		dns, secret bool
	}{
		{"cert-manager.io/cluster-issuer", CertManager, Carry, false, false},
		{"kubernetes.io/tls-acme", CertManager, Carry, false, false},
		{"acme.cert-manager.io/http01-ingress-class", CertManager, Carry, false, false},
		{"acme.cert-manager.io/http01-edit-in-place", CertManager, Drop, false, false},
		{"acme.cert-manager.io/http01-solver", CertManager, Stop, false, false},
		{"certmanager.k8s.io/issuer", CertManager, Drop, false, false},
		{"external-dns.alpha.kubernetes.io/hostname", ExternalDNS, Carry, true, false},
		{"external-dns.kubernetes.io/aws-weight", ExternalDNS, Carry, true, false},
		{"external-dns.alpha.kubernetes.io/ingress-hostname-source", ExternalDNS, Drop, false, false},
		{"gethomepage.dev/widget.url", Dashboards, Drop, false, false},
		{"link.argocd.argoproj.io/external-link", Dashboards, Drop, false, false},
		{"kubectl.kubernetes.io/last-applied-configuration", Kubernetes, Drop, false, true},
		{"kubectl.kubernetes.io/restartedAt", Kubernetes, Drop, false, false},
		{"app.kubernetes.io/name", Kubernetes, Drop, false, false},
		{"argocd.argoproj.io/tracking-id", GitOps, Drop, false, false},
		{"argocd.argoproj.io/sync-wave", GitOps, Drop, false, false},
		{"argocd.argoproj.io/hook", GitOps, Stop, false, false},
		{"argocd.argoproj.io/hook-delete-policy", GitOps, Drop, false, false},
		{"helm.sh/hook", GitOps, Stop, false, false},
		{"helm.sh/hook-weight", GitOps, Drop, false, false},
		{"helm.sh/chart", GitOps, Drop, false, false},
		{"meta.helm.sh/release-name", GitOps, Drop, false, false},
		{"objectset.rio.cattle.io/applied", GitOps, Drop, false, true},
		{"field.cattle.io/publicEndpoints", GitOps, Drop, false, false},
		{"config.kubernetes.io/local-config", GitOps, Stop, false, false},
		{"config.kubernetes.io/origin", GitOps, Drop, false, false},
		{"kustomize.toolkit.fluxcd.io/name", GitOps, Drop, false, false},
	}
	c := load(t)
	for _, tt := range tests {
		r, ok := c.CrossCutting(tt.key)
		if !ok || r.Family != tt.family || r.Disposition != tt.disposition || r.NeedsCarryDNS != tt.dns || r.Secret != tt.secret {
			t.Errorf("%s: %v %+v", tt.key, ok, r)
		}
	}
	for _, key := range []string{
		"kubernetes.io/ingress.class", // class selection
		"nginx.ingress.kubernetes.io/rewrite-target",
		"cert-manager.io/cluster-isuer", // a slip, for Nearest
		"app", "",
	} {
		if r, ok := c.CrossCutting(key); ok {
			t.Errorf("%s: a rule %+v", key, r)
		}
	}
}

// TestCatalogueCovered holds that each key of the cross-cutting catalogues has a rule.
func TestCatalogueCovered(t *testing.T) {
	c := load(t)
	covered := 0
	for line := range strings.Lines(keysTSV) {
		controller, key, _ := strings.Cut(strings.TrimSpace(line), "\t")
		switch controller {
		case "cert-manager", "external-dns", "dashboards", "kubernetes-core":
		default:
			continue
		}
		if key == "kubernetes.io/ingress.class" {
			continue // class selection
		}
		covered++
		if _, ok := c.CrossCutting(strings.ReplaceAll(key, "*", "name")); !ok {
			t.Errorf("%s of %s: no rule", key, controller)
		}
	}
	if covered < 65+48+38+18 {
		t.Errorf("only %d keys found", covered)
	}
}

func TestCrossRulesAreSound(t *testing.T) {
	seen := map[string]bool{}
	for prefix, rules := range crossRules() {
		for i, r := range rules {
			if r.Reason == "" || strings.HasSuffix(r.Reason, ".") || r.Family == "" {
				t.Errorf("%s: want a family, and a reason without full stop: %+v", r.Pattern, r)
			}
			if seen[r.Pattern] || !strings.HasPrefix(r.Pattern, prefix+"/") {
				t.Errorf("%s: twice, or under the wrong prefix", r.Pattern)
			}
			seen[r.Pattern] = true
			for _, earlier := range rules[:i] {
				if earlier.matches(strings.TrimSuffix(r.Pattern, "*")) {
					t.Errorf("%s: never reached behind %s", r.Pattern, earlier.Pattern)
				}
			}
			if (r.NeedsCarryDNS || r.Secret) && (r.Disposition == Carry) != r.NeedsCarryDNS {
				t.Errorf("%s: a secret that is carried, or --carry-dns for what is not: %+v", r.Pattern, r)
			}
		}
	}
}

func TestDispositionText(t *testing.T) {
	for _, d := range []Disposition{Drop, Carry, Stop} {
		text, err := d.MarshalText()
		var back Disposition
		if err != nil || back.UnmarshalText(text) != nil || back != d {
			t.Errorf("%v: text %q, back %v, %v", d, text, back, err)
		}
	}
	if err := new(Disposition).UnmarshalText([]byte("keep")); err == nil {
		t.Error("keep: no error")
	}
}

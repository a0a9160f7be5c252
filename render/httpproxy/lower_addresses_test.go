package httpproxy_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// TestAddressesOfHosts: where all Ingresses ask for the same list, roots whose plan wants it have
// it, no route of theirs does, and what the objects mean is what was read, modulo the edits.
func TestAddressesOfHosts(t *testing.T) {
	held := 0
	rapid.Check(t, func(t *rapid.T) {
		var asking []string
		for part := range strings.SplitSeq(genManifests().Draw(t, "manifests"), "---\n") {
			if strings.Contains(part, "kind: Ingress") && !strings.Contains(part, "source-range") {
				part = strings.Replace(part, "  annotations:\n", "", 1)
				name, rest, _ := strings.Cut(part, "  namespace: ")
				namespace, rest, _ := strings.Cut(rest, "\n")
				part = name + "  namespace: " + namespace + "\n  annotations:\n    nginx.ingress.kubernetes.io/denylist-source-range: 192.0.2.0/24\n" + rest
			}
			asking = append(asking, part)
		}
		manifests := strings.Join(asking, "---\n")
		opts := httpproxy.Options{DefaultCertificate: manifest.Name{Namespace: "certs", Name: "default"}}
		opts.KeepRedirectStatus = rapid.Bool().Draw(t, "308")
		p := run(t, manifests, opts)
		for _, problem := range p.problems {
			t.Fatalf("an emitted object is refused: %v\n%s\n%s", problem, manifests, text(t, p.proxies))
		}
		bad, _ := p.unexplained(t)
		for _, d := range bad {
			if d.Request.Host != "h.t" { // which has no list on its root
				t.Fatalf("%s\n%s\n%s\n%s", show(d), manifests, p.model, text(t, p.proxies))
			}
		}
		sites := map[string]bool{} // whose root has a list
		for _, x := range p.proxies {
			if vh := x.Spec.VirtualHost; vh != nil && len(vh.IPAllowFilterPolicy)+len(vh.IPDenyFilterPolicy) > 0 {
				held++
				sites[x.Labels["split-ingress.dev/site"]] = true
			}
		}
		for _, x := range p.proxies {
			for _, r := range x.Spec.Routes {
				if sites[x.Labels["split-ingress.dev/site"]] && len(r.IPAllowFilterPolicy)+len(r.IPDenyFilterPolicy) > 0 {
					t.Fatalf("a route has a list of its own:\n%s", text(t, p.proxies))
				}
			}
		}
	})
	if held == 0 && !t.Failed() {
		t.Error("no root has a list")
	}
	t.Log(held, "roots have a list")
}

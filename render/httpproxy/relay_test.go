package httpproxy_test

import (
	"slices"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

const (
	relayRoot = "r/root\nvirtualhost: {fqdn: h.t, tls: {passthrough: true}}\nroutes: [{services: [{name: a, port: 80}]}]\n"
	relayTeam = "---\nt/team\ntcpproxy: {services: [{name: s, port: 443}]}\n"
)

// TestRelay: where the tcpproxy of a root leads, as Contour follows it.
func TestRelay(t *testing.T) {
	for _, c := range []struct {
		name, objects string
		to            *intent.Backend
		unsaid        bool     // more than the Service is said
		problems      []string // "object reason"
	}{
		{"a Service of the root's own", relayRoot + "tcpproxy: {services: [{name: s, port: 443}]}\n", &intent.Backend{Namespace: "r", Service: "s", Port: "443", Weight: 1}, false, nil},
		{"one of a namespace below", relayRoot + "tcpproxy: {include: {name: f, namespace: f}}\n---\nf/f\ntcpproxy: {includes: {name: team, namespace: t}}\n" + relayTeam,
			&intent.Backend{Namespace: "t", Service: "s", Port: "443", Weight: 1}, false, nil},
		{"the include counts before its old form", relayRoot + "tcpproxy: {include: {name: team, namespace: t}, includes: {name: gone}}\n" + relayTeam,
			&intent.Backend{Namespace: "t", Service: "s", Port: "443", Weight: 1}, false, nil},
		{"a weight alone is none", relayRoot + "tcpproxy: {services: [{name: s, port: 443, weight: 7}]}\n", &intent.Backend{Namespace: "r", Service: "s", Port: "443", Weight: 1}, false, nil},
		{"two Services", relayRoot + "tcpproxy: {services: [{name: s, port: 443}, {name: z, port: 443}]}\n", &intent.Backend{Namespace: "r", Service: "s", Port: "443", Weight: 1}, true, nil},
		{"TLS around TLS", relayRoot + "tcpproxy: {services: [{name: s, port: 443, protocol: tls}]}\n", &intent.Backend{Namespace: "r", Service: "s", Port: "443", Weight: 1}, true, nil},
		{"an object that relays nothing", relayRoot + "tcpproxy: {include: {name: team, namespace: t}}\n---\nt/team\nroutes: [{services: [{name: a, port: 80}]}]\n", nil, false, nil},
		{"none", relayRoot + "tcpproxy: {include: {name: gone}}\n", nil, false, []string{"HTTPProxy r/root IncludeNotFound"}},
		{"a root", relayRoot + "tcpproxy: {include: {name: other}}\n---\nr/other\nvirtualhost: {fqdn: o.t}\nroutes: [{services: [{name: a, port: 80}]}]\n", nil, false, []string{"HTTPProxy r/root RootIncludesRoot"}},
		{"both at once", relayRoot + "tcpproxy: {include: {name: team, namespace: t}, services: [{name: s, port: 443}]}\n" + relayTeam, nil, false, []string{"HTTPProxy r/root NoServicesAndInclude"}},
		{"neither", relayRoot + "tcpproxy: {include: {name: team, namespace: t}}\n---\nt/team\ntcpproxy: {}\n", nil, false, []string{"HTTPProxy t/team NothingDefined"}},
		{"a circle", relayRoot + "tcpproxy: {include: {name: team, namespace: t}}\n---\nt/team\ntcpproxy: {include: {name: back}}\n---\nt/back\ntcpproxy: {include: {name: team}}\n", nil, false,
			[]string{"HTTPProxy t/back IncludeCreatesCycle"}},
		{"no TLS", root + "routes: [{services: [{name: a, port: 80}]}]\ntcpproxy: {services: [{name: s, port: 443}]}\n", nil, false, []string{"HTTPProxy r/root TLSMustBeConfigured"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ps := proxies(t, c.objects)
			m, problems := httpproxy.Decode(ps)
			var told []string
			for _, p := range problems {
				told = append(told, p.Object+" "+p.Reason)
			}
			if !slices.Equal(told, c.problems) {
				t.Errorf("problems %q, not %q", told, c.problems)
			}
			h := m.Host("h.t")
			if (h == nil) != (len(c.problems) > 0) {
				t.Fatalf("a fault must take the host along, and nothing else: %v", h)
			}
			if isolated, _ := httpproxy.DecodeWith(ps, nil, httpproxy.DecodeOptions{Isolated: true}); isolated.Host("h.t") == nil {
				t.Error("faults are isolated, and the host is gone")
			}
			if h == nil {
				return
			}
			if (h.TLS != nil) != (c.to != nil) {
				t.Fatalf("TLS is %v, and leads to %v", h.TLS, c.to)
			}
			if c.to == nil {
				return
			}
			if got := *h.TLS.Passthrough; got.Namespace != c.to.Namespace || got.Service != c.to.Service || got.Port != c.to.Port || got.Weight != 1 || (got.Unresolved != "") != c.unsaid {
				t.Errorf("leads to %+v, not %+v", got, *c.to)
			}
		})
	}
}

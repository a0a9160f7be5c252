package nginx

import (
	"slices"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// What a host has once, the first Ingress that asks for it says (spec item 9).

// askCiphers reads which ciphers an Ingress wants, and in whose order, each of which counts if
// no earlier one has said it. Canaries have no say.
func (h *hostAsk) askCiphers(a *asked) {
	for _, key := range []string{"ssl-ciphers", "ssl-prefer-server-ciphers"} {
		text := a.values.str(key)
		if a.canary != nil || text == "" || h.firsts[key] != nil {
			continue
		}
		h.firsts[key] = a.object
		h.asked = append(h.asked, slices.DeleteFunc(a.asksOf(intent.TLSCiphers), func(k intent.Asked) bool { return k.Key != Prefix+key })...)
		if key == "ssl-ciphers" {
			h.ciphers = text
		} else if server, err := strconv.ParseBool(text); err == nil {
			h.anyOrder = !server
		}
	}
}

// askClients reads what an Ingress, a canary too, wants of client certificates. The first one
// with an authority says it, even if that is that there need be none.
func (h *hostAsk) askClients(a *asked) {
	if first := h.firsts["auth-tls-secret"]; first != nil {
		if h.loose && first != a.object && a.values.str("auth-tls-secret") != "" && a.values.str("auth-tls-verify-client") != "off" {
			a.hollowGuard("auth-tls-secret", "counts for nothing, since Ingress "+first.key()+" comes first on the host and wants no certificates")
		}
		return
	}
	h.client = a.clientCertificates(h)
	if h.client == nil && !h.loose {
		return
	}
	for _, k := range a.asksOf(intent.ClientCertificates) {
		h.firsts[strings.TrimPrefix(k.Key, Prefix)] = a.object
		h.asked = append(h.asked, k)
	}
	h.firsts["auth-tls-secret"] = a.object
}

// beaten makes a route stand on nothing that an earlier Ingress of the host says for all of it.
func (x *explicit) beaten(r intent.Route, a *asked, host string) intent.Route {
	ask := x.byHost[host]
	if ask == nil || a.object == nil {
		return r
	}
	for _, key := range sortedKeys(a.values) {
		leader := key
		if strings.HasPrefix(key, "auth-tls-") {
			leader = "auth-tls-secret"
		}
		_, kept := a.kept[key]
		if first := ask.firsts[leader]; first != nil && first != a.object && !kept {
			r = a.without(r, []string{key})
			x.note([]ledger.Origin{a.values[key].origin}, "Ingress "+first.key()+" says it for the whole host, since it is the first to")
		}
	}
	return r
}

// clientHeaders are the headers about client certificates on hosts where nobody asks for one
// though there is an authority. nginx overwrites them there: over https the first says NONE, and
// all others are empty, which it does not send.
// secure says that all requests come over https.
func (h *hostAsk) clientHeaders(secure bool) []intent.HeaderChange {
	if h == nil || !h.loose || h.client != nil {
		return nil
	}
	out := []intent.HeaderChange{{Name: "ssl-client-verify", Value: "{var:ssl_client_verify}"}}
	if secure {
		out[0].Value = "NONE"
	}
	names := []string{"ssl-client-subject-dn", "ssl-client-issuer-dn"}
	if first := h.firsts["auth-tls-secret"]; first != nil && first.values.flag("auth-tls-pass-certificate-to-upstream", false) {
		names = append(names, "ssl-client-cert")
	}
	for _, name := range names {
		out = append(out, intent.HeaderChange{Name: name, Remove: true})
	}
	return out
}

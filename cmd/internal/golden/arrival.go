package golden

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/openssl"
)

// upgrading says whether a data plane takes a request for a change of protocol: nginx by
// Upgrade alone, Envoy if Connection names it, too.
func (q *question) upgrading() bool {
	if q.header.Get("Upgrade") == "" || q.plane == intent.Decoded {
		return q.header.Get("Upgrade") != ""
	}
	return slices.ContainsFunc(strings.Split(q.header.Get("Connection"), ","), func(name string) bool {
		return strings.EqualFold(strings.TrimSpace(name), "upgrade")
	})
}

// told is what nginx believes of a header about the client: what a trusted proxy says, else
// what it knows itself.
func (q *question) told(name, known string) string {
	if t := q.d.Host.Trust; t != nil && !t.AddressOnly && within(q.r.client(), t.From) && q.header.Get(name) != "" {
		return q.header.Get(name)
	}
	return known
}

// client is the address that nginx takes a request to come from: from the right end of the
// header's list the first that is no trusted proxy.
func (q *question) client() string {
	at := q.r.client()
	if q.d.Host == nil || q.d.Host.Trust == nil || q.plane != intent.Decoded {
		return at
	}
	t := q.d.Host.Trust
	list := strings.Split(q.header.Get(t.Header), ",")
	for i := len(list) - 1; i >= 0 && within(at, t.From); i-- {
		one := strings.TrimSpace(list[i])
		if !address(one) {
			break
		}
		at = one
	}
	return at
}

// shaken is what nginx answers before it looks for a location: nothing where OpenSSL knows none
// of the ciphers, 421 where client certificates are checked and the handshake named another
// server (spec item 32), 403 without an authority for client certificates, 400 for those who show
// none that it signed (spec item 34).
func (q *question) shaken() (prediction, bool) {
	h := q.d.Host
	if h == nil || h.TLS == nil {
		return prediction{}, false
	}
	if known, unknown := openssl.Ciphers(h.TLS.Ciphers); q.r.TLS && len(unknown) > 0 && len(known) == 0 {
		return prediction{kind: noAnswer, decision: q.d, options: map[string]Facts{"": {"answer": "none"}}}, true
	}
	v := h.TLS.Client
	if unread := q.d.Status == http.StatusBadRequest && q.d.Route == nil; v == nil || unread {
		return prediction{}, false
	}
	pair, sent := q.lab.pairs[q.r.ClientCert]
	authority, known := q.lab.pairs[v.CASecret]
	switch signed := sent && known && slices.Equal(pair.Certificate[0], authority.Certificate[0]); {
	case q.forAnother():
		return q.answered(misdirected, http.StatusMisdirectedRequest, nil), true
	case !known:
		return q.answered(refused, http.StatusForbidden, nil), true
	case !q.r.TLS || v.Unchecked || signed || !sent && v.Optional:
		if v.MatchCN != "" && (!q.r.TLS || !sent || !regexp.MustCompile(v.MatchCN).MatchString(pair.Leaf.Subject.String())) {
			return q.answered(refused, http.StatusForbidden, nil), true
		}
		return prediction{}, false
	case v.ErrorPage != "":
		return q.answered(redirected, http.StatusFound, http.Header{"Location": {v.ErrorPage}}), true
	}
	return q.answered(refused, http.StatusBadRequest, nil), true
}

// forAnother says whether the handshake named a server that there is, and not the one of the
// Host header: the names count, not what they lead to. A name that no server has is as none.
func (q *question) forAnother() bool {
	named := q.named()
	return q.r.TLS && named != nil && named.Name != "" &&
		!strings.EqualFold(strings.TrimSuffix(q.r.serverName(), "."), strings.TrimSuffix(hostOf(q.r.Host), "."))
}

// readableTo says whether an echo server takes a request's path and host. One that gets a whole
// URL reads the host there.
func readableTo(target string, seen Facts) bool {
	u, err := url.ParseRequestURI(target)
	readable := err == nil && httpguts.ValidHostHeader(seen["backend host"])
	if readable && u.Host != "" {
		seen["backend host"] = u.Host
	}
	return readable
}

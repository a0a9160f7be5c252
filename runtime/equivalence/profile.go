package equivalence

import (
	"github.com/split-ingress/split-ingress/runtime/table"
)

// Lemma is one difference between two data planes that holds on every host alike.
type Lemma struct {
	ID     string // stable
	Before string // ingress-nginx v1.15
	After  string // Contour v1.33 and Envoy
}

// Profile is the first version of the platform profile: what `proved equal` and `exact`
// leave out. The numbers are the controllers' defaults.
func Profile() []Lemma {
	return []Lemma{
		{"redirect-status", "http is redirected to https with 308", "301"},
		{"trailing-slash", "the redirect to https and from www drops one slash at the end of the URL", "keeps it"},
		{"unknown-path-http", "an unknown path of a host with a certificate is redirected to https", "404"},
		{"unknown-path-rewrite", "an unknown path is answered 500 where the first Ingress's rewrite-target comes out empty", "404"},
		{"redirect-host", "redirects to a path name the host in lower case", "as the client wrote it"},
		{"default-port", "redirects from www name the port (:80, :443)", "leave the default port out"},
		{"forwarded-for", "X-Forwarded-For is overwritten with the peer's address", "the peer's address is appended"},
		{"hsts", "Strict-Transport-Security on every https response, redirects and 404 among them", "on responses of Services, over http too"},
		{"upstream-path", "without a rewrite the upstream gets the path as sent; a rewritten one is decoded, cleaned and encoded again", "the path with dot segments resolved and slashes merged"},
		{"path-matching", "paths are percent-decoded before they are compared", "escapes of reserved characters stay"},
		{"body-size", "bodies over 1 MiB get 413, unless proxy-body-size says otherwise", "no limit"},
		{"error-bodies", "nginx's own pages for 404, 413, 502, 503, 504", "short texts"},
		{"retries", "connection errors and timeouts are tried up to 3 times", "no retry"},
		{"connect-timeout", "5 s, per location", "Contour's global setting, 2 s"},
		{"unknown-host", "the default server answers 404, and 200 on /healthz", "404"},
		{"default-certificate", "https to a host without a certificate gets the controller's default one", "the handshake fails"},
	}
}

// covered says whether the profile covers all differences between two decisions.
func covered(r table.Request, before, after table.Decision) bool {
	switch {
	case upgrades(r, before) && upgrades(r, after): // redirect-status, trailing-slash
		return true
	case implicit(before) && after.Status == 404: // unknown-path-http
		return true
	case before.Route == nil && before.Status == 404 && after.Status == 404:
		return true
	}
	return false
}

// upgrades says whether a decision is a route's redirect of plain http to https.
func upgrades(r table.Request, d table.Decision) bool {
	return r.Scheme == "http" && d.Route != nil && d.Route.HTTPS != nil && d.Location != ""
}

// implicit says whether no rule of the input speaks of the request.
func implicit(d table.Decision) bool {
	return d.Route != nil && d.Route.Respond != nil && d.Route.Respond.Implicit && d.Route.Respond.Status >= 400
}

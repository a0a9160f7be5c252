package equivalence

import (
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// Lemma is one difference between two data planes that holds on every host alike.
type Lemma struct {
	ID     string // stable
	Before string // ingress-nginx v1.15
	After  string // Contour v1.33 and Envoy
}

// ProfileVersion grows with every change of the profile.
const ProfileVersion = 7

// Profile is the platform profile: what `proved equal` and `exact` leave out. The numbers are
// the controllers' defaults. Those about targets, hosts and repeated headers mark the end of
// the proof's domain: clean paths in canonical form, a host name as its model spells it, and
// no header twice.
func Profile() []Lemma {
	return []Lemma{
		{"redirect-status", "http is redirected to https with 308", "301"},
		{"trailing-slash", "the redirect to https and from www drops one slash at the end of the URL", "keeps it"},
		{"unknown-path-http", "an unknown path of a host with a certificate is redirected to https", "404"},
		{"unknown-path-rewrite", "an unknown path is answered 500 where the first Ingress's rewrite-target comes out empty", "404"},
		{"unknown-path-policies", "an unknown path gets what the host's first Ingress asks for: passwords are asked for, preflights answered, headers set, copies sent", "404"},
		{"redirect-host", "redirects to a path name the host in lower case", "as the client wrote it"},
		{"default-port", "redirects from www name the port (:80, :443)", "leave the default port out"},
		{"upgrades", "a request to change the protocol, which is any with Upgrade, gets what another request gets, unless the upstream changes it, or speaks HTTP/2, which forbids it: 502 or 400", "where Connection names Upgrade, too, 502 towards HTTP/2 and 403 where nothing forwards it, redirects to https included; with a body it waits for an upstream that does not change it until a timeout"},
		{"compression", "responses go out as the application sends them", "to clients that accept gzip Envoy compresses them, and Vary: Accept-Encoding stands on all (compression.algorithm: disabled in Contour's configuration)"},
		{"forwarded-for", "X-Forwarded-For is overwritten with the peer's address", "the peer's address is appended"},
		{"told-upstreams", "upstreams are told by X-Real-Ip, X-Forwarded-Host, -Port and -Scheme and X-Scheme, whatever the client says of these, and gRPC servers by Host, too", "by X-Forwarded-Proto, X-Envoy-External-Address, X-Request-Start, and where path or host are rewritten X-Envoy-Original-Path and -Host; what the client says of the others goes on"},
		{"trace", "TRACE is answered 405 by every server; any other word in capitals is a method", "TRACE goes where another method goes; a word that HTTP's registry does not know, such as TRACK, is answered 400"},
		{"header-names", "headers with another character in their name than letters, digits and dashes are dropped, and so is Proxy", "go on to the upstream"},
		{"connection-names", "headers that Connection names go on to the upstream", "are taken away"},
		{"hsts", "Strict-Transport-Security on every https response, redirects and 404 among them", "on responses of Services, over http too"},
		{"upstream-path", "without a rewrite the upstream, and a redirect to the same path, get the path as sent; a rewritten one is decoded, cleaned and encoded again, and so is the part of it that a redirect keeps", "the path with dot segments resolved and slashes merged"},
		{"path-matching", "paths are percent-decoded before they are compared: %2F is a slash, %40 an @", "escapes of reserved characters, and the case of hex digits in all that stay, are compared as sent; where a guard would be found behind them, 503"},
		{"escaped-segments", "an escaped slash makes segments that are cleaned away: /x%2F..%2Fadmin is /admin", "it stays; on a host with a guarded path such requests are answered 503"},
		{"patterns-and-escapes", "a pattern sees an escape as one character", "as three"},
		{"backslash", "a character like any other", "\\ is read as a slash"},
		{"slashes-and-dots", "slashes are merged before .. takes a segment away: /x//.. is /, and // is /", "after: .. takes the empty segment, and /x//.. is /x/; a path of slashes alone is //, which is answered 503 where / alone is guarded"},
		{"above-root", "a path that climbs above the root is answered 400", "it stays at the root"},
		{"broken-escape", "a % without two hex digits is answered 400", "it is escaped itself"},
		{"fragment", "a # ends path and query", "400"},
		{"non-ascii", "bytes outside of ASCII are matched as they are", "400"},
		{"empty-query", "a ? without a query is dropped where the path is rewritten or redirected", "it stays"},
		{"redirect-port", "redirects to the own host leave the port of the Host header out", "keep it, unless the scheme changes and it is the old one's default"},
		{"repeated-headers", "of a header or cookie that is sent twice, the first counts", "header lines are joined with a comma, and any cookie of the name counts"},
		{"host-dot", "a dot at the end of the Host header is dropped", "it is part of the name: 404"},
		{"wildcard-label", "a host below a wildcard is written in any case, and its label may hold underscores", "in lower case, with a label of letters, digits and inner dashes; others get 404"},
		{"body-size", "bodies over 1 MiB get 413, unless proxy-body-size says otherwise", "no limit"},
		{"error-bodies", "nginx's own pages for 404, 413, 502, 503, 504", "short texts"},
		{"upstream-failures", "a backend that breaks the connection, or speaks another protocol, gives 502", "503"},
		{"retries", "connection errors and timeouts are tried up to 3 times", "no retry"},
		{"connect-timeout", "5 s, per location", "Contour's global setting, 2 s"},
		{"keep-alive", "unused connections to applications are kept for 60 s", "for an hour"},
		{"buffering", "the body of a request is read before the application is asked, and a response head over 4 KiB is 502", "bodies go on as they come, and heads may have 60 KiB"},
		{"canary-endpoints", "as long as a canary has no endpoint the primary gets its requests, and as long as the primary has none all get 503", "requests for a Service without endpoints get 503"},
		{"closed-errors", "a path that is answered with an error has its own status", "503 where it falls under what is closed beside a guarded path"},
		{"unknown-host", "the default server answers 404, and 200 on /healthz", "404"},
		{"misdirected", "over https the Host header chooses the host, whatever the server name is", "a Host that is not the server name's gets 421"},
		{"default-certificate", "https to a host without a certificate gets the controller's default one", "the handshake fails"},
	}
}

// covered says whether the profile covers all differences between two decisions.
func covered(r table.Request, before, after table.Decision) bool {
	switch {
	case upgrades(r, before) && (upgrades(r, after) || guardedWay(after)): // redirect-status, trailing-slash
		return (before.Status == after.Status || before.Status == 308 && after.Status == 301) && sameURL(before.Location, after.Location)
	case implicit(before) && after.Status == 404: // unknown-path-http
		return true
	case before.Status >= 400 && after.Status == 503 && blocked(after): // closed-errors
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

// closedWay is the part in which two redirects of plain http to https differ, if some clients
// get only the one before.
func closedWay(r table.Request, before, after table.Decision) []intent.Dimension {
	if upgrades(r, before) && guardedWay(after) {
		return []intent.Dimension{intent.AccessPart}
	}
	return nil
}

// guardedWay says whether a decision is the redirect to https of a host whose lists of addresses
// hold for it: a route of its own.
func guardedWay(d table.Decision) bool {
	r := d.Route
	return r != nil && r.HTTPS == nil && r.Redirect != nil && r.Redirect.Scheme == "https" && r.Redirect.Host == "" &&
		r.Redirect.Port == "" && r.Redirect.Path == "{uri}" && r.Has(intent.AccessPart)
}

// implicit says whether no rule of the input speaks of the request.
func implicit(d table.Decision) bool {
	return d.Route != nil && d.Route.Respond != nil && d.Route.Respond.Implicit && d.Route.Respond.Status >= 400
}

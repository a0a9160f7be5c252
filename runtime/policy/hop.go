package policy

import (
	"net/http"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// RemoveHopByHop takes from the headers of a request what concerns the client's connection
// only (RFC 9110, section 7.6.1) and what a client may not say to this data plane:
//
//   - Connection, Keep-Alive, Proxy-Connection, Transfer-Encoding, Upgrade, HTTP2-Settings,
//     Expect (the server answers 100 itself, as both data planes do), and TE unless it says "trailers". Whoever forwards an upgrade must read Upgrade before,
//     and set it and Connection again.
//   - Envoy: the headers that Connection names; its own settings (x-envoy-retry-on and the
//     like) and X-Forwarded-Client-Cert. It returns false where Envoy answers 400:
//     Connection names X-Forwarded-For, -Host or -Proto, a pseudo header, or ten names.
//   - nginx: Proxy, and every header with another character in its name than letters, digits
//     and "-" (underscores-in-headers and ignore-invalid-headers are at their defaults).
//     Headers that Connection names go on to the upstream, as recorded of ingress-nginx.
//
// It must come before anything that sets headers: see the package.
func RemoveHopByHop(h http.Header, plane intent.PathForm) (ok bool) {
	if plane == intent.Decoded {
		removeKnown(h)
		removeNginx(h)
		return true
	}
	ok = removeNamed(h)
	removeKnown(h)
	removeEnvoy(h)
	return ok
}

// RemoveResponseHopByHop takes from the headers of an upstream's response what concerns its
// connection only. Headers that Connection names go too; content-length and the like are
// the server's, which writes the body.
func RemoveResponseHopByHop(h http.Header) {
	removeNamed(h)
	removeKnown(h)
}

// removeKnown takes away what belongs to one connection in any case.
func removeKnown(h http.Header) {
	delete(h, "Connection")
	delete(h, "Keep-Alive")
	delete(h, "Proxy-Connection")
	delete(h, "Transfer-Encoding")
	delete(h, "Upgrade")
	delete(h, "Http2-Settings")
	delete(h, "Expect")
	if te, found := h["Te"]; found {
		if saysTrailers(te) {
			h["Te"] = trailers
		} else {
			delete(h, "Te")
		}
	}
}

// trailers is the only thing that TE may say to an upstream.
var trailers = []string{"trailers"}

func saysTrailers(te []string) bool {
	for _, line := range te {
		for line != "" {
			var one string
			one, line, _ = strings.Cut(line, ",")
			if strings.Trim(one, " \t") == "trailers" {
				return true
			}
		}
	}
	return false
}

// maxNamed is the number of names in Connection that Envoy refuses.
const maxNamed = 10

// removeNamed takes away what Connection names, but for what carries the body; false where
// it names what it must not.
func removeNamed(h http.Header) bool {
	named := 0
	for _, line := range h["Connection"] {
		for line != "" {
			var name string
			name, line, _ = strings.Cut(line, ",")
			name = http.CanonicalHeaderKey(strings.Trim(name, " \t"))
			switch name {
			case "", "Close", "Keep-Alive", "Upgrade", "Te", "Host", "Content-Length":
			case "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto":
				return false
			default:
				if name[0] == ':' {
					return false
				}
				delete(h, name)
			}
			if named++; named >= maxNamed {
				return false
			}
		}
	}
	return true
}

// removeNginx takes away the headers that nginx does not read as such.
func removeNginx(h http.Header) {
	delete(h, "Proxy")
	for name := range h {
		if !nginxReads(name) {
			delete(h, name)
		}
	}
}

func nginxReads(name string) bool {
	for i := range len(name) {
		if !labelByte(name[i]) {
			return false
		}
	}
	return name != ""
}

// removeEnvoy takes away what tells Envoy how to treat a request, and what it says itself.
func removeEnvoy(h http.Header) {
	delete(h, "X-Forwarded-Client-Cert")
	for name := range h {
		if rest, ok := strings.CutPrefix(name, "X-Envoy-"); ok && isSetting(rest) {
			delete(h, name)
		}
	}
}

// isSetting says whether Envoy removes "X-Envoy-" + rest from requests at the edge.
func isSetting(rest string) bool {
	switch rest {
	case "Internal", "External-Address", "Max-Retries", "Retry-On", "Retry-Grpc-On",
		"Downstream-Service-Cluster", "Downstream-Service-Node", "Upstream-Alt-Stat-Name",
		"Upstream-Rq-Timeout-Ms", "Upstream-Rq-Timeout-Alt-Response", "Upstream-Rq-Per-Try-Timeout-Ms",
		"Expected-Rq-Timeout-Ms", "Force-Trace", "Ip-Tags", "Original-Url", "Original-Path", "Original-Host",
		"Hedge-On-Per-Try-Timeout", "Retriable-Status-Codes", "Retriable-Header-Names",
		"Decorator-Operation", "Upstream-Stream-Duration-Ms":
		return true
	}
	return false
}

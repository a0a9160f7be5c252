package policy

import (
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// RemoveFromTrailer takes from the trailers of a request what an upstream that merges them
// into the headers must not find there (RFC 9110, section 6.5.1): what frames or directs a
// message, credentials and cookies, what this data plane says about the client, and whatever
// the headers that go upstream have already. (Envoy and nginx pass no trailers on over
// HTTP/1.1 at all.)
func RemoveFromTrailer(trailer, header http.Header) {
	for name := range trailer {
		if _, said := header[name]; said || !trailing(name) {
			delete(trailer, name)
		}
	}
}

// trailing says whether a field may come behind a body. The name is canonical.
func trailing(name string) bool {
	if !httpguts.ValidTrailerHeader(name) || !nginxReads(name) {
		return false
	}
	for _, own := range []string{"X-Forwarded-", "X-Original-", "X-Envoy-", "X-Real-", "Ssl-Client-"} {
		if strings.HasPrefix(name, own) {
			return false
		}
	}
	switch name {
	case "Cookie", "Forwarded", "Proxy", "Upgrade", "X-Request-Id", "X-Request-Start", "X-Scheme":
		return false
	}
	return true
}

package policy

import "strings"

// readsNone says whether a browser knows SameSite=None, which some take for Strict, and
// others for a reason to refuse the cookie: those that ingress-nginx 1.15 leaves it out for
// by their User-Agent (www.chromium.org/updates/same-site/incompatible-clients). A client
// without one knows it.
func readsNone(agent string) bool {
	has := func(part string) bool { return strings.Contains(agent, part) }
	switch {
	case has("Chrome/4"), has("Chrome/5"), has("Chrome/6"):
		return false
	case has("CPU iPhone OS 12"), has("iPad; CPU OS 12"):
		return false
	}
	return !(has("Macintosh") && has("Intel Mac OS X 10_14") && has("Safari") && !has("Chrome"))
}

package httpproxy

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// The ways to choose an endpoint that loadBalancerPolicy has, in the model's words.
const (
	leastRequest = "least_request"
	atRandom     = "random"
	byHash       = "hash"
)

// lowerBalance says how an endpoint is chosen. Affinity by a cookie takes the place of it.
func lowerBalance(_ *lowering, o *owned, r *intent.Route) verdict {
	if r.Forward == nil {
		return verdict{}
	}
	b := r.Forward.Balance
	r.Forward.Balance = &intent.Balance{Strategy: roundRobin}
	switch {
	case b == nil || b.Strategy == roundRobin:
		return verdict{}
	case o.Forward.Affinity != nil:
		return verdict{outcome: ledger.Approximated, reason: "the affinity cookie decides, here as in nginx"}
	case b.Strategy == atRandom:
		r.Forward.Balance = b
		return verdict{}
	case b.Strategy == "ewma":
		r.Forward.Balance = &intent.Balance{Strategy: leastRequest}
		return verdict{outcome: ledger.Approximated, reason: "of two endpoints at random Envoy takes the one with fewer requests under way, and nginx the one that answered faster of late"}
	case b.SubsetSize > 0:
		return verdict{outcome: ledger.Untranslated, reason: "HTTPProxy hashes to one endpoint and not to a group: requests go round all endpoints"}
	}
	part, ok := hashed(b.HashBy)
	if !ok {
		return verdict{outcome: ledger.Untranslated, reason: "HTTPProxy hashes by one header, one query argument in lower case or the client's address, and not by " + b.HashBy + ": requests go round all endpoints"}
	}
	r.Forward.Balance = &intent.Balance{Strategy: byHash, Hash: []intent.HashPart{part}}
	return verdict{outcome: ledger.Approximated, reason: "Envoy hashes otherwise: at the cutover clients get other endpoints, and requests without the value go to any endpoint instead of all to one"}
}

// variableOf is the one variable that a template consists of.
var variableOf = regexp.MustCompile(`^\{var:([^{}]*)\}$`)

// hashed is what a template of nginx hashes by, if it is one thing that Contour knows.
func hashed(template string) (intent.HashPart, bool) {
	found := variableOf.FindStringSubmatch(template)
	if found == nil {
		return intent.HashPart{}, false
	}
	if header, ok := headerOf(found[1]); ok {
		return intent.HashPart{Header: header}, true
	}
	name, argument := strings.CutPrefix(found[1], "arg_")
	switch {
	case argument && name == strings.ToLower(name):
		return intent.HashPart{Query: name}, true
	case found[1] == "remote_addr":
		return intent.HashPart{Source: true}, true
	}
	return intent.HashPart{}, false
}

// headerOf is the request header that a variable of nginx stands for.
func headerOf(variable string) (string, bool) {
	name, ok := strings.CutPrefix(variable, "http_")
	return http.CanonicalHeaderKey(strings.ReplaceAll(name, "_", "-")), ok && name != ""
}

// lowerAffinity makes a client stay by Contour's own cookie.
func lowerAffinity(_ *lowering, o *owned, r *intent.Route) verdict {
	if !o.Has(intent.AffinityPart) {
		return verdict{}
	}
	r.Drop(intent.AffinityPart)
	was := o.Forward.Affinity
	if was == nil {
		return verdict{outcome: ledger.Untranslated, reason: "HTTPProxy keeps clients at their endpoints by route, and not for one of its Services"}
	}
	r.Forward.Affinity = &intent.Affinity{Cookie: affinityCookie, Path: "/"}
	v := verdict{outcome: ledger.Approximated, reason: affinityReason(*was)}
	if o.Forward.Primary != nil || len(o.Forward.Backends) > 1 {
		v.outcome = ledger.Untranslated
		v.reason += "; HTTPProxy chooses between primary and canary anew for each request, and nginx left a client with the one that it had"
	}
	return v
}

// affinityReason names what differs between a cookie of nginx and Contour's.
func affinityReason(was intent.Affinity) string {
	attributes := []string{"Path=" + was.Path}
	for _, a := range []struct{ name, value string }{
		{"Domain", was.Domain}, {"Max-Age", was.MaxAge}, {"Expires", was.Expires}, {"SameSite", was.SameSite},
	} {
		if a.value != "" {
			attributes = append(attributes, a.name+"="+a.value)
		}
	}
	secure := "Secure over https"
	if was.Secure {
		secure = "Secure"
	}
	reason := "the cookie is " + affinityCookie + " (HttpOnly, Path=/, for the browser's session), and was " + was.Cookie + " (HttpOnly, " + strings.Join(attributes, ", ") +
		", " + secure + "): clients get a new endpoint once, at the cutover"
	if was.Mode == "persistent" {
		reason += "; when endpoints come or go some clients move, which none did"
	}
	if was.ChangeOnFailure {
		reason += "; a client whose endpoint fails stays with it until it is gone, and got another one"
	}
	if was.Silent {
		reason += "; Envoy sets a cookie here, and nginx only read the one that other paths to this Service set"
	}
	return reason
}

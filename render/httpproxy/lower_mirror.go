package httpproxy

import (
	"regexp"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// clusterURL is a URL of a Service by its name in the cluster's DNS, with the template of the
// request's own path and query: scheme, Service, namespace, port, a slash before the path.
var clusterURL = regexp.MustCompile(`^(https?)://([a-z0-9-]+)\.([a-z0-9-]+)(?:\.svc(?:\.cluster\.local\.?)?)?(?::([0-9]{1,5}))?(/?)\{uri\}$`)

const mirrorElsewhere = "HTTPProxy copies requests to a Service of the route's namespace, with the path that the application gets: "

// lowerMirror copies requests to a Service.
func lowerMirror(l *lowering, o *owned, r *intent.Route) verdict {
	if !o.Has(intent.MirrorPart) {
		return verdict{}
	}
	r.Drop(intent.MirrorPart)
	was, namespace := *o.Forward.Mirror, o.namespace()
	found := clusterURL.FindStringSubmatch(was.Target)
	switch {
	case !was.Body:
		return verdict{outcome: ledger.Untranslated, reason: "HTTPProxy copies requests with their bodies, and mirror-request-body is off: nothing is copied"}
	case found == nil:
		return verdict{outcome: ledger.Untranslated, reason: mirrorElsewhere + was.Target + " is none, and nothing is copied; give it a Service there, and set mirror: true on it"}
	case found[3] != namespace:
		return verdict{outcome: ledger.Untranslated, reason: mirrorElsewhere + "Service " + found[3] + "/" + found[2] + " is none of " + namespace + ", and nothing is copied"}
	}
	to := intent.Backend{Namespace: namespace, Service: found[2], Port: found[4], Weight: 1}
	if found[1] == "https" {
		name, _ := l.sentHost(o).template.Constant()
		to.Protocol, to.TLS = intent.HTTPS, &intent.UpstreamTLS{ServerName: name}
	}
	if to.Port == "" {
		to.Port = map[string]string{"http": "80", "https": "443"}[found[1]]
	}
	for _, b := range o.Forward.Backends {
		if b.Service == to.Service && b.Port == to.Port {
			return verdict{outcome: ledger.Untranslated, reason: "the copies would go to the Service that gets the requests as well, which HTTPProxy does not tell apart: nothing is copied"}
		}
	}
	r.Forward.Mirror = &intent.Mirror{Backend: &to, Body: true}
	reason := "copies carry the request's Host with -shadow behind it instead of " + was.Host + ", go out in HTTP/1.1 and with Envoy's headers, and requests to unknown paths are not copied"
	if o.Forward.Rewrite != nil {
		reason += "; their path is the rewritten one, and was the request's own"
	}
	if found[5] != "" {
		reason += "; their path begins with one slash, and began with two"
	}
	return verdict{outcome: ledger.Approximated, reason: strings.TrimSpace(reason)}
}

// namespace is that of the object that holds the route: its Services are there.
func (o *owned) namespace() string {
	switch {
	case o.team != nil:
		return o.team.Namespace
	case o.Forward != nil && len(o.Forward.Backends) > 0:
		return o.Forward.Backends[0].Namespace
	}
	return ""
}

package httpproxy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// tlsOf names the root's Secret, and says what differs from Contour's defaults. The own
// namespace's Secrets need no namespace in front.
func (e encoder) tlsOf(root *delegation.Root) *contour.TLS {
	t := root.TLS
	if t == nil {
		return nil
	}
	if relayed(t) {
		return &contour.TLS{Passthrough: true}
	}
	own := func(secret string) string { return strings.TrimPrefix(secret, root.Namespace+"/") }
	out := &contour.TLS{SecretName: own(secretOf(root, e.opts))}
	if t.MinVersion != tlsMin {
		out.MinimumProtocolVersion = t.MinVersion
	}
	if t.MaxVersion != tlsMax {
		out.MaximumProtocolVersion = t.MaxVersion
	}
	if c := t.Client; c != nil {
		out.ClientValidation = &contour.DownstreamValidation{
			CACertificate: own(c.CASecret), CertificateRevocationList: own(c.CRL), OnlyVerifyLeafCertCrl: c.LeafOnly,
			OptionalClientCertificate: c.Optional, SkipClientCertValidation: c.Unchecked,
		}
		if c.Forward {
			says := func(field string) bool { return slices.Contains(c.Fields, field) }
			out.ClientValidation.ForwardClientCertificate = &contour.ClientCertificateDetails{
				Subject: says("subject"), Cert: says("cert"), Chain: says("chain"), DNS: says("dns"), URI: says("uri"),
			}
		}
	}
	return out
}

// relayBy leads TLS that is relayed on to an object below; nil: none relays.
func relayBy(f *delegation.Fanout, namespace, name string) *contour.TCPProxy {
	if f.Relay() == nil {
		return nil
	}
	return &contour.TCPProxy{Include: &contour.TCPProxyInclude{Namespace: namespace, Name: name}}
}

// relayTo is the end of that way.
func relayTo(t *intent.TLS) (*contour.TCPProxy, error) {
	port, err := strconv.Atoi(t.Passthrough.Port)
	if err != nil {
		return nil, fmt.Errorf("TLS to %s/%s: port %q is no number", t.Passthrough.Namespace, t.Passthrough.Service, t.Passthrough.Port)
	}
	return &contour.TCPProxy{Services: []contour.Service{{Name: t.Passthrough.Service, Port: port}}}, nil
}

// corsPolicy is the inverse of readCORS.
func corsPolicy(c *intent.CORS) *contour.CORSPolicy {
	if c == nil {
		return nil
	}
	p := &contour.CORSPolicy{
		AllowCredentials: c.Credentials, AllowPrivateNetwork: c.PrivateNetwork, AllowOrigin: slices.Concat(c.Origins, c.Patterns),
		AllowMethods: corsValues(c.Methods), AllowHeaders: corsValues(c.Headers), ExposeHeaders: corsValues(c.Expose),
	}
	switch {
	case c.MaxAge > 0:
		p.MaxAge = strconv.Itoa(c.MaxAge) + "s"
	case c.MaxAge < 0:
		p.MaxAge = "0"
	}
	return p
}

func corsValues(list string) []contour.CORSHeaderValue {
	var out []contour.CORSHeaderValue
	for item := range strings.SplitSeq(list, ",") {
		if item != "" {
			out = append(out, contour.CORSHeaderValue(item))
		}
	}
	return out
}

// authorizationServer names the service that is asked about every request over https, unless
// the route says otherwise.
func authorizationServer(a *delegation.Authorization) *contour.AuthorizationServer {
	if a == nil {
		return nil
	}
	namespace, name, _ := strings.Cut(a.Service, "/")
	return &contour.AuthorizationServer{ExtensionServiceRef: contour.ExtensionServiceReference{Namespace: namespace, Name: name}}
}

// authPolicy takes a route out of the authorization of its host. Redirects cannot be taken
// out.
func (e encoder) authPolicy(r intent.Route) *contour.AuthorizationPolicy {
	if !e.auth || authorized(r) || r.Redirect != nil {
		return nil
	}
	return &contour.AuthorizationPolicy{Disabled: true}
}

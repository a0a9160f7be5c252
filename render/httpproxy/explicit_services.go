package httpproxy

import (
	"fmt"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// Keys of what a route says of one of its Services; the Service's name follows.
const (
	keyValidation      = "services.validation "
	keyServiceRequest  = "services.requestHeadersPolicy "
	keyServiceResponse = "services.responseHeadersPolicy "
	keyServiceCookies  = "services.cookieRewritePolicies "
	keyMirror          = "services.mirror "
)

// services makes the backends explicit, the mirror among them.
func (x *explicitRoute) services(f *intent.Forward) {
	all := slices.Clone(f.Backends)
	var mirror *intent.Backend
	if f.Mirror != nil {
		m := *f.Mirror
		mirror = &intent.Backend{Weight: 1}
		var rest string
		mirror.Namespace, rest, _ = strings.Cut(m.Target, "/")
		mirror.Service, mirror.Port, _ = strings.Cut(rest, ":")
		m.Target, m.Backend, f.Mirror = "", mirror, &m
	}
	label := func(b intent.Backend) string {
		n := 0
		for _, o := range all {
			if o.Service == b.Service {
				n++
			}
		}
		if mirror != nil && mirror.Service == b.Service {
			n++
		}
		if n > 1 {
			return b.Service + ":" + b.Port
		}
		return b.Service
	}
	f.Backends = nil
	for _, b := range all {
		if x.service(&b, label(b), f.Host) {
			f.Backends = append(f.Backends, b)
		}
	}
	evenWeights(f.Backends)
	if mirror != nil {
		x.mirror(f, label(*mirror))
	}
	if len(f.Backends) == 0 {
		x.Forward, x.Respond = nil, &intent.Respond{Status: 503}
	}
}

// mirror reads the Service that requests are copied to, and how many of them are.
func (x *explicitRoute) mirror(f *intent.Forward, label string) {
	type copied struct {
		protocol string
		weight   int
	}
	if i := x.find(keyMirror + label); i >= 0 {
		var c copied
		if err := unjson(x.Opaque[i].Value, &c.protocol, &c.weight); err != nil {
			x.fail(i, err)
			return
		}
		x.done[i] = true
		f.Mirror.Backend.Protocol = protocolOf(c.protocol)
		if c.weight < 100 {
			f.Mirror.Percent = c.weight
		}
	}
	if !x.service(f.Mirror.Backend, label, f.Host) {
		f.Mirror = nil
	}
}

// service makes one backend explicit; false if Contour finds none. host is the template of
// the Host that the route sends.
func (x *explicitRoute) service(b *intent.Backend, label string, host intent.Template) bool {
	port, err := x.opts.servicePort(*b)
	if err != nil {
		x.problem(x.object(), "ServiceUnresolvedReference", err.Error()+": no request goes there")
		for _, key := range []string{keyValidation, keyServiceRequest, keyServiceResponse, keyServiceCookies} {
			x.drop(key + label)
		}
		return false
	}
	if svc := x.opts.Services[manifest.Name{Namespace: b.Namespace, Name: b.Service}]; svc != nil && b.Protocol == intent.HTTP {
		b.Protocol = upstreamProtocol(svc, port)
	}
	known := map[string]string{"CONTOUR_NAMESPACE": b.Namespace, "CONTOUR_SERVICE_NAME": b.Service, "CONTOUR_SERVICE_PORT": b.Port}
	if p, ok := take(x, keyServiceRequest+label, readPolicy); ok {
		own := slices.DeleteFunc(slices.Clone(p), isHost)
		b.Request = headers(own, known)
		for _, h := range p {
			if text, _ := h.Value.Constant(); isHost(h) && hostHeader.FindString(text) == "" { // a header's value is not taken here
				host = h.Value
				b.Request = append(b.Request, h)
			}
		}
	}
	if p, ok := take(x, keyServiceResponse+label, readPolicy); ok {
		b.Response = headers(p, known)
	}
	b.Cookies, _ = take(x, keyServiceCookies+label, readCookieChanges)
	x.upstreamTLS(b, label, host)
	return true
}

func readPolicy(p *contour.HeadersPolicy) ([]intent.HeaderChange, error) {
	return readHeadersPolicy(p), nil
}

func isHost(h intent.HeaderChange) bool { return !h.Remove && strings.EqualFold(h.Name, "host") }

// upstreamTLS reads how an upstream's certificate is checked. The server name is the Host
// that is sent, if that is a constant of the route; else none is named.
func (x *explicitRoute) upstreamTLS(b *intent.Backend, label string, host intent.Template) {
	if b.Protocol != intent.HTTPS && b.Protocol != intent.H2 {
		x.drop(keyValidation + label) // it has no effect
		return
	}
	t := &intent.UpstreamTLS{}
	if text, constant := host.Constant(); constant {
		t.ServerName = text
	}
	read := func(v *contour.UpstreamValidation) (intent.UpstreamTLS, error) {
		var checked intent.UpstreamTLS
		err := x.opts.validate(&checked, v, b.Namespace)
		return checked, err
	}
	if c, ok := take(x, keyValidation+label, read); ok {
		t.CA, t.Verify, t.Names = c.CA, c.Verify, c.Names
	}
	b.TLS = t
}

// validate reads the authority and the names that an upstream's certificate has to have.
func (o ExplicitOptions) validate(to *intent.UpstreamTLS, v *contour.UpstreamValidation, namespace string) error {
	ca, err := o.secret(v.CACertificate, namespace, "ca.crt")
	switch {
	case err != nil:
		return err
	case v.SubjectName == "":
		return fault{"TLSUpstreamValidation", "the validation names no subjectName"}
	case len(v.SubjectNames) > 0 && v.SubjectNames[0] != v.SubjectName:
		return fault{"TLSUpstreamValidation", "the first of subjectNames is not subjectName"}
	}
	to.CA, to.Verify, to.Names = ca, true, v.SubjectNames
	if len(to.Names) == 0 {
		to.Names = []string{v.SubjectName}
	}
	return nil
}

// servicePort is the port of a backend's Service, or why Contour finds none. Without
// Services every one is assumed to be there.
func (o ExplicitOptions) servicePort(b intent.Backend) (manifest.ServicePort, error) {
	n := manifest.Name{Namespace: b.Namespace, Name: b.Service}
	if o.Services == nil {
		return manifest.ServicePort{}, nil
	}
	svc := o.Services[n]
	if svc == nil {
		return manifest.ServicePort{}, fmt.Errorf("there is no Service %s", n)
	}
	port, ok := servicePort(svc, b.Port)
	switch {
	case !ok:
		return port, fmt.Errorf("the Service %s has no TCP port %s", n, b.Port)
	case svc.Type == "ExternalName":
		return port, fmt.Errorf("the Service %s is of type ExternalName, which Contour's defaults do not allow", n)
	}
	return port, nil
}

// evenWeights gives every backend the same share if none has any.
func evenWeights(bs []intent.Backend) {
	if slices.ContainsFunc(bs, func(b intent.Backend) bool { return b.Weight > 0 }) {
		return
	}
	for i := range bs {
		bs[i].Weight = 1
	}
}

// object is that of the route.
func (x *explicitRoute) object() string {
	for _, o := range x.Origins {
		if o.Known() {
			return o.Object
		}
	}
	return objectName(x.root.namespace, x.root.name)
}

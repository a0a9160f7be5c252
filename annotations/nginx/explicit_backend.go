package nginx

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// backendProtocol reads what the application speaks.
func (a *asked) backendProtocol() {
	text := a.values.str("backend-protocol")
	kind := strings.ToUpper(text)
	if kind != text && (kind == "GRPC" || kind == "GRPCS") {
		// The controller compares letters where it sets headers: it sets those of HTTP, which
		// nginx does not send to gRPC servers, and these get the name of nginx's upstream.
		a.forward.Untold, a.forward.Host, a.forward.Request = true, "upstream_balancer", nil
	}
	switch kind {
	case "HTTPS":
		a.protocol = intent.HTTPS
	case "GRPC":
		a.protocol = intent.H2C
	case "GRPCS":
		a.protocol = intent.H2
	case "AUTO_HTTP":
		a.protocol = intent.AutoHTTP
	case "FCGI":
		a.protocol = intent.FastCGI
		a.keep("backend-protocol", "the data plane does not speak FastCGI", true)
	}
	if t := a.forward.Timeouts; t.Send != 0 && (a.protocol == intent.H2 || a.protocol == intent.H2C) {
		a.find("not-honoured", "proxy-send-timeout", fmt.Sprintf("proxy-send-timeout (%d s) is not proxy-read-timeout (%d s): over HTTP/2 the data plane goes by the latter in both directions", t.Send/1000, t.Idle/1000),
			"give both the same time")
	}
}

// fastCGI reads the parameters of FastCGI, whose ConfigMap must be there whatever the
// application speaks.
func (a *asked) fastCGI() {
	key := "fastcgi-params-configmap"
	name := a.values.str(key)
	if name == "" {
		return
	}
	if !strings.Contains(name, "/") {
		name = a.Namespace + "/" + name
	}
	if !a.acrossNamespaces(key, name) {
		a.configMap(key, name)
	}
}

// backendTLS reads the certificates towards the application, which count only beside
// proxy-ssl-secret (spec item 46), and never towards a gRPC server.
func (a *asked) backendTLS() {
	secret := a.values.str("proxy-ssl-secret")
	if secret == "" || !a.secret("proxy-ssl-secret") {
		return
	}
	t := &intent.UpstreamTLS{
		Secret: secret, Verify: a.values.str("proxy-ssl-verify") == "on", Depth: max(a.values.number("proxy-ssl-verify-depth", 1), 1),
		ServerName: a.values.str("proxy-ssl-name"), NoSNI: a.values.str("proxy-ssl-server-name") != "on",
		Protocols: sortedProtocols(a.values.str("proxy-ssl-protocols")), Ciphers: cmp.Or(a.values.str("proxy-ssl-ciphers"), "DEFAULT"),
	}
	if strings.Contains(t.ServerName, "$") {
		a.keep("proxy-ssl-name", "it holds a variable", true)
		return
	}
	a.authority(t)
	if a.protocol == intent.H2 && t.Verify {
		a.unverified("holds for HTTPS and not for GRPCS", "let the application speak HTTPS")
	}
	a.tls = t
}

// unverified tells that the controller does not verify the application's certificate although
// it is asked to; of a conversion somebody has to decide.
func (a *asked) unverified(reason, action string) {
	const key = "proxy-ssl-verify"
	reason = Prefix + key + " " + reason + ": the controller does not verify the application's certificate"
	if a.x.converting {
		a.keep(key, reason+"; "+action+", or take it away if nobody has to", true)
		return
	}
	a.find("guards-nothing", key, reason, action)
}

// authority goes by what is known of the Secret: without ca.crt the controller verifies
// nothing, and without tls.crt it shows no certificate.
func (a *asked) authority(t *intent.UpstreamTLS) {
	namespace, name, _ := splitName(t.Secret)
	s := a.x.set.Secrets[manifest.Name{Namespace: namespace, Name: name}]
	switch {
	case s == nil || generated(s):
	case !slices.Contains(s.Keys, "ca.crt"):
		if t.Verify {
			a.unverified("needs ca.crt in Secret "+t.Secret, "put the authority there")
		}
		t.Verify, t.Protocols, t.Ciphers = false, "", ""
	case !slices.Contains(s.Keys, "tls.crt"):
		t.CA, t.Secret = t.Secret, ""
	}
}

func sortedProtocols(text string) string {
	words := strings.Fields(text)
	if len(words) == 0 {
		return "TLSv1.2"
	}
	sort.Strings(words)
	return strings.Join(words, " ")
}

// defaultBackend is the Service of the annotation default-backend with its first port; nil
// if there is none that the controller takes.
func (a *asked) defaultBackend() *intent.Backend {
	name := a.values.str("default-backend")
	if name == "" {
		return nil
	}
	b := &intent.Backend{Namespace: a.Namespace, Service: name, Weight: 1}
	svc := a.x.set.Services[manifest.Name{Namespace: a.Namespace, Name: name}]
	switch {
	case svc != nil && len(svc.Ports) > 0:
		b.Port = strconv.Itoa(svc.Ports[0].Port)
	case svc != nil || a.x.missing("Service", a.Namespace, name):
		return nil
	default:
		b.Unresolved = "no Service tells the port of " + a.Namespace + "/" + name
	}
	return b
}

// mirror reads where a copy of each request goes (spec item 59). Without a host in the
// target the controller sends the copy to the application itself.
func (a *asked) mirror() {
	target := a.values.str("mirror-target")
	if target == "" {
		return
	}
	fixed, _, _ := strings.Cut(target, "$")
	u, err := url.Parse(fixed)
	host := a.values.str("mirror-host")
	if err != nil || !isAddress(fixed) {
		a.keep("mirror-target", "it is no URL with scheme and host: the controller sends every request to the application a second time", false)
		return
	}
	m := &intent.Mirror{Body: a.values.str("mirror-request-body") != "off"}
	var said bool
	if m.Target, said = a.template("mirror-target", target); !said {
		return
	}
	if fixed == target { // nginx fills in what a target without variables leaves open
		if u.Path == "" {
			m.Target += "{uri}"
		} else {
			m.Target += "{?query}"
		}
	}
	if m.Host, said = a.template("mirror-host", cmp.Or(host, u.Hostname())); said {
		a.forward.Mirror = m
	}
}

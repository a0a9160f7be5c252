package faults_test

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
)

// secured are two hosts with certificates, and a third that is in the clear.
func secured(t *testing.T, e *edge) (secrets map[string]string) {
	files, secrets := map[string]string{}, map[string]string{}
	for _, name := range []string{"good", "bad", "clear"} {
		o := new(objects).service(name+"/app", echo(t, name))
		spec := "virtualhost: {fqdn: %[1]s.test, tls: {secretName: tls}}\nroutes: [{permitInsecure: true, services: [{name: app, port: 80}]}]"
		if name == "clear" {
			spec = "virtualhost: {fqdn: %[1]s.test}\nroutes: [{services: [{name: app, port: 80}]}]"
		}
		files[name+".yaml"] = o.proxy(name+"/root", fmt.Sprintf(spec, name)).String()
		cert, key := e.authority.leaf(name + ".test")
		secrets[name] = new(objects).secret(name+"/tls", cert, key).String()
		files["secrets/"+name+".yaml"] = secrets[name]
	}
	for name, text := range files {
		e.put(name, text)
	}
	e.until("https://good.test/x", "200 good /x")
	e.until("https://bad.test/x", "200 bad /x")
	e.until("http://clear.test/x", "200 clear /x")
	return secrets
}

// shakes says whether a new handshake with a host works.
func (e *edge) shakes(host string) bool {
	c, err := tls.Dial("tcp", e.https, &tls.Config{ServerName: host, RootCAs: e.authority.pool()})
	if err == nil {
		err = c.Close()
	}
	return err == nil
}

func unaffected() []load {
	return []load{
		{url: "https://good.test/x", every: pace, fresh: true, begin: always("200 good /x")},
		{url: "https://good.test/x", every: pace, begin: always("200 good /x")},
		{url: "https://good.test/x", every: pace, h2: true, begin: always("200 good /x")},
		{url: "http://clear.test/x", every: pace, begin: always("200 clear /x")},
	}
}

// bads are Secrets of which no certificate can be made.
func bads(e *edge) map[string]string {
	cert, key := e.authority.leaf("bad.test")
	_, other := e.authority.leaf("bad.test")
	return map[string]string{
		"no key": new(objects).secret("bad/tls", cert, nil).String(), "no certificate": new(objects).secret("bad/tls", nil, key).String(),
		"another key": new(objects).secret("bad/tls", cert, other).String(), "garbage": new(objects).secret("bad/tls", []byte("what?"), key).String(),
		"missing": "# nothing\n",
		"a type":  strings.Replace(new(objects).secret("bad/tls", cert, key).String(), "kubernetes.io/tls", "bootstrap.kubernetes.io/token", 1),
	}
}

// TestBadCertificate: a certificate that can not be had takes the handshakes of its host
// away. Connections that are open go on, as does the host in the clear, and all others.
func TestBadCertificate(t *testing.T) {
	e := newEdge(t, map[string]string{"a.yaml": "# later\n"})
	secrets := secured(t, e)
	crowd := e.visited(append(unaffected(),
		load{url: "https://bad.test/x", every: pace, begin: always("200 bad /x")},
		load{url: "https://bad.test/x", every: pace, h2: true, begin: always("200 bad /x")},
		load{url: "http://bad.test/x", every: pace, begin: always("200 bad /x")},
	)...)
	crowd.more()
	for name, text := range bads(e) {
		e.put("secrets/bad.yaml", text)
		e.await(name+": no handshake works", func() bool { return !e.shakes("bad.test") })
		e.reported("[")
		e.put("secrets/bad.yaml", secrets["bad"])
		e.await(name+": handshakes work", func() bool { return e.shakes("bad.test") })
	}
	crowd.right()
}

// TestUnreadableSecret: what can not be read at all leaves the certificate as it was.
func TestUnreadableSecret(t *testing.T) {
	e := newEdge(t, map[string]string{"a.yaml": "# later\n"})
	secrets := secured(t, e)
	crowd := e.visited(append(unaffected(), load{url: "https://bad.test/x", every: pace, fresh: true, begin: always("200 bad /x")})...)
	for _, text := range []string{strings.Replace(secrets["bad"], `tls.crt: "`, `tls.crt: "!`, 1), "kind: [", secrets["bad"][:len(secrets["bad"])/2], ""} {
		e.put("secrets/bad.yaml", text)
		e.reported("secrets/bad.yaml")
	}
	crowd.more()
	crowd.right()
	if text := e.findings(); strings.Contains(text, "LS0t") {
		t.Errorf("a finding has something of a Secret: %s", text)
	}
}

// TestBadCertificateAsContour: by Contour's faults the whole host goes, also in the clear.
func TestBadCertificateAsContour(t *testing.T) {
	e := newEdge(t, map[string]string{"a.yaml": "# later\n"}, "--faults", "contour")
	secrets := secured(t, e)
	crowd := e.visited(unaffected()...)
	for name, text := range bads(e) {
		e.put("secrets/bad.yaml", text)
		e.await(name+": no handshake works", func() bool { return !e.shakes("bad.test") })
		e.until("http://bad.test/x", "404")
		e.put("secrets/bad.yaml", secrets["bad"])
		e.await(name+": handshakes work", func() bool { return e.shakes("bad.test") })
		e.until("http://bad.test/x", "200 bad /x")
	}
	crowd.more()
	crowd.right()
}

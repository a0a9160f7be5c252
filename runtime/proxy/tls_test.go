package proxy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// authority signs certificates.
type authority struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t testing.TB) *authority {
	a := &authority{t: t, pool: x509.NewCertPool()}
	a.cert, a.key = a.make(&x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}, nil, nil)
	a.pool.AddCert(a.cert)
	return a
}

func (a *authority) make(c, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber, _ = rand.Int(rand.Reader, big.NewInt(1<<60))
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return out, key
}

// leaf is a certificate for names, or with none for a client.
func (a *authority) leaf(cn string, names ...string) tls.Certificate {
	usage := x509.ExtKeyUsageServerAuth
	if len(names) == 0 {
		usage = x509.ExtKeyUsageClientAuth
	}
	c, key := a.make(&x509.Certificate{Subject: pkix.Name{CommonName: cn}, DNSNames: names, ExtKeyUsage: []x509.ExtKeyUsage{usage}}, a.cert, a.key)
	return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: key, Leaf: c}
}

// tlsLab serves the same site over https.
type tlsLab struct {
	*lab
	ca    *authority
	https *httptest.Server
}

func newTLSLab(t testing.TB) *tlsLab {
	l := &tlsLab{lab: newLab(t, Options{}), ca: newAuthority(t)}
	l.https = httptest.NewUnstartedServer(l.proxy)
	l.https.EnableHTTP2 = true
	l.https.TLS = &tls.Config{GetConfigForClient: l.proxy.GetConfigForClient}
	l.https.StartTLS()
	t.Cleanup(l.https.Close)
	return l
}

// site serves a host with one route, and a certificate.
func (l *tlsLab) site(name string, plane intent.PathForm, client *ClientCerts) {
	l.t.Helper()
	host := &intent.Host{Name: name, TLS: &intent.TLS{}, Routes: []intent.Route{{
		Match:   intent.Match{Path: intent.Path{Kind: intent.StringPrefix, Value: "/"}},
		Forward: &intent.Forward{Backends: []intent.Backend{{Namespace: "ns", Service: "s", Port: "80", Weight: 1}}},
	}}}
	s := &Site{Host: host, Plane: plane, TLS: &TLS{Certificates: []tls.Certificate{l.ca.leaf(name, name)}, Client: client}}
	if problems := l.proxy.Apply(Change{Sites: map[string]*Site{name: s}}); len(problems) > 0 {
		l.t.Fatal(problems)
	}
}

// ask sends a request for a host over a connection for a server name; it gives 0 where
// there is no handshake.
func (l *tlsLab) ask(server, host string, cert *tls.Certificate, header ...string) (int, string) {
	l.t.Helper()
	return l.askBy(&tls.Config{ServerName: server, RootCAs: l.ca.pool}, host, cert, header...)
}

// askAny is as ask, whoever's certificate the server shows.
func (l *tlsLab) askAny(server, host string, cert *tls.Certificate) (int, string) {
	l.t.Helper()
	return l.askBy(&tls.Config{ServerName: server, InsecureSkipVerify: true}, host, cert)
}

func (l *tlsLab) askBy(config *tls.Config, host string, cert *tls.Certificate, header ...string) (int, string) {
	l.t.Helper()
	if cert != nil {
		config.Certificates = []tls.Certificate{*cert}
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequest("GET", l.https.URL+"/x", nil)
	if err != nil {
		l.t.Fatal(err)
	}
	r.Host = host
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestServerNames(t *testing.T) {
	l := newTLSLab(t)
	l.upstream("s", echo("s"))
	l.site("e1.t", intent.Normalized, nil)
	l.site("e2.t", intent.Normalized, nil)
	for _, c := range []struct {
		server, host string
		status       int
	}{
		{"e1.t", "e1.t", 200}, {"e1.t", "e2.t", 421}, {"e1.t", "none.t", 421}, {"none.t", "e1.t", 0}, {"e1.t", "E1.t:8443", 200},
	} {
		if status, text := l.ask(c.server, c.host, nil); status != c.status {
			t.Errorf("%s for %s: %d %s, want %d", c.server, c.host, status, text, c.status)
		}
	}
	l.site("n1.t", intent.Decoded, nil)
	l.site("n2.t", intent.Decoded, nil)
	l.site("guarded.t", intent.Decoded, &ClientCerts{Validation: &intent.ClientValidation{CASecret: "ns/ca"}, CAs: l.ca.pool})
	client := l.ca.leaf("client")
	for _, c := range []struct {
		server, host string
		status       int
	}{
		{"n1.t", "n2.t", 200}, {"n1.t", "e1.t", 421}, {"n1.t", "guarded.t", 421}, {"guarded.t", "guarded.t", 200}, {"n1.t", "none.t", 404},
	} {
		if status, text := l.ask(c.server, c.host, &client); status != c.status {
			t.Errorf("%s for %s: %d %s, want %d", c.server, c.host, status, text, c.status)
		}
	}
}

// TestServerNamesOfGuards: nginx answers 421 where the server of the Host header checks client
// certificates and the handshake named another server that there is (ngx_http_request.c,
// ngx_http_set_virtual_server): names count, of one wildcard, too. A name that no server has
// brings the connection to the default server, which asks for certificates if it checks them.
func TestServerNamesOfGuards(t *testing.T) {
	l := newTLSLab(t)
	l.upstream("s", echo("s"))
	guarded := &ClientCerts{Validation: &intent.ClientValidation{CASecret: "ns/ca"}, CAs: l.ca.pool}
	l.site("n1.t", intent.Decoded, nil)
	l.site("*.w.t", intent.Decoded, guarded)
	l.site("", intent.Decoded, guarded)
	client := l.ca.leaf("client")
	for _, c := range []struct {
		server, host string
		cert         *tls.Certificate
		status       int
	}{
		{"a.w.t", "a.w.t", &client, 200}, {"a.w.t", "A.w.t.", &client, 200}, {"a.w.t", "b.w.t", &client, 421}, {"n1.t", "a.w.t", &client, 421},
		{"none.t", "none.t", &client, 200}, {"none.t", "none.t", nil, 400}, {"none.t", "other.t", &client, 200},
		{"n1.t", "none.t", &client, 421}, {"a.w.t", "n1.t", &client, 200}, {"none.t", "a.w.t", &client, 200}, {"none.t", "a.w.t", nil, 400},
	} {
		if status, text := l.askAny(c.server, c.host, c.cert); status != c.status {
			t.Errorf("%s for %s, certificate %v: %d %s, want %d", c.server, c.host, c.cert != nil, status, text, c.status)
		}
	}
}

func TestClientCertificates(t *testing.T) {
	l := newTLSLab(t)
	l.upstream("s", echo("s"))
	stranger, known := newAuthority(t).leaf("stranger"), l.ca.leaf("known")
	check := func(v intent.ClientValidation) *ClientCerts { return &ClientCerts{Validation: &v, CAs: l.ca.pool} }
	l.site("e.t", intent.Normalized, check(intent.ClientValidation{CASecret: "ns/ca", Fields: []string{"subject"}}))
	l.site("eopt.t", intent.Normalized, check(intent.ClientValidation{CASecret: "ns/ca", Optional: true}))
	l.site("n.t", intent.Decoded, check(intent.ClientValidation{CASecret: "ns/ca", Forward: true}))
	l.site("nopt.t", intent.Decoded, check(intent.ClientValidation{CASecret: "ns/ca", Optional: true}))
	l.site("ncn.t", intent.Decoded, check(intent.ClientValidation{CASecret: "ns/ca", MatchCN: "CN=other"}))
	l.site("nca.t", intent.Decoded, &ClientCerts{Validation: &intent.ClientValidation{CASecret: "ns/ca"}})
	for _, c := range []struct {
		host   string
		cert   *tls.Certificate
		status int
	}{
		{"e.t", nil, 0}, {"e.t", &stranger, 0}, {"e.t", &known, 200},
		{"eopt.t", nil, 200}, {"eopt.t", &stranger, 0}, {"eopt.t", &known, 200},
		{"n.t", nil, 400}, {"n.t", &stranger, 400}, {"n.t", &known, 200},
		{"nopt.t", nil, 200}, {"nopt.t", &stranger, 400},
		{"ncn.t", &known, 403}, {"nca.t", &known, 403},
	} {
		spoof := []string{"X-Forwarded-Client-Cert: Hash=00", "Ssl-Client-Verify: SUCCESS", "Ssl-Client-Cert: spoof", "Ssl-Client-Subject-Dn: CN=admin"}
		status, text := l.ask(c.host, c.host, c.cert, spoof...)
		if status != c.status {
			t.Errorf("%s with certificate %v: %d %s, want %d", c.host, c.cert != nil, status, text, c.status)
		}
		if strings.Contains(text, "Hash=00") || strings.Contains(text, "spoof") || strings.Contains(text, "CN=admin") || c.cert == nil && strings.Contains(text, "SUCCESS") {
			t.Errorf("%s: what the client says of itself came through:\n%s", c.host, text)
		}
		told := map[string]string{"e.t": `Subject="CN=known"`, "n.t": "Ssl-Client-Verify: SUCCESS"}[c.host]
		if status == 200 && !strings.Contains(text, told) {
			t.Errorf("%s: the upstream is not told %q:\n%s", c.host, told, text)
		}
	}
}

// TestBrokenCertificate: it takes down its host only, and only over https.
func TestBrokenCertificate(t *testing.T) {
	l := newTLSLab(t)
	l.upstream("s", echo("s"))
	l.site("good.t", intent.Normalized, nil)
	l.site("bad.t", intent.Normalized, nil)
	good, _ := l.proxy.state.Load().sites.Get("bad.t")
	bad := *good.Site
	bad.TLS = &TLS{Broken: "no key"}
	if problems := l.proxy.Apply(Change{Sites: map[string]*Site{"bad.t": &bad}}); len(problems) != 1 {
		t.Errorf("problems %v", problems)
	}
	if status, _ := l.ask("bad.t", "bad.t", nil); status != 0 {
		t.Errorf("a handshake without a certificate: %d", status)
	}
	if status, text := l.ask("good.t", "good.t", nil); status != 200 {
		t.Errorf("the neighbour: %d %s", status, text)
	}
}

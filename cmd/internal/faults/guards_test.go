package faults_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// closed is the judge of answers to those who must not get in.
func closed(statuses ...int) func() func(answer) string {
	return func() func(answer) string {
		return func(a answer) string {
			for _, s := range statuses {
				if a.status == s && a.err == nil {
					return ""
				}
			}
			return fmt.Sprintf("got %s, want one of %v", a, statuses)
		}
	}
}

// TestGuardsStay: a Secret with passwords, or with authorities of client certificates, goes,
// comes back, and is bad in many ways. Meanwhile nobody gets in, and who needs no password
// notices nothing.
func TestGuardsStay(t *testing.T) {
	app := echo(t, "app")
	e := newEdge(t, map[string]string{"a.yaml": "# later\n"})
	password := func(text string) string {
		return new(objects).add("\napiVersion: v1\nkind: Secret\nmetadata: {name: users, namespace: ns}\ndata: {auth: %q}\n",
			base64.StdEncoding.EncodeToString([]byte(text))).String()
	}
	authorities := func(text string) string {
		return new(objects).add("\napiVersion: v1\nkind: Secret\nmetadata: {name: ca, namespace: ns}\ndata: {ca.crt: %q}\n",
			base64.StdEncoding.EncodeToString([]byte(text))).String()
	}
	cert, key := e.authority.leaf("e.test")
	other, otherKey := e.authority.leaf("n.test")
	e.put("routes.yaml", new(objects).service("ns/app", app).secret("ns/tls", cert, key).secret("ns/other", other, otherKey).
		ingress("ns/guarded", "n.test", "/guarded", "app", "auth-type: basic", "auth-secret: users").
		ingress("ns/open", "n.test", "/", "app").
		proxy("ns/root", "virtualhost: {fqdn: e.test, tls: {secretName: tls, clientValidation: {caSecret: ca}}}\nroutes: [{services: [{name: app, port: 80}]}]").String())
	good := map[string]string{"users.yaml": password("somebody:$apr1$lQ8Jw8nq$Y5cJkpS1xyNhjAxOxvlPN0\n"), "ca.yaml": authorities(e.authority.text())}
	for name, text := range good {
		e.put(name, text)
	}
	e.until("http://n.test/guarded/x", "401")
	e.until("http://n.test/x", "200 app /x")
	crowd := e.visited(
		load{url: "http://n.test/guarded/x", clients: 2, begin: closed(http.StatusUnauthorized, http.StatusServiceUnavailable)},
		load{url: "http://n.test/x", begin: always("200 app /x")},
		load{url: "https://e.test/x", every: pace, fresh: true, begin: func() func(answer) string {
			return func(a answer) string {
				if a.status == http.StatusOK {
					return "somebody without a certificate got in"
				}
				return ""
			}
		}},
	)
	for _, bad := range []struct{ users, ca string }{
		{"# none\n", "# none\n"}, {password(""), authorities("")}, {password("\x00"), authorities("what?")}, {"kind: [", "kind: ["},
		{strings.Replace(good["users.yaml"], "auth:", "others:", 1), strings.Replace(good["ca.yaml"], "ca.crt:", "tls.crt:", 1)},
	} {
		e.put("users.yaml", bad.users)
		e.put("ca.yaml", bad.ca)
		crowd.more()
		e.put("users.yaml", good["users.yaml"])
		e.put("ca.yaml", good["ca.yaml"])
		e.until("http://n.test/guarded/x", "401")
	}
	e.remove("users.yaml")
	e.remove("ca.yaml")
	crowd.more()
	crowd.right()
}

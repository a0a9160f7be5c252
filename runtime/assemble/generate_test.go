package assemble

import (
	"fmt"
	"maps"
	"strings"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/runtime/source"
)

// genStep changes a few objects of a state of the input.
func genStep(t *rapid.T, before map[source.Ref]source.Object) map[source.Ref]source.Object {
	now := maps.Clone(before)
	for range rapid.IntRange(1, 12).Draw(t, "changes") {
		o := object(t, genObject(t), rapid.IntRange(0, 9).Draw(t, "document"), 1)
		if _, there := now[o.Ref]; there && rapid.Bool().Draw(t, "gone") {
			delete(now, o.Ref)
		} else {
			now[o.Ref] = o
		}
	}
	for ref, old := range before { // a document that stays keeps its place
		if o, there := now[ref]; there && string(old.Text) == string(o.Text) {
			now[ref] = old
		}
	}
	return now
}

func word(t *rapid.T, of string) string { return rapid.SampledFrom(strings.Fields(of)).Draw(t, "word") }

// maybe is a text, or nothing.
func maybe(t *rapid.T, text string) string {
	if rapid.Bool().Draw(t, "maybe") {
		return text
	}
	return ""
}

func list(t *rapid.T, most int, item func() string) string {
	var out []string
	for range rapid.IntRange(0, most).Draw(t, "items") {
		out = append(out, item())
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func genObject(t *rapid.T) string {
	meta := func(names, more string) string {
		return fmt.Sprintf("metadata: {name: %s, namespace: %s%s}\n", word(t, names), word(t, "a b"), more)
	}
	switch word(t, "proxy proxy proxy ingress ingress ingress ingress service slice endpoints secret delegation class settings config extension") {
	case "proxy":
		return "apiVersion: projectcontour.io/v1\nkind: HTTPProxy\n" + meta("p q r s", maybe(t, ", creationTimestamp: '2024-01-0"+word(t, "1 2")+"T00:00:00Z'")) + genProxySpec(t)
	case "ingress":
		return genIngress(t)
	case "service":
		return "apiVersion: v1\nkind: Service\n" + meta("s1 s2", maybe(t, ", annotations: {projectcontour.io/upstream-protocol.h2c: '80'}")) +
			"spec: {clusterIP: " + word(t, "None 10.0.0.1") + maybe(t, ", type: ExternalName, externalName: localhost") + ", ports: [{name: web, port: " + word(t, "80 81") + ", targetPort: 8080}, {name: udp, port: 90, protocol: UDP}]}\n"
	case "slice":
		return "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n" + meta("x y", ", labels: {kubernetes.io/service-name: "+word(t, "s1 s2")+"}") +
			"addressType: IPv4\nports: [{name: web, port: 8080}" + maybe(t, ", {name: more, port: 80}") + "]\nendpoints: " +
			list(t, 3, func() string {
				return "{addresses: [10.0.0." + word(t, "1 2 3") + "], conditions: {" + maybe(t, "ready: false, ") + maybe(t, "serving: true, terminating: true") + "}}"
			}) + "\n"
	case "endpoints":
		return "apiVersion: v1\nkind: Endpoints\n" + meta("s1 s2", "") + "subsets: [{ports: [{name: web, port: 8080}], addresses: [{ip: 127.0.0.1}]}]\n"
	case "secret":
		return "apiVersion: v1\nkind: Secret\n" + meta("c d", "") + maybe(t, "type: other\n") + "stringData: {" + word(t, "certificate certificate other ca.crt auth") + ": " + word(t, "h.t '*.t'") + "}\n"
	case "delegation":
		return "apiVersion: projectcontour.io/v1\nkind: TLSCertificateDelegation\n" + meta("x y", "") + "spec: {delegations: [{secretName: " + word(t, "c d") + ", targetNamespaces: [" + word(t, "a b '*' a,'*'") + "]}]}\n"
	case "config":
		return "apiVersion: v1\nkind: ConfigMap\n" + meta("c d", "") + "data: {X-A: b}\n"
	case "extension":
		return "apiVersion: projectcontour.io/v1alpha1\nkind: ExtensionService\n" + meta("e", "") + "spec: {services: [{name: " + word(t, "s1 s2") + ", port: 80}]" +
			maybe(t, ", validation: {caSecret: "+word(t, "c a/c")+", subjectName: x}") + "}\n"
	case "class":
		return "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: " + word(t, "nginx other") + "}\nspec: {controller: " + word(t, "k8s.io/ingress-nginx example.com/x") + "}\n"
	}
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: a}\ndata: {" + word(t, "ssl-redirect allow-snippet-annotations block-cidrs x") + ": '" + word(t, "true false") + "'}\n"
}

func genProxySpec(t *rapid.T) string {
	conditions := func() string {
		return list(t, 2, func() string {
			return "{" + word(t, "prefix prefix prefix exact regex") + ": " + word(t, "/ /a /a/ /b a") + maybe(t, ", header: {name: x, present: true}") + "}"
		})
	}
	spec := "spec:\n"
	if rapid.Bool().Draw(t, "root") {
		spec += "  virtualhost: {fqdn: '" + word(t, "h.t H.t g.t *.t *.g.t *") + "'" + maybe(t, ", tls: {secretName: "+word(t, "c b/c a/d")+", minimumProtocolVersion: '1.3'}") + maybe(t, ", corsPolicy: {allowMethods: [GET], allowOrigin: ['*']}") +
			maybe(t, ", authorization: {extensionRef: {name: e"+maybe(t, ", namespace: a")+"}}") + "}\n"
	}
	spec += maybe(t, "  ingressClassName: "+word(t, "contour other")+"\n")
	spec += "  includes: " + list(t, 2, func() string {
		return "{name: " + word(t, "p q r s") + maybe(t, ", namespace: "+word(t, "a b")) + ", conditions: " + conditions() + "}"
	}) + "\n"
	return spec + "  routes: " + list(t, 2, func() string {
		to := word(t, "service service service direct both")
		r := "{conditions: " + conditions()
		if to != "direct" {
			r += ", services: [{name: " + word(t, "s1 s2") + ", port: " + word(t, "80 81") + maybe(t, ", protocol: tls, validation: {caSecret: "+word(t, "c a/c b/d")+", subjectName: x}") + "}]"
		}
		if to != "service" {
			r += ", directResponsePolicy: {statusCode: 404}"
		}
		return r + maybe(t, ", ipAllowPolicy: [{source: Peer, cidr: 10.0.0.0/8}]") + "}"
	}) + "\n"
}

func genIngress(t *rapid.T) string {
	n := "nginx.ingress.kubernetes.io/"
	annotations := list(t, 4, func() string {
		return rapid.SampledFrom([]string{
			n + "canary: 'true'", n + "canary: 'true'", n + "canary-weight: '50'", n + "server-alias: 'x.t,*.x.t'", n + "server-alias: 'h.t'", n + "from-to-www-redirect: 'true'",
			n + "rewrite-target: /z", n + "use-regex: 'true'", n + "app-root: /app", n + "permanent-redirect: http://o.t", n + "permanent-redirect: ''", n + "auth-url: ''",
			n + "configuration-snippet: x", n + "auth-url: http://auth.t", n + "limit-rps: x", n + "limit-rps: '5'", n + "affinity: cookie", n + "affinity: cookie", n + "service-upstream: 'true'", n + "load-balance: ewma",
			n + "auth-type: basic", n + "auth-type: basic", n + "auth-secret: c", n + "auth-secret: b/d", n + "auth-tls-secret: a/c", n + "custom-headers: a/c", n + "default-backend: s2",
			n + "custom-http-errors: '404,503'", n + "proxy-ssl-secret: a/c", n + "backend-protocol: HTTPS", n + "mirror-target: http://m.t", n + "whitelist-source-range: x", "kubernetes.io/ingress.allow-http: 'false'", "projectcontour.io/tls-cert-namespace: b",
		}).Draw(t, "annotation")
	})
	annotations = "{" + distinctKeys(annotations) + "}"
	backend := func() string {
		return "{service: {name: " + word(t, "s1 s2 s3") + ", port: {" + word(t, "number:80 number:8080 name:web") + "}}}"
	}
	spec := ""
	if rapid.IntRange(0, 3).Draw(t, "class") > 0 {
		spec += "  ingressClassName: " + word(t, "nginx nginx nginx contour other") + "\n"
	}
	if rapid.IntRange(0, 4).Draw(t, "default") == 0 {
		spec += "  defaultBackend: " + backend() + "\n"
	}
	spec += "  tls: " + list(t, 1, func() string {
		return "{secretName: " + word(t, "c d") + ", hosts: ['" + word(t, "h.t g.t *.t") + "']}"
	}) + "\n"
	spec += "  rules: " + list(t, 2, func() string {
		host := maybe(t, "host: '"+word(t, "h.t g.t www.h.t *.t a.g.t *.g.t")+"', ")
		path := func() string {
			return "{path: " + word(t, "/ / /a /a/ /b '/a(' /c.*") + ", pathType: " + word(t, "Prefix Prefix Exact ImplementationSpecific") + ", backend: " + backend() + "}"
		}
		return "{" + host + "http: {paths: [" + path() + maybe(t, ", "+path()) + "]}}"
	}) + "\n"
	created := maybe(t, ", creationTimestamp: '2024-01-0"+word(t, "1 2 3")+"T00:00:00Z'")
	return fmt.Sprintf("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: %s, namespace: %s%s, annotations: %s}\nspec:\n%s",
		word(t, "i j k l m"), word(t, "a b"), created, annotations, strings.NewReplacer("number:", "number: ", "name:web", "name: web").Replace(spec))
}

// distinctKeys leaves one entry of each key in a list of them.
func distinctKeys(list string) string {
	seen := set[string]{}
	var out []string
	for entry := range strings.SplitSeq(strings.Trim(list, "[]"), ", ") {
		key, _, ok := strings.Cut(entry, ": ")
		if ok && !seen.has(key) {
			seen.add(key)
			out = append(out, entry)
		}
	}
	return strings.Join(out, ", ")
}

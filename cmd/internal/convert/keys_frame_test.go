package convert

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/nginx"
)

var topLevel = regexp.MustCompile(`(?m)^([A-Za-z0-9-]+): *(.*)$`)

// framed are the Ingress of a case and its plan, which is empty unless the case names an
// authorization service.
func framed(name, lines string) (ingress, plan string) {
	host := strings.ReplaceAll(name, "-", ".") + ".example"
	frame := map[string]string{"path": "/", "type": "Prefix", "tls": "", "authService": ""}
	annotations := topLevel.ReplaceAllStringFunc(lines, func(line string) string {
		m := topLevel.FindStringSubmatch(line)
		if _, ours := frame[m[1]]; ours {
			frame[m[1]] = m[2]
			return ""
		}
		return nginx.Prefix + line
	})
	var b strings.Builder
	b.WriteString("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n  namespace: app\n  annotations:\n")
	for line := range strings.Lines(annotations) {
		if strings.TrimSpace(line) != "" {
			b.WriteString("    " + line)
		}
	}
	b.WriteString("spec:\n  ingressClassName: nginx\n")
	if frame["tls"] != "" {
		fmt.Fprintf(&b, "  tls: [{hosts: [%s], secretName: %s}]\n", host, frame["tls"])
	}
	fmt.Fprintf(&b, "  rules:\n  - host: %s\n    http:\n      paths:\n      - {path: '%s', pathType: %s, backend: {service: {name: web, port: {number: 80}}}}\n---\n",
		host, frame["path"], frame["type"])
	if frame["authService"] != "" {
		plan = fmt.Sprintf("apiVersion: split-ingress.dev/v1alpha1\nkind: OwnershipPlan\nspec:\n  teams: [{name: app, namespaces: [app]}]\n"+
			"  hosts:\n  - host: %s\n    authService: %s\n    paths: [{path: '%s', team: app, namespace: app}]\n", host, frame["authService"], frame["path"])
	}
	return b.String(), plan
}

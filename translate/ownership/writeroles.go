package ownership

import (
	"bufio"
	"fmt"
)

// writeRoles prints what is known of the admins; nothing of what is not said.
func writeRoles(b *bufio.Writer, p *Plan) {
	for _, list := range []struct {
		key      string
		subjects []Subject
	}{{"  rootAdmins:", p.RootAdmins}, {"  siteAdmins:", p.SiteAdmins}, {"  acmeSolvers:", p.Solvers}} {
		if len(list.subjects) > 0 {
			heading(b, list.key, len(list.subjects))
			writeSubjects(b, list.subjects, "  ")
		}
	}
	for _, list := range []struct {
		key   string
		texts []string
	}{{"  domains:", p.Domains}, {"  certificateNamespaces:", p.CertificateNamespaces}} {
		if len(list.texts) > 0 {
			heading(b, list.key, len(list.texts))
			for _, text := range list.texts {
				fmt.Fprintf(b, "  - %s\n", scalar(text))
			}
		}
	}
}

func writeSubjects(b *bufio.Writer, subjects []Subject, indent string) {
	for _, s := range subjects {
		fmt.Fprintf(b, "%s- kind: %s\n%s  name: %s\n", indent, scalar(s.Kind), indent, scalar(s.Name))
		if s.Namespace != "" {
			fmt.Fprintf(b, "%s  namespace: %s\n", indent, scalar(s.Namespace))
		}
	}
}

func writeGuarded(b *bufio.Writer, h HostRule) {
	if h.MinTLS != "" {
		fmt.Fprintf(b, "    tls: %s\n", scalar(h.MinTLS))
	}
	if h.RootIP {
		fmt.Fprint(b, "    ipPolicy: root\n")
	}
	if h.RootLimits {
		fmt.Fprint(b, "    rateLimits: root\n")
	}
	if h.Legacy {
		fmt.Fprint(b, "    ingresses: kept\n")
	}
}

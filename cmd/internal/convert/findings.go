package convert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// ownFindings are those of the result as a whole: what is blocked, withheld, not carried
// over or only nearly so, and what to mind at the cutover.
func (res *Result) ownFindings(opts Options) []ledger.Finding {
	var fs []ledger.Finding
	for i, h := range res.Model.Hosts {
		host := &res.Hosts[i]
		at := host.origin
		if host.Withheld != "" {
			rule, action := "host-withheld", "nothing is written for this host, and what an earlier run wrote stays: mend what is named, or keep its Ingresses"
			severity := ledger.Refusal
			if host.Unsaid {
				rule, severity = "host-without-form", ledger.Warning
			}
			fs = append(fs, ledger.Finding{Rule: rule, Severity: severity, Origin: at, Host: h.Name, Message: host.Withheld, Action: action})
			if host.ClosedFor != "" {
				fs = append(fs, ledger.Finding{Rule: "host-closed", Severity: ledger.Warning, Origin: at, Host: h.Name,
					Message: "the routes of " + host.ClosedFor + " would answer for this host, which is withheld: its root answers 503 to everything",
					Action:  "leave the DNS name of this host on the old controller until it is converted"})
			}
			continue
		}
		if p := host.Proof; p != nil && p.Verdict == NotProved {
			fs = append(fs, ledger.Finding{Rule: RuleNotProved, Severity: ledger.Warning, Origin: at, Host: h.Name,
				Message: fmt.Sprintf("%s; %d of %d sampled requests were asked instead, and show nothing that is not named", p.Why, p.Sampled, p.Sampled+p.Unasked),
				Action:  "compare the paths that matter with resolve; where a bound is named, a larger one may do"})
		}
		fs, host.told = append(fs, host.told...), nil
		if h.AliasOf == "" && h.Name != "" {
			fs = append(fs, ledger.Finding{
				Rule: "dns-cutover", Severity: ledger.Info, Origin: at, Host: h.Name,
				Message: "DNS moves the whole host at once, and external-dns may move it as soon as the root is there",
				Action:  "apply teams, fanout and root in this order, compare, then move the name to Envoy, then remove the Ingresses",
			})
		}
	}
	return slices.Concat(fs, res.merging(opts), res.sharedNamespaces(), res.badAnnotations(), res.unusedAllows(opts))
}

// externalNames names the Services that Contour does not serve by default.
func (m Meaning) externalNames() []ledger.Finding {
	var fs []ledger.Finding
	seen := map[manifest.Name]bool{}
	for _, h := range m.Model.Hosts {
		for _, r := range h.Routes {
			if r.Forward == nil {
				continue
			}
			for _, b := range r.Forward.Backends {
				key := manifest.Name{Namespace: b.Namespace, Name: b.Service}
				if svc := m.Set.Services[key]; svc != nil && svc.Type == "ExternalName" && !seen[key] {
					seen[key] = true
					fs = append(fs, ledger.Finding{
						Rule: "external-name", Severity: ledger.Warning, Origin: svc.Origin, Host: h.Name,
						Message: "Service " + key.String() + " is of type ExternalName, which Contour answers with 503 by default",
						Action:  "set enableExternalNameService in Contour's configuration, or use a Service with EndpointSlices",
					})
				}
			}
		}
	}
	return fs
}

func originOf(h intent.Host) ledger.Origin {
	if len(h.Origins) > 0 {
		return h.Origins[0]
	}
	for _, r := range h.Routes {
		if len(r.Origins) > 0 {
			return r.Origins[0]
		}
	}
	return ledger.Origin{}
}

// namespaceLabels are the labels of a Namespace object of the input.
func (m Meaning) namespaceLabels(namespace string) map[string]string {
	if n := m.Set.Namespaces[namespace]; n != nil {
		return toMap(n.Labels)
	}
	return nil
}

func (m Meaning) serviceLabels(namespace, service string) (labels, annotations map[string]string) {
	if s := m.Set.Services[manifest.Name{Namespace: namespace, Name: service}]; s != nil {
		return toMap(s.Labels), toMap(s.Annotations)
	}
	return nil, nil
}

func (m Meaning) ingressLabels() func(namespace, name string) (labels, annotations map[string]string) {
	byName := make(map[manifest.Name]*manifest.Ingress, len(m.Set.Ingresses))
	for _, ing := range m.Set.Ingresses {
		byName[manifest.Name{Namespace: ing.Namespace, Name: ing.Name}] = ing
	}
	return func(namespace, name string) (labels, annotations map[string]string) {
		if ing := byName[manifest.Name{Namespace: namespace, Name: name}]; ing != nil {
			return toMap(ing.Labels), toMap(ing.Annotations)
		}
		return nil, nil
	}
}

func toMap(kvs []manifest.KeyValue) map[string]string {
	if len(kvs) == 0 {
		return nil
	}
	m := make(map[string]string, len(kvs))
	for _, kv := range kvs {
		m[kv.Key] = kv.Value
	}
	return m
}

// FailOn says which findings make a conversion end with code 2.
type FailOn struct {
	Severity  ledger.Severity // this one and above
	NotProved bool            // hosts that are not proved, too
	Never     bool
}

// ExitCode is the code of a conversion: 4 for a host withheld as unexplained, 3 for
// documents that could not be read, 2 for findings that fail says, else 0; the highest
// counts.
func (res *Result) ExitCode(fail FailOn) int {
	code := 0
	for _, f := range res.Findings {
		if !fail.Never && (f.Severity >= fail.Severity || fail.NotProved && f.Rule == RuleNotProved) {
			code = 2
			break
		}
	}
	if res.Set.Unreadable > 0 {
		code = 3
	}
	for _, h := range res.Hosts {
		if strings.HasPrefix(h.Withheld, unexplained) {
			code = 4
		}
	}
	return code
}

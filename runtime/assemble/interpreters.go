package assemble

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// decodeAll reads what was gathered by Contour's rules.
func (s *State) decodeAll(g *gathering) (intent.Model, []httpproxy.Problem) {
	return httpproxy.DecodeWith(g.proxies, g.ingresses, httpproxy.DecodeOptions{
		Isolated: s.opts.Faults == Isolated, Classes: s.opts.ContourClasses,
		Services: s.contourServices, Secrets: s.secrets, Delegations: s.permits,
	})
}

// explicitContour makes the policies of decoded hosts explicit, and says what is wrong with
// them.
func (s *State) explicitContour(m *intent.Model) []httpproxy.Problem {
	return httpproxy.Explicit(m, httpproxy.ExplicitOptions{
		Extensions: s.extensions, Services: s.contourServices, Secrets: s.secrets, Delegations: s.permits,
	})
}

// untold are findings about who applies Ingresses to ingress-nginx, which is not there: its
// webhook does not look at what is served here, and of what is missing the sites tell.
var untold = []string{nginx.RuleNotInInput, nginx.RuleWebhookRefuses, nginx.RuleWebhookWarns}

// interpretAll reads Ingresses by ingress-nginx's rules, and makes their policies explicit.
func (s *State) interpretAll(in *manifest.Set) (intent.Model, []ledger.Finding) {
	opts := s.nginxOptions()
	m, findings := nginx.Interpret(in, opts)
	findings = append(findings, nginx.Explicit(&m, in, opts)...)
	kept := findings[:0]
	for _, f := range findings {
		if !slices.Contains(untold, f.Rule) {
			kept = append(kept, f)
		}
	}
	return m, kept
}

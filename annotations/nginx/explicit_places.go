package nginx

import (
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// places are the locations of a server by the origin that their routes begin with.
type places map[ledger.Origin]*location

func (srv *server) places() places {
	ps := make(places, len(srv.locations))
	for _, l := range srv.locations {
		switch {
		case len(l.origins) > 0:
			ps[l.origins[0]] = l
		case l.object != nil:
			ps[l.object.Origin] = l
		default:
			ps[ledger.Origin{}] = l
		}
	}
	return ps
}

// of is the location that a route comes from, nil for a route of the server itself.
func (ps places) of(r intent.Route) *location {
	switch {
	case len(r.Origins) > 0:
		return ps[r.Origins[0]]
	case r.Respond != nil && r.Respond.Status == 404:
		return ps[ledger.Origin{}]
	}
	return nil
}

package policy

import (
	"cmp"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/kept"
)

// Zones keep the counters of limits per client. They outlive the routes: a Limit compiled
// again for the same zone and rates goes on with the counters of the one before. Counters
// that no Limit refers to any more go away with the next garbage collection.
type Zones struct {
	requests kept.Things[rates, requests]
	open     kept.Things[string, connections]
}

// NewZones is without any zone.
func NewZones() *Zones {
	return &Zones{requests: kept.New[rates, requests](), open: kept.New[string, connections]()}
}

// rates are what the requests of a zone are counted against; requests a second and minute.
type rates struct {
	zone           string
	second, minute int
}

// Limit is an intent.Limits ready to be asked. A nil one lets everything through.
type Limit struct {
	requests       *requests // nil: no rate
	second, minute int64     // burst in 1/1000 requests
	open           *connections
	connections    int32
	exempt         addresses
	rate, after    int64 // of a response, see Throttle
	status, busy   int   // of a refusal by rate, by connections
}

// Limit compiles the limits. Zones with one name and the same rates are one, so that a
// changed rate starts anew; connections are counted by the name alone. Limits without a
// name share with nobody. A nil policy gives a nil Limit; an exempt entry that is no network, an error.
func (z *Zones) Limit(l *intent.Limits) (*Limit, error) {
	if l == nil {
		return nil, nil
	}
	exempt, err := parseAddresses(l.Exempt)
	if err != nil {
		return nil, fmt.Errorf("limits: exempt: %w", err)
	}
	out := &Limit{exempt: exempt, rate: int64(max(l.Rate, 0)), after: int64(max(l.RateAfter, 0))}
	out.status, out.busy = cmp.Or(l.Status, http.StatusServiceUnavailable), cmp.Or(l.BusyStatus, http.StatusServiceUnavailable)
	if l.PerSecond > 0 || l.PerMinute > 0 {
		key := rates{l.Zone, max(l.PerSecond, 0), max(l.PerMinute, 0)}
		out.requests = ofZone(z.requests, key, l.Zone, func() *requests { return newRequests(key) })
		out.second, out.minute = bursts(l)
	}
	if l.Connections > 0 {
		out.connections = int32(min(l.Connections, 1<<30))
		out.open = ofZone(z.open, l.Zone, l.Zone, newConnections)
	}
	return out, nil
}

// ofZone is what a zone keeps; without a name it is one of its own.
func ofZone[K comparable, V any](all kept.Things[K, V], key K, zone string, make func() *V) *V {
	if zone == "" {
		return make()
	}
	return all.Get(key, make)
}

// bursts are those of the rates a second and a minute, in 1/1000 requests.
func bursts(l *intent.Limits) (second, minute int64) {
	const most = 1 << 32
	return min(int64(max(l.Burst, 0)), most) * 1000, min(int64(max(l.BurstMinute, 0)), most) * 1000
}

// Enter says whether a request of a client may go on at a time: status is 0 then, else that
// of the refusal. If so, leave must be called once when its response is through. A refused request does not count against the rates, but
// one that is refused because of its connections has counted: nginx asks limit_req first.
// Nothing is allocated for a client that the zone knows.
func (l *Limit) Enter(client netip.Addr, now time.Time) (leave func(), status int) {
	if l == nil || l.requests == nil && l.open == nil {
		return leaveNothing, 0
	}
	client = plain(client)
	if l.exempt.has(client) {
		return leaveNothing, 0
	}
	key := address(client.As16())
	if l.requests != nil && !l.requests.take(key, now.UnixMilli(), l.second, l.minute) {
		return leaveNothing, l.status
	}
	if l.open == nil {
		return leaveNothing, 0
	}
	leave, ok := l.open.enter(key, l.connections)
	if !ok {
		return leave, l.busy
	}
	return leave, 0
}

func leaveNothing() {}

// address is an IP address as a key of a table.
type address [16]byte

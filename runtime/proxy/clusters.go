package proxy

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// clusters are the upstreams in use. Sites that reach the same endpoints in the same way
// share one, with its connections and its turns, and it outlives the sites that go.
// Nothing in here may be used by two goroutines at once.
type clusters struct {
	sets      map[upstream.Key]*upstream.Set
	used      map[clusterKey]*cluster
	held      map[upstream.Key]int // how many clusters, and sites without one, reach the endpoints
	endpoints int                  // of all sets
}

// clusterKey is all that makes two clusters different.
type clusterKey struct {
	upstream.Key
	protocol intent.Protocol
	identity [sha256.Size]byte // of certificates and what is checked
	connect  int               // milliseconds
	idle     int
	strategy string
	subset   int
}

// cluster is counted by the sites that hold it.
type cluster struct {
	*upstream.Cluster
	key   clusterKey
	sites int
}

func newClusters() *clusters {
	return &clusters{sets: map[upstream.Key]*upstream.Set{}, used: map[clusterKey]*cluster{}, held: map[upstream.Key]int{}}
}

// set is the endpoints of a port of a Service; without any it is empty.
func (c *clusters) set(k upstream.Key) *upstream.Set {
	s := c.sets[k]
	if s == nil {
		s = upstream.NewSet()
		c.sets[k] = s
	}
	return s
}

// wanted is a way to reach a backend.
type wanted struct {
	*intent.Backend
	*intent.Forward
	secured // the zero value: in the clear
}

// want is the cluster of a backend, counted once more.
func (c *clusters) want(w wanted) *cluster {
	b, f := w.Backend, w.Forward
	key := clusterKey{
		Key: upstream.Key{Namespace: b.Namespace, Service: b.Service, Port: b.Port}, protocol: b.Protocol, identity: w.identity,
		connect: f.Timeouts.Connect, idle: f.Timeouts.Connection,
	}
	if f.Balance != nil {
		key.strategy, key.subset = f.Balance.Strategy, f.Balance.SubsetSize
	}
	if f.Affinity != nil && len(f.Affinity.Cookie) > 0 {
		key.strategy = "hash"
	}
	known := c.used[key]
	if known == nil {
		known = &cluster{key: key, Cluster: upstream.New(c.hold(key.Key), upstream.Options{
			Protocol: b.Protocol, TLS: w.config, ConnectTimeout: milliseconds(key.connect), IdleTimeout: milliseconds(key.idle),
			Strategy: key.strategy, SubsetSize: key.subset,
			Outside: key.Namespace != "", // others than Services are named by whoever writes routes
		})}
		c.used[key] = known
	}
	known.sites++
	return known
}

// hold is the endpoints of a port of a Service, for a cluster, or whoever reaches them
// without one, until it lets go of them.
func (c *clusters) hold(k upstream.Key) *upstream.Set {
	c.held[k]++
	return c.set(k)
}

// letGo gives sets back that a site held.
func (c *clusters) letGo(all []upstream.Key) {
	for _, k := range all {
		c.held[k]--
		c.forget(k)
	}
}

// release gives clusters back that a site held. Those that nobody holds any more are
// closed; requests on their way end as they would have.
func (c *clusters) release(all []*cluster) {
	for _, k := range all {
		if k.sites--; k.sites == 0 {
			delete(c.used, k.key)
			k.Close()
			c.letGo([]upstream.Key{k.key.Key})
		}
	}
}

// store takes new endpoints of a port of a Service over; without any it gets none.
func (c *clusters) store(k upstream.Key, addresses []string) {
	if len(addresses) > 0 || c.sets[k] != nil {
		s := c.set(k)
		before := len(s.Load())
		s.Store(addresses)
		c.endpoints += len(s.Load()) - before
		c.forget(k)
	}
}

// forget forgets a set that nobody holds, if it is empty or stands for an address that a
// route names itself: nobody tells of the endpoints of that.
func (c *clusters) forget(k upstream.Key) {
	if c.held[k] > 0 {
		return
	}
	delete(c.held, k)
	if s := c.sets[k]; s != nil && (len(s.Load()) == 0 || k.Namespace == "") {
		c.endpoints -= len(s.Load())
		delete(c.sets, k)
	}
}

// close ends all clusters.
func (c *clusters) close() {
	for _, k := range c.used {
		k.Close()
	}
	clear(c.used)
}

// milliseconds is a time of the model; -1 is none at all, which package upstream says with
// a negative one.
func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// identityOf is the same for settings and material that are the same.
func identityOf(parts ...any) [sha256.Size]byte {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%v;", len(fmt.Sprint(p)), p)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

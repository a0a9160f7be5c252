package proxy

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// clusters are the upstreams in use. Sites that reach the same endpoints in the same way
// share one, with its connections and its turns, and it outlives the sites that go.
// Nothing in here may be used by two goroutines at once.
type clusters struct {
	sets map[upstream.Key]*upstream.Set
	used map[clusterKey]*cluster
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
	return &clusters{sets: map[upstream.Key]*upstream.Set{}, used: map[clusterKey]*cluster{}}
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

// want is the cluster of a backend, counted once more.
func (c *clusters) want(b *intent.Backend, f *intent.Forward, secrets map[string]map[string][]byte) (*cluster, error) {
	key := clusterKey{
		Key: upstream.Key{Namespace: b.Namespace, Service: b.Service, Port: b.Port}, protocol: b.Protocol,
		connect: f.Timeouts.Connect, idle: f.Timeouts.Connection,
	}
	if f.Balance != nil {
		key.strategy, key.subset = f.Balance.Strategy, f.Balance.SubsetSize
	}
	if f.Affinity != nil && len(f.Affinity.Cookie) > 0 {
		key.strategy = "hash"
	}
	var config *tls.Config
	if b.Protocol == intent.HTTPS || b.Protocol == intent.H2 {
		var err error
		if config, key.identity, err = upstreamTLS(b.TLS, secrets); err != nil {
			return nil, err
		}
	}
	known := c.used[key]
	if known == nil {
		known = &cluster{key: key, Cluster: upstream.New(c.set(key.Key), upstream.Options{
			Protocol: b.Protocol, TLS: config, ConnectTimeout: milliseconds(key.connect), IdleTimeout: milliseconds(key.idle),
			Strategy: key.strategy, SubsetSize: key.subset,
		})}
		c.used[key] = known
	}
	known.sites++
	return known, nil
}

// release gives clusters back that a site held. Those that nobody holds any more are
// closed; requests on their way end as they would have.
func (c *clusters) release(all []*cluster) {
	for _, k := range all {
		if k.sites--; k.sites == 0 {
			delete(c.used, k.key)
			k.Close()
		}
	}
}

// store takes new endpoints of a port of a Service over; without any it gets none.
func (c *clusters) store(k upstream.Key, addresses []string) {
	if len(addresses) > 0 || c.sets[k] != nil {
		c.set(k).Store(addresses)
	}
}

// sweep forgets the endpoints of ports that have none and that no cluster reaches.
func (c *clusters) sweep() {
	held := map[upstream.Key]bool{}
	for key := range c.used {
		held[key.Key] = true
	}
	for k, s := range c.sets {
		if !held[k] && len(s.Load()) == 0 {
			delete(c.sets, k)
		}
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

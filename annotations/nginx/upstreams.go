package nginx

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// upstream is the controller's unit of balancing: one per namespace, Service and port as
// written, shared by all Ingresses that name it.
type upstream struct {
	name         string
	backend      intent.Backend
	noServer     bool          // first named by a canary: ordinary rules cannot use it
	policy       *canaryPolicy // of the Ingress that created it
	creator      *object
	alternatives []string // upstreams of the canaries merged into it; only the first counts
	merged       []ledger.Origin
}

// upstreamName is the controller's key. An Ingress that names a port and one that gives
// its number have different upstreams.
func upstreamName(namespace string, b manifest.Backend) string {
	port := b.PortName
	if port == "" {
		port = strconv.Itoa(b.PortNumber)
	}
	return namespace + "-" + b.Service + "-" + port
}

// createUpstreams makes the upstreams of all Ingresses, in their order: the first one to
// name an upstream decides over it, but a spec.defaultBackend makes it anew.
func (c *controller) createUpstreams() {
	for _, o := range c.objects {
		if b := o.DefaultBackend; b != nil && b.Service != "" {
			name := upstreamName(o.Namespace, *b)
			c.upstreams[name] = c.newUpstream(name, o, *b)
		}
		for _, rule := range o.Rules {
			for _, p := range rule.Paths {
				if p.Backend.Service == "" {
					continue
				}
				name := upstreamName(o.Namespace, p.Backend)
				if c.upstreams[name] == nil {
					c.upstreams[name] = c.newUpstream(name, o, p.Backend)
				}
			}
		}
	}
}

func (c *controller) newUpstream(name string, o *object, b manifest.Backend) *upstream {
	u := &upstream{name: name, backend: c.resolve(o.Namespace, b), creator: o}
	if o.canary != nil {
		u.noServer, u.policy = true, o.canary
	}
	return u
}

// resolve finds the Service port that an Ingress backend means: by the port's number, its
// target port or its name, the first port that fits (spec item 43).
func (c *controller) resolve(namespace string, b manifest.Backend) intent.Backend {
	out := intent.Backend{Namespace: namespace, Service: b.Service, Weight: 1}
	wanted := b.PortName
	if wanted == "" {
		wanted = strconv.Itoa(b.PortNumber)
	}
	svc := c.set.Services[manifest.Name{Namespace: namespace, Name: b.Service}]
	if svc == nil {
		out.Port = wanted
		if c.missing("Service", namespace, b.Service) {
			out.Unresolved = "there is no Service " + namespace + "/" + b.Service
		}
		return out
	}
	for _, p := range svc.Ports {
		if wanted == strconv.Itoa(p.Port) || wanted == p.TargetPort || wanted == p.Name {
			out.Port = strconv.Itoa(p.Port)
			return out
		}
	}
	out.Port = wanted
	if svc.Type == "ExternalName" && b.PortNumber > 0 {
		return out
	}
	out.Unresolved = fmt.Sprintf("Service %s/%s has no port %s", namespace, b.Service, wanted)
	return out
}

// mergeCanaries attaches the upstreams of canary Ingresses to those of the locations that
// they match, as the controller does after all servers are made. A canary path without a
// primary deletes its upstream for everybody.
func (c *controller) mergeCanaries() {
	if !slices.ContainsFunc(c.objects, func(o *object) bool { return o.canary == nil }) {
		return
	}
	for _, o := range c.objects {
		if o.canary == nil {
			continue
		}
		if b := o.DefaultBackend; b != nil && b.Service != "" {
			c.mergeCanary(o, upstreamName(o.Namespace, *b), c.servers[""], b.Origins, func(*location) bool { return true })
		}
		for _, rule := range o.Rules {
			for _, p := range rule.Paths {
				srv := c.servers[rule.Host.Value]
				if p.Backend.Service == "" || srv == nil {
					continue
				}
				c.mergeCanary(o, upstreamName(o.Namespace, p.Backend), srv, slices.Concat(p.Origins, rule.Origins), func(loc *location) bool {
					return loc.path == rootIfEmpty(p.Path) && loc.kind == kindOf(p.Type)
				})
			}
		}
	}
}

func (c *controller) mergeCanary(o *object, name string, srv *server, from []ledger.Origin, fits func(*location) bool) {
	alt := c.upstreams[name]
	if alt == nil {
		c.noteCanary(o, from, "the controller has removed this canary's backend: another path of a canary has no primary")
		return
	}
	merged, same := false, false
	for _, loc := range srv.locations {
		primary := c.upstreams[loc.upstream]
		if primary == nil {
			continue
		}
		if same = primary == alt; same {
			c.noteCanary(o, from, "canary and primary are the same backend")
			break
		}
		if primary.noServer || !fits(loc) {
			continue
		}
		merged = true
		if !slices.Contains(primary.alternatives, name) {
			primary.alternatives = append(primary.alternatives, name)
		}
		if primary.alternatives[0] == name {
			primary.merged = append(primary.merged, from...)
		} else {
			c.noteCanary(o, from, "only the first canary of a backend is used: "+primary.alternatives[0])
		}
	}
	if !same && !merged {
		delete(c.upstreams, name)
		c.noteCanary(o, from, "no primary has this host, path and pathType: the controller removes the canary's backend for all hosts")
	}
}

// noteCanary says why a canary's path and its own keys come to nothing.
func (c *controller) noteCanary(o *object, from []ledger.Origin, reason string) {
	c.note(from, reason)
	c.note(o.canary.origins, reason)
}

func rootIfEmpty(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

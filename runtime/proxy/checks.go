package proxy

import (
	"crypto/tls"
	"fmt"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/auth"
	"github.com/split-ingress/split-ingress/runtime/auth/extauthz"
	"github.com/split-ingress/split-ingress/runtime/policy"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// checks are the policies of a route that stand before its action; nil ones let everything
// through.
type checks struct {
	cors     *policy.CORS
	limit    *policy.Limit
	bucket   *policy.Bucket
	access   *policy.Access
	basic    *auth.Basic
	external *auth.External
	grpc     *extauthz.Client
	any      bool  // one of access, basic and external is enough
	body     int64 // bytes of the request's body; 0 is no limit
}

// checks compiles the policies of a route.
func (c *compiler) checks(s *site, r *route) (err error) {
	p := r.Policies
	if p == nil {
		return nil
	}
	k := &r.checks
	k.any = p.SatisfyAny
	if p.CORS != nil {
		if k.cors, err = policy.NewCORS(p.CORS, s.Plane); err != nil {
			return fmt.Errorf("CORS: %w", err)
		}
	}
	if p.Limits != nil {
		k.body = p.Limits.Body
		if k.limit, err = c.zones.Limit(p.Limits); err != nil {
			return fmt.Errorf("limits: %w", err)
		}
	}
	if p.Local != nil {
		zone := s.Host.Name + " " + r.id
		if p.Local.Zone != "" {
			zone = p.Local.Zone
		}
		k.bucket = c.buckets.Bucket(zone, p.Local)
	}
	if k.access, err = policy.NewAccess(p.Access); err != nil {
		return fmt.Errorf("access: %w", err)
	}
	return c.authentication(s, r)
}

func (c *compiler) authentication(s *site, r *route) (err error) {
	p, k := r.Policies, &r.checks
	if p.Basic != nil {
		if k.basic, err = c.kept.Basic(p.Basic, s.Secrets[p.Basic.Secret], c.hashing); err != nil {
			return fmt.Errorf("basic authentication: %w", err)
		}
		if n := k.basic.Unusable(); n > 0 {
			c.tell(s, r, fmt.Sprintf("%d users of Secret %s are not let in, since the forms of their hashes are not known", n, p.Basic.Secret))
		}
	}
	if p.External != nil {
		if k.external, err = auth.NewExternal(p.External, auth.ExternalOptions{
			Transport: c.questions, Store: c.kept, Place: s.Host.Name + " " + r.Match.Path.String(),
		}); err != nil {
			return fmt.Errorf("external authentication: %w", err)
		}
	}
	if p.GRPC == nil {
		return nil
	}
	return c.authorization(s, r)
}

// authorization reaches the service of Envoy's ext_authz protocol.
func (c *compiler) authorization(s *site, r *route) error {
	g := r.Policies.GRPC
	if len(g.Backends) == 0 {
		return fmt.Errorf("authorization by %s: it has no service", g.Service)
	}
	var sets []*upstream.Set
	var config *tls.Config
	for i := range g.Backends {
		b := &g.Backends[i]
		key := upstream.Key{Namespace: b.Namespace, Service: b.Service, Port: b.Port}
		sets, s.held = append(sets, c.clusters.hold(key)), append(s.held, key)
		if b.Protocol == intent.H2 {
			way, err := upstreamTLS(b.TLS, s.Secrets)
			if err != nil {
				return fmt.Errorf("authorization by %s: %w", g.Service, err)
			}
			config = way.config
			for _, note := range way.notes {
				c.tell(s, r, note)
			}
		}
		if b.Weight != g.Backends[0].Weight {
			c.tell(s, r, fmt.Sprintf("the Services of %s take turns, whatever their weights are", g.Service))
		}
	}
	client, err := extauthz.New(g, extauthz.Options{TLS: config, Dial: upstream.DialOutside, Endpoints: func() (all []string) {
		for _, s := range sets {
			all = append(all, s.Load()...)
		}
		return all
	}})
	if err != nil {
		return fmt.Errorf("authorization by %s: %w", g.Service, err)
	}
	r.checks.grpc = client
	s.outlive(func() { _ = client.Close() }) // nobody is left to be told
	return nil
}

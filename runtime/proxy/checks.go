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
		if k.basic, err = auth.NewBasic(p.Basic, s.Secrets[p.Basic.Secret], c.hashing); err != nil {
			return fmt.Errorf("basic authentication: %w", err)
		}
	}
	if p.External != nil {
		if k.external, err = auth.NewExternal(p.External, auth.ExternalOptions{Transport: c.questions}); err != nil {
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
		sets, s.asked = append(sets, c.clusters.hold(key)), append(s.asked, key)
		if b.Protocol == intent.H2 {
			var err error
			if config, _, err = upstreamTLS(b.TLS, s.Secrets); err != nil {
				return fmt.Errorf("authorization by %s: %w", g.Service, err)
			}
		}
	}
	client, err := extauthz.New(g, extauthz.Options{TLS: config, Endpoints: func() (all []string) {
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

// Package extauthz asks a service of Envoy's ext_authz protocol over gRPC
// (envoy.service.auth.v3.Authorization) about each request, as Envoy does when Contour
// configures it.
package extauthz

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/auth"
)

// Options say how the service is reached.
type Options struct {
	// Endpoints are the addresses ("address:port") of the service at the moment. It is
	// called for each check, so it has to be quick, and its result is not changed.
	Endpoints func() []string
	TLS       *tls.Config // nil: HTTP/2 in the clear
	// Dial makes the connections; nil: a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Client asks one service. Its connections follow the endpoints, which take turns.
type Client struct {
	policy    *intent.GRPCAuth
	context   map[string]string
	conn      *grpc.ClientConn
	endpoints *endpoints
	timeout   time.Duration // 0 is none but the request's own
}

// New compiles a policy; nothing is dialled before the first check. An error means that the
// policy cannot be held: each request has to be refused.
func New(g *intent.GRPCAuth, o Options) (*Client, error) {
	if o.Endpoints == nil {
		return nil, fmt.Errorf("authorization service %s: it has no endpoints to ask for: %w", g.Service, auth.ErrNotHonoured)
	}
	c := &Client{policy: g, context: map[string]string{}, timeout: time.Duration(g.Timeout) * time.Millisecond, endpoints: newEndpoints(o.Endpoints)}
	for _, pair := range g.Context {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, fmt.Errorf("authorization service %s: context %q has no \"=\"", g.Service, pair)
		}
		c.context[name] = value
	}
	secure := insecure.NewCredentials()
	authority := strings.ReplaceAll(g.Service, "/", ".") // as Contour names it
	if o.TLS != nil {
		secure = credentials.NewTLS(o.TLS)
		if o.TLS.ServerName != "" {
			authority = o.TLS.ServerName
		}
	}
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	var err error
	c.conn, err = grpc.NewClient(scheme+":///service",
		grpc.WithResolvers(c.endpoints),
		grpc.WithTransportCredentials(secure),
		grpc.WithAuthority(authority),
		grpc.WithNoProxy(),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) { return dial(ctx, "tcp", address) }),
		grpc.WithDisableServiceConfig(),
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig":[{"round_robin":{}}]}`),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("authorization service %s: %w", g.Service, err)
	}
	return c, nil
}

// Close ends the connections, and with them the checks under way.
func (c *Client) Close() error { return c.conn.Close() }

// errQuery is a wish for another query, which the data plane has no way to follow.
var errQuery = errors.New("the answer changes the query, which is not honoured")

// Check asks about a request with the headers that it has now: whatever Envoy adds before
// the filter has to be there. Where the policy wants the body, its start is read, and r.Body
// gives all of it again. No answer is 403, unless the policy fails open; a body that is too
// long is 413 in any case.
func (c *Client) Check(ctx context.Context, r *http.Request, q auth.Question) auth.Verdict {
	body, v := c.body(r)
	if v != nil {
		return *v
	}
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	c.endpoints.refresh()
	response, err := authv3.NewAuthorizationClient(c.conn).Check(ctx, c.request(r, q, body))
	if err != nil {
		return c.failure(err, nil)
	}
	return c.verdict(r, response)
}

// failure is the verdict where the service could not be asked, or said that it failed.
func (c *Client) failure(err error, said *authv3.DeniedHttpResponse) auth.Verdict {
	err = fmt.Errorf("authorization service %s: %w", c.policy.Service, reason(err))
	if c.policy.FailOpen {
		return auth.Verdict{Allowed: true, Err: err}
	}
	v := refusal(said)
	v.Err = err
	return v
}

// reason is a gRPC error without the message of the other side, which could quote a request.
func reason(err error) error {
	s, ok := status.FromError(err)
	switch {
	case !ok:
		return err
	case s.Code() == codes.Unavailable, s.Code() == codes.DeadlineExceeded, s.Code() == codes.Canceled:
		return err
	}
	return errors.New(s.Code().String())
}

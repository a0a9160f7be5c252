package proxy

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/table"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// site is a Site made ready to serve.
type site struct {
	*Site
	table    *table.Site
	routes   []route
	config   *tls.Config // nil: no certificate of its own, or a broken one
	missed   observe.Slot
	clusters []*cluster
	held     []upstream.Key // endpoints that are reached without a cluster
	standIn  bool           // for a site that could not be made: it answers 503
	ends     []func()       // ends what the routes hold besides clusters
	clients  *clientCheck   // nil: clients are not asked for a certificate
	trust    *trust         // nil: what clients say of themselves is not believed
	name     func(host table.Name) bool
}

// route is a route of a site with all that it takes to answer by it.
type route struct {
	*intent.Route
	id, team string
	slot     observe.Slot
	closed   string // why it answers 503 whatever it says
	checks   checks
	forward  *forward
	errors   *errorPages
	mirror   *mirror // nil: its requests are not copied

	// What forward points to, so that a request finds all of its route in one place.
	own forward
	one [1]target
}

// Problem is something of a site that is not served as its model says.
type Problem struct {
	Site    string
	Route   string // its id; empty: the whole site
	Message string // what is wrong and what happens instead
}

// outlive has something ended when no request is answered by the site any more, or by end.
// It must not lead back to the site.
func (s *site) outlive(end func()) {
	once := sync.OnceFunc(end)
	s.ends = append(s.ends, once)
	runtime.AddCleanup(s, func(end func()) { end() }, once)
}

// end ends what the site holds, when nobody asks it any more.
func (s *site) end() {
	for _, end := range s.ends {
		end()
	}
}

// compiler makes sites of Sites.
type compiler struct {
	*Proxy
	problems []Problem
}

// site makes a site. What can not be made ready costs its own route only, which answers 503;
// an error costs the whole site, of which nothing is held then.
func (c *compiler) site(from *Site) (*site, error) {
	host, left := withoutOwn(from.Host)
	if len(left) > 0 {
		bare := *from
		bare.Host = host
		from = &bare
	}
	s := &site{Site: from, routes: make([]route, len(from.Host.Routes))}
	var err error
	if s.table, err = table.CompileSite(from.Host, from.Plane); err != nil {
		return nil, err
	}
	names, err := table.NewDirectory(from.Plane, false).With(map[string]bool{from.Host.Name: true}, nil)
	if err != nil {
		return nil, err
	}
	s.name = names.Find
	if s.clients, err = newClientCheck(from.TLS); err != nil {
		return nil, err
	}
	if s.trust, err = newTrust(from.Host.Trust); err != nil {
		return nil, err
	}
	if s.config, err = c.listenerTLS(from); err != nil {
		c.tell(s, nil, fmt.Sprintf("https is refused: %v", err))
	}
	ids := newIDs()
	for i := range from.Host.Routes {
		r := &s.routes[i]
		r.Route = &from.Host.Routes[i]
		r.id, r.team = ids.of(r.Route), teamOf(r.Route)
		c.route(s, r)
	}
	c.tellOwn(s, left)
	for _, broken := range s.table.Invalid() {
		c.tell(s, &s.routes[broken.RouteIndex], fmt.Sprintf("never matches: %v", broken.Err))
	}
	return s, nil
}

// instead is what is served in place of a site that can not be made: its last good state,
// which is nil here, else 503 on all of the host, so that no other host answers for it.
func (c *compiler) instead(from *Site, before *site, why error) *site {
	bare := &site{Site: from}
	if before != nil && !before.standIn {
		c.tell(bare, nil, why.Error()+"; the last good state is served")
		return nil
	}
	closed := *from
	closed.Host = &intent.Host{Name: from.Host.Name, Routes: []intent.Route{{
		Match:   intent.Match{Path: intent.Path{Kind: intent.SegmentPrefix, Value: "/"}},
		Respond: &intent.Respond{Status: http.StatusServiceUnavailable, Blocked: why.Error()},
	}}}
	if from.TLS != nil {
		open := *from.TLS
		open.Client, closed.TLS = nil, &open
	}
	s, err := c.site(&closed)
	if err != nil {
		c.tell(bare, nil, why.Error()+"; the host is not served")
		return nil
	}
	s.standIn = true
	c.tell(s, nil, why.Error()+"; the host answers 503")
	return s
}

// route fills in what a route needs. A policy that is not honoured and that guards
// something closes it. Error pages are there for the 503 of a route that cannot forward, too.
func (c *compiler) route(s *site, r *route) {
	for _, q := range r.Opaque {
		if q.Security {
			r.closed = "not honoured: " + q.Key
		}
	}
	if r.Policies != nil && r.Policies.Global != nil {
		r.closed = "not honoured: there is no rate limit service"
	}
	err := c.variables(s, r)
	if err == nil {
		err = c.checks(s, r)
	}
	if err == nil && r.Policies != nil && r.Policies.Errors != nil {
		r.errors, err = c.errorPages(s, r)
	}
	if err == nil && r.Forward != nil {
		r.forward, err = c.forward(s, r)
	}
	if err == nil && r.Respond != nil && r.Respond.Mirror != nil {
		c.mirrored(s, r, r.Respond.Mirror, &intent.Forward{Timeouts: intent.Timeouts{Connect: copyConnect}})
	}
	if err != nil {
		r.closed = err.Error()
		c.tell(s, r, fmt.Sprintf("answers 503: %v", err))
	}
}

func (c *compiler) tell(s *site, r *route, message string) {
	p := Problem{Site: s.Host.Name, Message: message}
	if r != nil {
		p.Route = r.id
	}
	c.problems = append(c.problems, p)
	c.log.Warn("not served as written", slog.String("site", p.Site), slog.String("route", p.Route), slog.String("problem", message))
}

// ids gives the routes of a site their names.
type ids map[string]int

func newIDs() ids { return ids{} }

// longestID is how long the name of a route may be, in bytes, before its end is a hash.
const longestID = 80

// of is the condition on the path, with a number if an earlier route has the same.
func (x ids) of(r *intent.Route) string {
	id := r.Match.Path.String()
	if len(id) > longestID {
		sum := sha256.Sum256([]byte(id))
		id = strings.ToValidUTF8(id[:longestID-8], "") + "~" + hex.EncodeToString(sum[:3])
	}
	x[id]++
	if n := x[id]; n > 1 {
		id = fmt.Sprintf("%s #%d", id, n)
	}
	return id
}

// teamOf is the namespace that a route belongs to: that of its Services, else that of the
// object that it comes from.
func teamOf(r *intent.Route) string {
	if r.Forward != nil && len(r.Forward.Backends) > 0 {
		return r.Forward.Backends[0].Namespace
	}
	for _, o := range r.Origins {
		_, object, _ := strings.Cut(o.Object, " ")
		if namespace, _, ok := strings.Cut(object, "/"); ok {
			return namespace
		}
	}
	return ""
}

package convert

import (
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
)

// mutation changes one thing of the objects of a tree. It is given its own copy of them.
type mutation struct {
	name  string // what is changed
	where string // in which object
	apply func(ps []*contour.HTTPProxy)
}

// mutations are all changes to the objects of a tree, one thing each.
func mutations(ps []*contour.HTTPProxy) []mutation {
	var all []mutation
	for i, p := range ps {
		add := func(name string, apply func(p *contour.HTTPProxy)) {
			all = append(all, mutation{name, p.Namespace + "/" + p.Name, func(ps []*contour.HTTPProxy) { apply(ps[i]) }})
		}
		ofObject(p, add)
		for j := range p.Spec.Includes {
			ofInclude(p, j, add)
		}
		for j := range p.Spec.Routes {
			onRoute := func(name string, apply func(r *contour.Route)) {
				add(name, func(p *contour.HTTPProxy) { apply(&p.Spec.Routes[j]) })
			}
			add("route dropped", func(p *contour.HTTPProxy) { p.Spec.Routes = append(p.Spec.Routes[:j:j], p.Spec.Routes[j+1:]...) })
			ofConditions(p.Spec.Routes[j], onRoute)
			ofAction(p.Spec.Routes[j], onRoute)
			ofPolicies(p.Spec.Routes[j], onRoute)
		}
	}
	return all
}

func ofObject(p *contour.HTTPProxy, add func(string, func(*contour.HTTPProxy))) {
	add("object lost", func(p *contour.HTTPProxy) { p.Name += "-lost" })
	if len(p.Spec.Routes) > 1 {
		add("order reversed", func(p *contour.HTTPProxy) {
			rs := p.Spec.Routes
			for i, j := 0, len(rs)-1; i < j; i, j = i+1, j-1 {
				rs[i], rs[j] = rs[j], rs[i]
			}
		})
	}
	if p.Spec.TCPProxy != nil {
		ofRelay(p.Spec.TCPProxy, add)
	}
	vh := p.Spec.VirtualHost
	if vh == nil {
		add("namespace", func(p *contour.HTTPProxy) { p.Namespace += "-x" })
		return
	}
	add("fqdn", func(p *contour.HTTPProxy) { p.Spec.VirtualHost.Fqdn = "x" + strings.TrimPrefix(vh.Fqdn, "*") })
	ofHost(vh, add)
	ofLists(ofRoot(p), func(name string, apply func(lists)) {
		add("host "+name, func(p *contour.HTTPProxy) { apply(ofRoot(p)) })
	})
	add("host IP filter", func(p *contour.HTTPProxy) {
		p.Spec.VirtualHost.IPAllowFilterPolicy = []contour.IPFilterPolicy{{Source: contour.IPFilterSourcePeer, CIDR: "10.77.0.0/16"}}
	})
	if vh.TLS == nil {
		add("TLS", func(p *contour.HTTPProxy) { p.Spec.VirtualHost.TLS = &contour.TLS{SecretName: "x"} })
		return
	}
	add("TLS", func(p *contour.HTTPProxy) { p.Spec.VirtualHost.TLS = nil })
	add("secret", func(p *contour.HTTPProxy) { p.Spec.VirtualHost.TLS.SecretName += "x" })
	add("TLS version", func(p *contour.HTTPProxy) { p.Spec.VirtualHost.TLS.MinimumProtocolVersion = "1.3" })
	add("highest TLS version", func(p *contour.HTTPProxy) { p.Spec.VirtualHost.TLS.MaximumProtocolVersion = "1.2" })
	if vh.TLS.ClientValidation == nil {
		add("client certificates", func(p *contour.HTTPProxy) {
			p.Spec.VirtualHost.TLS.ClientValidation = &contour.DownstreamValidation{CACertificate: "ca"}
		})
		return
	}
	clients := func(name string, apply func(v *contour.DownstreamValidation)) {
		add(name, func(p *contour.HTTPProxy) { apply(p.Spec.VirtualHost.TLS.ClientValidation) })
	}
	add("client certificates", func(p *contour.HTTPProxy) { p.Spec.VirtualHost.TLS.ClientValidation = nil })
	clients("authority of clients", func(v *contour.DownstreamValidation) { v.CACertificate += "x" })
	clients("optional client certificates", func(v *contour.DownstreamValidation) { v.OptionalClientCertificate = !v.OptionalClientCertificate })
	clients("unchecked client certificates", func(v *contour.DownstreamValidation) { v.SkipClientCertValidation = !v.SkipClientCertValidation })
	clients("revoked client certificates", func(v *contour.DownstreamValidation) { v.CertificateRevocationList += "x" })
	clients("forwarded client certificates", func(v *contour.DownstreamValidation) {
		v.ForwardClientCertificate = &contour.ClientCertificateDetails{DNS: true}
	})
}

// ofRelay changes where TLS is relayed to.
func ofRelay(tcp *contour.TCPProxy, add func(string, func(*contour.HTTPProxy))) {
	add("relay dropped", func(p *contour.HTTPProxy) { p.Spec.TCPProxy = nil })
	if tcp.Include != nil {
		add("relay elsewhere", func(p *contour.HTTPProxy) { p.Spec.TCPProxy.Include.Name += "x" })
		return
	}
	add("relayed Service", func(p *contour.HTTPProxy) { p.Spec.TCPProxy.Services[0].Name += "x" })
	add("relayed port", func(p *contour.HTTPProxy) { p.Spec.TCPProxy.Services[0].Port++ })
	add("another relayed Service", func(p *contour.HTTPProxy) {
		p.Spec.TCPProxy.Services = append(p.Spec.TCPProxy.Services, contour.Service{Name: "mutant", Port: 443})
	})
}

// ofHost changes what holds for all routes of a root.
func ofHost(vh *contour.VirtualHost, add func(string, func(*contour.HTTPProxy))) {
	cors := func(name string, apply func(c *contour.CORSPolicy)) {
		add(name, func(p *contour.HTTPProxy) { apply(p.Spec.VirtualHost.CORSPolicy) })
	}
	if vh.CORSPolicy == nil {
		add("host CORS", func(p *contour.HTTPProxy) {
			p.Spec.VirtualHost.CORSPolicy = &contour.CORSPolicy{AllowOrigin: []string{"*"}, AllowMethods: []contour.CORSHeaderValue{"GET"}}
		})
	} else {
		add("host CORS", func(p *contour.HTTPProxy) { p.Spec.VirtualHost.CORSPolicy = nil })
		cors("CORS origins", func(c *contour.CORSPolicy) { c.AllowOrigin = append(c.AllowOrigin, "https://mutant.example") })
		cors("CORS methods", func(c *contour.CORSPolicy) { c.AllowMethods = append(c.AllowMethods, "MUTATE") })
		cors("CORS headers", func(c *contour.CORSPolicy) { c.AllowHeaders = append(c.AllowHeaders, "X-Mutant") })
		cors("CORS exposed headers", func(c *contour.CORSPolicy) { c.ExposeHeaders = append(c.ExposeHeaders, "X-Mutant") })
		cors("CORS credentials", func(c *contour.CORSPolicy) { c.AllowCredentials = !c.AllowCredentials })
		cors("CORS time", func(c *contour.CORSPolicy) { c.MaxAge = "7s" })
	}
	if vh.Authorization == nil {
		add("host authorization", func(p *contour.HTTPProxy) {
			p.Spec.VirtualHost.Authorization = &contour.AuthorizationServer{ExtensionServiceRef: contour.ExtensionServiceReference{Name: "mutant"}}
		})
		return
	}
	auth := func(name string, apply func(a *contour.AuthorizationServer)) {
		add(name, func(p *contour.HTTPProxy) { apply(p.Spec.VirtualHost.Authorization) })
	}
	add("host authorization", func(p *contour.HTTPProxy) { p.Spec.VirtualHost.Authorization = nil })
	auth("authorization service", func(a *contour.AuthorizationServer) { a.ExtensionServiceRef.Name += "x" })
	auth("authorization fails open", func(a *contour.AuthorizationServer) { a.FailOpen = true })
	auth("authorization off by default", func(a *contour.AuthorizationServer) {
		a.AuthPolicy = &contour.AuthorizationPolicy{Disabled: true}
	})
	auth("authorization timeout", func(a *contour.AuthorizationServer) { a.ResponseTimeout = "7s" })
}

func ofInclude(p *contour.HTTPProxy, i int, add func(string, func(*contour.HTTPProxy))) {
	include := func(p *contour.HTTPProxy) *contour.Include { return &p.Spec.Includes[i] }
	add("include dropped", func(p *contour.HTTPProxy) {
		p.Spec.Includes = append(p.Spec.Includes[:i:i], p.Spec.Includes[i+1:]...)
	})
	add("include's namespace", func(p *contour.HTTPProxy) { include(p).Namespace += "-x" })
	for j, c := range p.Spec.Includes[i].Conditions {
		add("include's condition dropped", func(p *contour.HTTPProxy) {
			cs := include(p).Conditions
			include(p).Conditions = append(cs[:j:j], cs[j+1:]...)
		})
		add("include's condition", func(p *contour.HTTPProxy) { alter(&include(p).Conditions[j]) })
		_ = c
	}
	if i > 0 {
		add("includes swapped", func(p *contour.HTTPProxy) {
			a, b := include(p), &p.Spec.Includes[i-1]
			a.Conditions, b.Conditions = b.Conditions, a.Conditions
		})
	}
}

func ofPolicies(r contour.Route, add func(string, func(*contour.Route))) {
	if len(r.Services) == 0 {
		return
	}
	add("websockets", func(r *contour.Route) { r.EnableWebsockets = !r.EnableWebsockets })
	add("response timeout", func(r *contour.Route) { timeouts(r).Response = "7s" })
	add("idle timeout", func(r *contour.Route) { timeouts(r).Idle = "7s" })
	add("timeouts dropped", func(r *contour.Route) { r.TimeoutPolicy = nil })
	add("request header", func(r *contour.Route) {
		r.RequestHeadersPolicy = &contour.HeadersPolicy{Set: []contour.HeaderValue{{Name: "X-Mutant", Value: "1"}}}
	})
	add("host header", func(r *contour.Route) {
		r.RequestHeadersPolicy = &contour.HeadersPolicy{Set: []contour.HeaderValue{{Name: "Host", Value: "mutant.example"}}}
	})
	add("response headers", func(r *contour.Route) {
		r.ResponseHeadersPolicy = &contour.HeadersPolicy{Remove: []string{"Server"}}
	})
	add("rate limit", func(r *contour.Route) {
		r.RateLimitPolicy = &contour.RateLimitPolicy{Local: &contour.LocalRateLimitPolicy{Requests: 1, Unit: "second"}}
	})
	ofGuards(r, add)
	add("IP filter", func(r *contour.Route) {
		r.IPDenyFilterPolicy = []contour.IPFilterPolicy{{Source: contour.IPFilterSourcePeer, CIDR: "10.0.0.0/8"}}
	})
	ofHandling(r, add)
	add("cookie rewrite", func(r *contour.Route) {
		r.CookieRewritePolicies = []contour.CookieRewritePolicy{{Name: "s", Secure: new(true)}}
	})
	if r.AuthPolicy == nil {
		add("auth switched off", func(r *contour.Route) { r.AuthPolicy = &contour.AuthorizationPolicy{Disabled: true} })
	} else {
		add("auth switched on", func(r *contour.Route) { r.AuthPolicy = nil })
	}
}

// lists are the two lists of addresses of a route or a host.
type lists struct{ allow, deny *[]contour.IPFilterPolicy }

func ofRoute(r *contour.Route) lists { return lists{&r.IPAllowFilterPolicy, &r.IPDenyFilterPolicy} }

func ofRoot(p *contour.HTTPProxy) lists {
	return lists{&p.Spec.VirtualHost.IPAllowFilterPolicy, &p.Spec.VirtualHost.IPDenyFilterPolicy}
}

// ofLists changes lists that are there.
func ofLists(now lists, add func(string, func(lists))) {
	filters := map[string]func(lists) *[]contour.IPFilterPolicy{
		"allow": func(l lists) *[]contour.IPFilterPolicy { return l.allow },
		"deny":  func(l lists) *[]contour.IPFilterPolicy { return l.deny },
	}
	for _, name := range []string{"allow", "deny"} {
		list := filters[name]
		if len(*list(now)) == 0 {
			continue
		}
		add(name+" list dropped", func(l lists) { *list(l) = nil })
		add(name+" list, one less", func(l lists) { *list(l) = (*list(l))[1:] })
		add(name+" list, other network", func(l lists) { (*list(l))[0].CIDR = "203.0.113.0/24" })
		add(name+" list, other address", func(l lists) {
			f := &(*list(l))[0]
			f.Source = map[contour.IPFilterSource]contour.IPFilterSource{contour.IPFilterSourcePeer: contour.IPFilterSourceRemote, contour.IPFilterSourceRemote: contour.IPFilterSourcePeer}[f.Source]
		})
		add(name+" list turned", func(l lists) { *l.allow, *l.deny = *l.deny, *l.allow })
	}
}

// ofGuards changes the lists and limits that a route has.
func ofGuards(r contour.Route, add func(string, func(*contour.Route))) {
	ofLists(ofRoute(&r), func(name string, apply func(lists)) { add(name, func(r *contour.Route) { apply(ofRoute(r)) }) })
	if r.RateLimitPolicy == nil {
		return
	}
	add("limit dropped", func(r *contour.Route) { r.RateLimitPolicy = nil })
	if r.RateLimitPolicy.Local != nil {
		local := func(r *contour.Route) *contour.LocalRateLimitPolicy { return r.RateLimitPolicy.Local }
		add("limit, more requests", func(r *contour.Route) { local(r).Requests++ })
		add("limit, more burst", func(r *contour.Route) { local(r).Burst++ })
		add("limit, other status", func(r *contour.Route) { local(r).ResponseStatusCode = 429 })
		add("limit, other unit", func(r *contour.Route) {
			local(r).Unit = map[string]string{"second": "minute", "minute": "hour", "hour": "second"}[local(r).Unit]
		})
	}
	if g := r.RateLimitPolicy.Global; g != nil {
		global := func(r *contour.Route) *contour.GlobalRateLimitPolicy { return r.RateLimitPolicy.Global }
		add("descriptors switched off", func(r *contour.Route) {
			r.RateLimitPolicy.Global = &contour.GlobalRateLimitPolicy{Disabled: true}
		})
		add("descriptor dropped", func(r *contour.Route) { global(r).Descriptors = global(r).Descriptors[1:] })
		add("descriptor, other zone", func(r *contour.Route) { global(r).Descriptors[0].Entries[0].GenericKey.Value += "x" })
		add("descriptor without the client", func(r *contour.Route) {
			global(r).Descriptors[0].Entries = global(r).Descriptors[0].Entries[:1]
		})
	}
}

func timeouts(r *contour.Route) *contour.TimeoutPolicy {
	if r.TimeoutPolicy == nil {
		r.TimeoutPolicy = &contour.TimeoutPolicy{}
	}
	return r.TimeoutPolicy
}

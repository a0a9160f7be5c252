package guardtest

// proxy is an HTTPProxy with what rules look at.
func (d drawer) proxy(meta values) []byte {
	spec := values{}
	d.maybe(spec, "virtualhost", 3, d.virtualhost)
	d.maybe(spec, "includes", 2, func() any { return some(d, "includes", 2, d.include) })
	d.maybe(spec, "tcpproxy", 8, func() any {
		name, namespace := d.object()
		return values{pick(d, "field", "include", "includes"): values{"name": name, "namespace": namespace}}
	})
	if !d.often("bare", 5) {
		spec["routes"] = some(d, "routes", 3, d.proxyRoute)
	}
	return d.document("projectcontour.io/v1", "HTTPProxy", meta, spec)
}

func (d drawer) virtualhost() any {
	v := values{"fqdn": d.host()}
	d.maybe(v, "tls", 2, func() any {
		tls := values{}
		d.maybe(tls, "secretName", 2, func() any { return "tls" })
		d.maybe(tls, "minimumProtocolVersion", 2, func() any { return pick(d, "version", "1.2", "1.3") })
		d.maybe(tls, "passthrough", 4, func() any { return d.often("passed", 2) })
		return tls
	})
	return v
}

func (d drawer) include() any {
	name, namespace := d.object()
	in := values{"name": name}
	if !d.often("near", 4) {
		in["namespace"] = namespace
	}
	if !d.often("everywhere", 4) {
		in["conditions"] = some(d, "conditions", 2, d.condition)
	}
	return in
}

// condition has one of its parts, or several, which Contour takes too.
func (d drawer) condition() any {
	c := values{}
	for len(c) == 0 {
		d.maybe(c, "prefix", 2, func() any { return d.path() })
		d.maybe(c, "exact", 6, func() any { return d.path() })
		d.maybe(c, "regex", 3, func() any { return d.regex() })
		d.maybe(c, "header", 3, func() any {
			regexes := []string{"/.*", ""}
			for _, m := range d.b.Mounts {
				regexes = append(regexes, m.Paths...)
			}
			return values{"name": pick(d, "header", ":path", ":Path", "x-path"), "regex": pick(d, "confinement", regexes...)}
		})
		d.maybe(c, "queryParameter", 6, func() any { return values{"name": pick(d, "argument", "q", "Q"), "present": true} })
	}
	return c
}

func (d drawer) proxyRoute() any {
	r := values{"services": []values{{"name": "web", "port": 80}}}
	if !d.often("everything", 5) {
		r["conditions"] = some(d, "conditions", 3, d.condition)
	}
	d.maybe(r, "pathRewritePolicy", 4, func() any {
		return values{"replacePrefix": some(d, "replaced", 1, func() any { return values{"replacement": "/"} })}
	})
	d.switches(r)
	d.maybe(r, "responseHeadersPolicy", 8, func() any {
		return values{"set": []values{{"name": "x-a", "value": pick(d, "value", "b", "b\n")}}}
	})
	d.maybe(r, "permitInsecure", 5, func() any { return d.often("insecure", 2) })
	for _, field := range []string{"ipAllowPolicy", "ipDenyPolicy"} {
		d.maybe(r, field, 5, func() any {
			return some(d, "addresses", 1, func() any { return values{"source": "Peer", "cidr": "10.0.0.0/8"} })
		})
	}
	return r
}

// switches are those of a route, and what answers by itself.
func (d drawer) switches(r values) {
	disabled := func() values { return values{"disabled": d.often("disabled", 2)} }
	d.maybe(r, "authPolicy", 5, func() any {
		p := disabled()
		d.maybe(p, "context", 2, func() any { return pick(d, "context", values{}, values{"user": "x"}) })
		return p
	})
	d.maybe(r, "jwtVerificationPolicy", 5, func() any { return disabled() })
	d.maybe(r, "rateLimitPolicy", 5, func() any {
		global := disabled()
		d.maybe(global, "descriptors", 2, func() any {
			return some(d, "descriptors", 1, func() any { return values{"entries": []values{{"remoteAddress": values{}}}} })
		})
		p := values{"global": global}
		d.maybe(p, "local", 2, func() any { return values{"requests": 1, "unit": "second"} })
		return p
	})
	d.maybe(r, "directResponsePolicy", 8, func() any { return values{"statusCode": 404} })
	d.maybe(r, "requestRedirectPolicy", 8, func() any { return values{"statusCode": 301} })
}

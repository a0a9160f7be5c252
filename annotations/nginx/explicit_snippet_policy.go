package nginx

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

// setting says why a setting can not be gone by. In a location most are written by the
// controller already; what comes from the server is what it does not write.
func (d *declaration) setting(s snippet.Setting) error {
	secret := d.a.object != nil && d.a.values.str("proxy-ssl-secret") != ""
	switch {
	case s.Name == "client_max_body_size" && !rendered.MatchString(strings.TrimSpace(d.bodyText())):
		return nil
	case slices.Contains(writtenAlways, s.Name):
		return errTwice
	case secret && strings.HasPrefix(s.Name, "proxy_ssl_"):
		return errTwice
	case s.Name == "proxy_ssl_verify" && s.Args[0] != "off" && (d.a.protocol == intent.HTTPS || d.a.protocol == intent.AutoHTTP):
		return errVerify
	case s.Name == "proxy_ssl_name" && strings.Contains(s.Args[0], "$"):
		return errVerify
	}
	return nil
}

func (d *declaration) bodyText() string {
	if d.a.object == nil {
		return "1m"
	}
	return d.a.text("proxy-body-size", "1m")
}

// bodySize is the largest body in bytes that a snippet lets in, and whether one says so.
func (d *declaration) bodySize() (int64, bool) {
	for _, s := range d.settings {
		if s.Name == "client_max_body_size" {
			return byteSize(s.Args[0], true)
		}
	}
	return 0, false
}

// forward puts the changes towards and from the upstream on a route.
func (d *declaration) forward(r *intent.Route) {
	f := *r.Forward
	f.Request = slices.Concat(d.inputs, f.Request, d.upstream)
	if d.hides { // those of the ConfigMap are not inherited then
		f.Response = slices.DeleteFunc(slices.Clone(f.Response), func(c intent.HeaderChange) bool { return c.Remove })
	}
	if !d.grpc() {
		f.Response = append(slices.Clip(f.Response), d.hidden...)
	}
	d.serverName(&f)
	r.Forward = &f
}

// serverName is what applications that speak TLS are told of the name they are asked by.
func (d *declaration) serverName(f *intent.Forward) {
	sni, name := "", "upstream_balancer"
	for _, s := range d.settings {
		switch s.Name {
		case "proxy_ssl_server_name":
			sni = s.Args[0]
		case "proxy_ssl_name":
			name = s.Args[0]
		}
	}
	if sni != "on" || d.a.protocol != intent.HTTPS && d.a.protocol != intent.AutoHTTP {
		return
	}
	named := func(b *intent.Backend) {
		t := intent.UpstreamTLS{}
		if b.TLS != nil {
			t = *b.TLS
		}
		t.ServerName, t.NoSNI = name, false
		b.TLS = &t
	}
	f.Backends = slices.Clone(f.Backends)
	for i := range f.Backends {
		named(&f.Backends[i])
	}
	if f.Primary != nil {
		primary := *f.Primary
		named(&primary)
		f.Primary = &primary
	}
}

// guard puts who may come in on a route. The controller's own lists stand before those of a
// snippet, and an allow list of it leaves nobody to them.
func (d *declaration) guard(p *intent.Policies) error {
	if d.satisfy != nil {
		p.SatisfyAny = *d.satisfy
	}
	if len(d.rules) == 0 {
		return nil
	}
	allow, deny := d.a.lists()
	if allow != nil {
		return nil
	}
	var before []rule
	for _, network := range deny {
		before = append(before, rule{Access: snippet.Access{Network: network}})
	}
	guarded := p.Basic != nil || p.External != nil
	allowed, denied, err := lists(append(before, d.rules...), p.SatisfyAny && guarded)
	if err != nil {
		return err
	}
	p.Access = d.x.accessOf(allowed, denied)
	return nil
}

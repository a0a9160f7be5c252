package assemble

import "github.com/split-ingress/split-ingress/annotations/intent"

// backendsOf are the backends of a host whose endpoints are asked for, in the order of its
// routes.
func backendsOf(h *intent.Host) []intent.Backend {
	var out []intent.Backend
	add := func(bs ...intent.Backend) {
		for _, b := range bs {
			if b.Service != "" && b.Unresolved == "" {
				out = append(out, b)
			}
		}
	}
	if h.TLS != nil && h.TLS.Passthrough != nil {
		add(*h.TLS.Passthrough)
	}
	for i := range h.Routes {
		r := &h.Routes[i]
		if f := r.Forward; f != nil {
			add(f.Backends...)
			if f.Primary != nil {
				add(*f.Primary)
			}
			if f.Mirror != nil && f.Mirror.Backend != nil {
				add(*f.Mirror.Backend)
			}
		}
		if p := r.Policies; p != nil && p.Errors != nil {
			for _, b := range []*intent.Backend{p.Errors.Backend, p.Errors.Fallback} {
				if b != nil {
					add(*b)
				}
			}
		}
		if p := r.Policies; p != nil && p.GRPC != nil {
			add(p.GRPC.Backends...)
		}
	}
	return out
}

// secretsOf are the Secrets that the policies of a host refer to, each once.
func secretsOf(h *intent.Host) []wanted {
	var out []wanted
	seen := set[wanted]{}
	add := func(w wanted) {
		if w.secret != "" && !seen.has(w) {
			seen.add(w)
			out = append(out, w)
		}
	}
	for _, b := range backendsOf(h) {
		if b.TLS != nil {
			add(wanted{b.TLS.Secret, "", "for the TLS to Service " + b.Service})
			add(wanted{b.TLS.CA, b.Namespace, "the authority of Service " + b.Service})
		}
	}
	for i := range h.Routes {
		if p := h.Routes[i].Policies; p != nil && p.Basic != nil {
			add(wanted{p.Basic.Secret, "", "the users of basic authentication"})
		}
	}
	return out
}

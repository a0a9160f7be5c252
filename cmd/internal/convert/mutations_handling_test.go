package convert

import (
	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
)

// ofHandling changes what is done with requests that go on.
func ofHandling(r contour.Route, add func(string, func(*contour.Route))) {
	add("time of unused connections", func(r *contour.Route) { timeouts(r).IdleConnection = "7s" })
	add("retries", func(r *contour.Route) { r.RetryPolicy = &contour.RetryPolicy{NumRetries: 77} })
	add("load balancing", func(r *contour.Route) { r.LoadBalancerPolicy = &contour.LoadBalancerPolicy{Strategy: "Random"} })
	add("mirror added", func(r *contour.Route) {
		r.Services = append(r.Services, contour.Service{Name: "mutant", Port: 80, Mirror: true})
	})
	if p := r.RetryPolicy; p != nil {
		add("retries dropped", func(r *contour.Route) { r.RetryPolicy = nil })
		add("number of retries", func(r *contour.Route) { r.RetryPolicy.NumRetries++ })
		add("what is tried again", func(r *contour.Route) { r.RetryPolicy.RetryOn = append(r.RetryPolicy.RetryOn, "retriable-4xx") })
		add("time of a try", func(r *contour.Route) { r.RetryPolicy.PerTryTimeout = "7s" })
		if len(p.RetriableStatusCodes) > 0 {
			add("statuses that are tried again", func(r *contour.Route) { r.RetryPolicy.RetriableStatusCodes[0]++ })
		}
	}
	if p := r.LoadBalancerPolicy; p != nil {
		add("load balancing dropped", func(r *contour.Route) { r.LoadBalancerPolicy = nil })
		if len(p.RequestHashPolicies) > 0 {
			add("what is hashed", func(r *contour.Route) {
				r.LoadBalancerPolicy.RequestHashPolicies[0] = contour.RequestHashPolicy{HeaderHashOptions: &contour.HeaderHashOptions{HeaderName: "X-Mutant"}}
			})
		}
	}
	for i, s := range r.Services {
		if s.Mirror {
			add("mirror dropped", func(r *contour.Route) { r.Services = append(r.Services[:i:i], r.Services[i+1:]...) })
			add("mirror is no mirror", func(r *contour.Route) { r.Services[i].Mirror = false })
			add("share of copies", func(r *contour.Route) { r.Services[i].Weight = 50 })
		}
		if s.UpstreamValidation != nil {
			add("validation dropped", func(r *contour.Route) { r.Services[i].UpstreamValidation = nil })
			add("name in a certificate", func(r *contour.Route) { r.Services[i].UpstreamValidation.SubjectName += ".mutant" })
			add("authority", func(r *contour.Route) { r.Services[i].UpstreamValidation.CACertificate += "-mutant" })
		}
	}
	for _, p := range []struct {
		name string
		of   func(*contour.Route) *contour.HeadersPolicy
	}{
		{"request", func(r *contour.Route) *contour.HeadersPolicy { return r.RequestHeadersPolicy }},
		{"response", func(r *contour.Route) *contour.HeadersPolicy { return r.ResponseHeadersPolicy }},
	} {
		policy := p.of(&r)
		if policy != nil && len(policy.Set) > 0 {
			add("value of a "+p.name+" header", func(r *contour.Route) { p.of(r).Set[0].Value += "x" })
			add(p.name+" header dropped", func(r *contour.Route) { p.of(r).Set = p.of(r).Set[1:] })
		}
		if policy != nil && len(policy.Remove) > 0 {
			add("removal of a "+p.name+" header dropped", func(r *contour.Route) { p.of(r).Remove = p.of(r).Remove[1:] })
		}
	}
}

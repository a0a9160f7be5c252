package httpproxy

import (
	"fmt"
	"strconv"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// retryField is retryPolicy, the inverse of readRetry.
func retryField(r *intent.Retry) *contour.RetryPolicy {
	if r == nil {
		return nil
	}
	p := &contour.RetryPolicy{NumRetries: int64(r.Tries - 1)}
	for _, on := range r.On {
		p.RetryOn = append(p.RetryOn, contour.RetryOn(on))
	}
	for _, code := range r.Codes {
		p.RetriableStatusCodes = append(p.RetriableStatusCodes, uint32(code)) //nolint:gosec // a status
	}
	return p
}

// validationField is services[].validation, the inverse of validate; nothing is checked
// without it.
func validationField(t *intent.UpstreamTLS) *contour.UpstreamValidation {
	if t == nil || !t.Verify {
		return nil
	}
	_, secret, _ := strings.Cut(t.CA, "/")
	v := &contour.UpstreamValidation{CACertificate: secret, SubjectName: t.Names[0]}
	if len(t.Names) > 1 {
		v.SubjectNames = t.Names
	}
	return v
}

// mirrorField adds the Service that gets copies.
func mirrorField(out *contour.Route, m *intent.Mirror) error {
	if m == nil {
		return nil
	}
	port, err := strconv.Atoi(m.Backend.Port)
	if err != nil {
		return fmt.Errorf("mirror %s/%s: port %q is no number", m.Backend.Namespace, m.Backend.Service, m.Backend.Port)
	}
	out.Services = append(out.Services, contour.Service{Name: m.Backend.Service, Port: port, Protocol: protocolField(m.Backend.Protocol), Mirror: true})
	return nil
}

// balanceField is loadBalancerPolicy, the inverse of readBalance; none is Contour's round
// robin.
func balanceField(f *intent.Forward) *contour.LoadBalancerPolicy {
	if f.Affinity != nil {
		return &contour.LoadBalancerPolicy{Strategy: "Cookie"}
	}
	if f.Balance == nil {
		return nil
	}
	switch f.Balance.Strategy {
	case leastRequest:
		return &contour.LoadBalancerPolicy{Strategy: "WeightedLeastRequest"}
	case atRandom:
		return &contour.LoadBalancerPolicy{Strategy: "Random"}
	case byHash:
		p := &contour.LoadBalancerPolicy{Strategy: "RequestHash"}
		for _, h := range f.Balance.Hash {
			one := contour.RequestHashPolicy{HashSourceIP: h.Source, Terminal: h.Terminal}
			if h.Header != "" {
				one.HeaderHashOptions = &contour.HeaderHashOptions{HeaderName: h.Header}
			}
			if h.Query != "" {
				one.QueryParameterHashOptions = &contour.QueryParameterHashOptions{ParameterName: h.Query}
			}
			p.RequestHashPolicies = append(p.RequestHashPolicies, one)
		}
		return p
	}
	return nil
}

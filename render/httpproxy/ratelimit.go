package httpproxy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// rateLimitDomain is what requests to the rate limit service are about; Contour and the
// service must both be told it.
const rateLimitDomain = "contour"

// limitsName is the ConfigMap with the limits: in the namespace of the rate limit service.
func limitsName(opts Options) manifest.Name {
	return manifest.Name{Namespace: opts.RateLimitService.Namespace, Name: opts.RateLimitService.Name + "-limits"}
}

// limitObjects are the limits of all zones of some hosts, in the configuration format of
// github.com/envoyproxy/ratelimit, and what has to be done about them; nothing without a
// rate limit service or a limit.
func limitObjects(f delegation.Forest, opts Options) ([]Object, []ledger.Finding) {
	if opts.RateLimitService.Name == "" {
		return nil, nil
	}
	var hosts, zones []string
	there := map[string]bool{}
	for _, root := range f.Roots {
		there[root.Host] = true
	}
	for zone, z := range opts.zones {
		if on := slices.DeleteFunc(slices.Clone(z.Hosts), func(h string) bool { return !there[h] }); len(on) > 0 {
			hosts, zones = append(hosts, on...), append(zones, zone)
		}
	}
	if len(zones) == 0 {
		return nil, nil
	}
	slices.Sort(zones)
	slices.Sort(hosts)
	name := limitsName(opts)
	return []Object{{Role: RoleCluster, Hosts: slices.Compact(hosts), Kind: "ConfigMap", Namespace: name.Namespace, Name: name.Name, Value: &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Name: name.Name, Namespace: name.Namespace, Labels: labels(RoleRoot)},
		Data:       map[string]string{"split-ingress.yaml": limitsText(zones, opts.zones)},
	}}}, []ledger.Finding{unlimited(opts)}
}

// limitsText is the configuration: for each key its zones, and in each the client addresses.
func limitsText(names []string, zones map[string]Zone) string {
	type line struct {
		key, zone, unit string
		quota           int
	}
	var lines []line
	for _, n := range names {
		l := zones[n].Limits
		if l.PerSecond > 0 {
			lines = append(lines, line{perSecond, n, "second", quota(l.PerSecond, l.Burst)})
		}
		if l.PerMinute > 0 {
			lines = append(lines, line{perMinute, n, "minute", quota(l.PerMinute, l.BurstMinute)})
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.key, b.key) })
	var b strings.Builder
	fmt.Fprintf(&b, "domain: %s\ndescriptors:\n", rateLimitDomain)
	for _, l := range lines {
		fmt.Fprintf(&b, "- key: %s\n  value: %q\n  descriptors:\n  - key: %s\n    rate_limit:\n      unit: %s\n      requests_per_unit: %d\n", l.key, l.zone, remoteAddress, l.unit, l.quota)
	}
	return b.String()
}

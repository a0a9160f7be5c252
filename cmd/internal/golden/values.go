package golden

import "strings"

// settings are keys of the controller's ConfigMap with values.
var settings = map[string][]string{
	"allow-snippet-annotations": {"true", "false"}, "annotations-risk-level": {"Critical", "Low"}, "ssl-redirect": {"false", "true", "x"},
	"force-ssl-redirect": {"true"}, "hsts": {"false"}, "hsts-max-age": {"60"}, "hsts-include-subdomains": {"false"}, "http-redirect-code": {"301", "307"},
	"proxy-body-size": {"8", "0", "1k"}, "custom-http-errors": {"404,503"}, "whitelist-source-range": {"10.99.0.0/16,127.0.0.0/8"},
	"denylist-source-range": {"10.99.100.20"}, "block-cidrs": {"10.99.101.5"}, "server-tokens": {"true"}, "use-forwarded-headers": {"true"},
	"compute-full-forwarded-for": {"true"}, "strict-validate-path-type": {"false"}, "global-allowed-response-headers": {"X-Custom,X-Two"},
	"no-tls-redirect-locations": {"/app"}, "proxy-http-version": {"1.0"}, "retry-non-idempotent": {"true"}, "proxy-read-timeout": {"1"},
	"load-balance": {"ewma"}, "enable-underscores-in-headers": {"true"}, "ignore-invalid-headers": {"false"}, "use-port-in-redirects": {"true"},
	"relative-redirects": {"true"}, "limit-req-status-code": {"429"}, "ssl-protocols": {"TLSv1.3"}, "custom-headers": {"nirgends/x"},
	"hide-headers": {"X-Custom"}, "proxy-set-headers": {"default/none"}, "add-headers": {"default/none"}, "global-auth-url": {"http://10.99.240.1/g"},
}

// strange are annotations that ingress-nginx does not read, or that others read.
var strange = map[string]string{
	"nginx.ingress.kubernetes.io/rate-limit": "10", "nginx.ingress.kubernetes.io/cors-enable": "true", "nginx.ingress.kubernetes.io/client-max-body-size": "1k",
	"nginx.ingress.kubernetes.io/": "x", "nginx.org/rewrites": "serviceName=a rewrite=/b", "traefik.ingress.kubernetes.io/router.tls": "true",
	"kubernetes.io/ingress.allow-http": "false", "haproxy.org/whitelist": "10.0.0.0/8",
	"ingress.kubernetes.io/ssl-redirect": "true", "nginx.ingress.kubernetes.io/Rewrite-Target": "/r", "example.com/owner": "x",
	"kubernetes.io/ingress.class": "nginx",
}

// valuesFor are values for a key by its validation in the table of effects: valid ones, valid
// ones that nobody writes, and invalid ones.
func valuesFor(validation string) []string {
	switch {
	case strings.HasPrefix(validation, "bool"):
		return []string{"true", "false", "T", "1", "0", "yes", "", " true"}
	case strings.HasPrefix(validation, "int"):
		return []string{"0", "1", "2", "-1", "+3", "007", "308", "1.5", "1s", "", "99999999999999999999"}
	case strings.HasPrefix(validation, "one of {") || strings.HasPrefix(validation, "one of \""):
		parts, all := strings.Split(validation, `"`), []string{"", "other"}
		for i := 1; i < len(parts); i += 2 {
			all = append(all, parts[i], strings.ToUpper(parts[i]), parts[i]+" ")
		}
		return all
	case strings.Contains(validation, "[bkmg]"):
		return []string{"0", "1", "8", "1k", "2M", "1g", "4b", "-1", "1 m", "m", ""}
	case strings.HasPrefix(validation, "comma list of IP"):
		return []string{"127.0.0.1", "10.99.0.0/16", "10.99.100.0/24, 127.0.0.1", "0.0.0.0/0", "::1", "2001:db8::/32,127.0.0.1", "!127.0.0.1", "10.99.0.0/33", ",", "", "127.0.0.1,", "10.99.100.7/8"}
	case strings.Contains(validation, "(on|off)"):
		return []string{"on", "off", "On", "true", ""}
	}
	return []string{"", "/", "/app", "/a/b/", "http://in.t/x", "https://in.t:8443", "x", "default", "/$1", "$host", "a b", "*", "\n", "ü", `"`, "404,503", "basic", "X-Custom, X-Two", "off"}
}

package convert

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// ReadFlags reads options as fixtures write them, words in one line: complete, classless,
// enable-ssl-passthrough, plain, delegate, carry-dns, and NAME=VALUE of class, allow (KEY@HOST=REASON),
// https-redirect, trusted-hops, default-certificate, settings and rate-limit-service
// (NAMESPACE/NAME each).
func ReadFlags(text string) (opts Options, err error) {
	for _, f := range strings.Fields(text) {
		name, value, _ := strings.Cut(f, "=")
		ns, n, _ := strings.Cut(value, "/")
		object := manifest.Name{Namespace: ns, Name: n}
		switch name {
		case "complete":
			opts.Controller.Complete = true
		case "classless":
			opts.Controller.Classless = true
		case "enable-ssl-passthrough":
			opts.Controller.Passthrough = true
		case "class":
			opts.Controller.Classes = append(opts.Controller.Classes, value)
		case "plain":
			opts.Target.PlainPrefix = true
		case "delegate":
			opts.Target.KeepCertificates = true
		case "https-redirect":
			opts.Target.KeepRedirectStatus = value == "308"
		case "carry-dns":
			opts.CarryDNS = true
		case "allow":
			opts.Target.Allow = append(opts.Target.Allow, httpproxy.ParseAllow(value))
		case "trusted-hops":
			hops, err := strconv.Atoi(value)
			if err != nil {
				return opts, fmt.Errorf("flags: %s: %w", f, err)
			}
			opts.Target.TrustedHops = &hops
		case "default-certificate":
			opts.Target.DefaultCertificate = object
		case "settings":
			opts.ControllerConfig = object
		case "rate-limit-service":
			opts.Target.RateLimitService = object
		default:
			return opts, fmt.Errorf("flags: unknown %q", f)
		}
	}
	return opts, nil
}

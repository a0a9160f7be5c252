package nginx

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

// carries says why no target does what a step does, of which all is known.
func (d *declaration) carries(s snippet.Step) error {
	switch a := s.Do.(type) {
	case snippet.Headers:
		for _, h := range a {
			if err := d.carriesHeader(h); err != nil {
				return err
			}
		}
	case snippet.Expires:
		if !a.Off {
			return errors.New("not carried over: HTTPProxy knows no dates, and sets headers on errors, too, which caches would keep; let the application say how long its answers are fresh")
		}
	case snippet.Inputs:
		for _, h := range a {
			if err := d.carriesRequest(h.Name, h.Value); err != nil {
				return err
			}
		}
	case snippet.Upstream:
		return d.carriesUpstream(a)
	case snippet.Hide:
		return d.once("response", a.Name)
	case snippet.Setting:
		return d.carriesSetting(a)
	}
	return nil
}

// carriesHeader is carries for a header of answers.
func (d *declaration) carriesHeader(h snippet.Header) error {
	switch low := strings.ToLower(h.Name); {
	case len(h.Statuses) > 0:
		return errors.New("not carried over with -s: HTTPProxy sets headers on answers of every status")
	case low == "strict-transport-security" && d.host.TLS != nil && d.host.TLS.HSTS != nil:
		return errors.New("not carried over for Strict-Transport-Security, which the controller sets, too: say it by hsts-max-age, hsts-include-subdomains and hsts-preload in its ConfigMap")
	case h.Op == snippet.Add && (slices.Contains(additive, low) || strings.HasPrefix(low, "access-control-")):
		return fmt.Errorf("not carried over for %s: nginx adds a line to those of the application, and HTTPProxy would take these away; use more_set_headers if the application sends none, or let it send this one", h.Name)
	}
	if err := d.carriesValue(h.Value); err != nil {
		return err
	}
	return d.once("response", h.Name)
}

// additive are headers of answers of which each line counts.
var additive = []string{"set-cookie", "vary", "link", "cache-control", "pragma", "www-authenticate", "proxy-authenticate", "content-security-policy",
	"content-security-policy-report-only", "permissions-policy", "feature-policy", "via", "warning", "allow", "content-encoding", "content-type", "server-timing"}

// carriesUpstream is carries for a header towards the upstream. Of a second one of the
// controller's nginx sends both.
func (d *declaration) carriesUpstream(u snippet.Upstream) error {
	if d.grpc() {
		return nil
	}
	low := strings.ToLower(u.Name)
	if low == "upgrade" || low == "connection" {
		return nil // the data plane's
	}
	if n := len(d.upstream); n > 0 && d.upstream[n-1].Add && strings.EqualFold(d.upstream[n-1].Name, u.Name) && !slices.Contains(toldAnyhow, low) {
		return fmt.Errorf("not carried over for %s, which the controller sets, too: nginx sends both, and Envoy one", u.Name)
	}
	return d.carriesRequest(u.Name, u.Value)
}

// toldAnyhow are headers that tell an upstream who asks. The controller sets them to what
// snippets set them to, as a rule.
var toldAnyhow = []string{"x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-forwarded-scheme", "x-real-ip", "x-request-id", "x-scheme"}

func (d *declaration) carriesRequest(name, value string) error {
	if err := d.carriesValue(value); err != nil {
		return err
	}
	return d.once("request", name)
}

// carriesValue says why a value of a header is none of a target.
func (d *declaration) carriesValue(value string) error {
	t, err := d.template(value, d.vars)
	if err != nil {
		return err
	}
	unknown := ""
	t.Expand(func(name string) string {
		if !targetVariable(name) && unknown == "" {
			unknown = name
		}
		return ""
	})
	if unknown != "" {
		return fmt.Errorf("not carried over with %q: HTTPProxy sets headers to constants, headers of the request and the client's address; let the application set it", value)
	}
	return nil
}

// targetVariable says whether targets have a variable of a template in values of headers.
func targetVariable(name string) bool {
	switch name {
	case "scheme", "host", "lower-host", "http-host", "uri", "var:remote_addr", "var:request_method", "var:request_id", "var:proxy_add_x_forwarded_for":
		return true
	}
	return strings.HasPrefix(name, "var:http_")
}

// once says that a header is changed twice, of which targets have no order.
func (d *declaration) once(direction, name string) error {
	if d.changed == nil {
		d.changed = map[string]bool{}
		for _, h := range d.route.Response {
			d.changed["response "+strings.ToLower(h.Name)] = true
		}
		for _, h := range d.route.Forward.Request {
			d.changed["request "+strings.ToLower(h.Name)] = true
		}
	}
	key := direction + " " + strings.ToLower(name)
	if d.changed[key] {
		return fmt.Errorf("not carried over for %s, which is changed twice: say once what becomes of it", name)
	}
	d.changed[key] = true
	return nil
}

// carriesSetting is carries for a directive that may stand once.
func (d *declaration) carriesSetting(s snippet.Setting) error {
	if (s.Name == "proxy_ssl_name" || s.Name == "proxy_ssl_server_name" && s.Args[0] == "on") && (d.a.protocol == intent.HTTPS || d.a.protocol == intent.AutoHTTP) {
		return fmt.Errorf("not carried over: say it by %sproxy-ssl-server-name and %[1]sproxy-ssl-name", Prefix)
	}
	return nil
}

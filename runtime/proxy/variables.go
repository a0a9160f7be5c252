package proxy

import (
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/auth"
)

// expand gives any variable of a template its value. Captures of rewrites are known to the
// table only.
func (x *exchange) expand(name string) string {
	return x.prepared.Variable(name, x.site.Plane)
}

// variable gives the variables "var:NAME" of templates their values, which the table does
// not know: those of nginx by their names without the "$", those of Envoy by their names
// between the "%". Unknown ones are empty in nginx and stay in the text in Envoy.
func (x *exchange) variable(name string) (string, bool) {
	if later, ok := strings.CutPrefix(name, "date:"); ok {
		n, err := strconv.Atoi(later)
		return x.record.Start.UTC().Add(time.Duration(n) * time.Second).Format(http.TimeFormat), err == nil
	}
	name, ok := strings.CutPrefix(name, "var:")
	if !ok {
		return "", false
	}
	if x.site.Plane == intent.Normalized {
		value, known := x.envoyVariable(name)
		return value, known
	}
	return x.nginxVariable(name), true
}

// nginxVariables are those with a fixed name.
var nginxVariables = map[string]func(x *exchange) string{
	"remote_addr":         func(x *exchange) string { return x.address().String() },
	"the_real_ip":         func(x *exchange) string { return x.address().String() },
	"realip_remote_addr":  func(x *exchange) string { return x.peer.String() },
	"remote_port":         func(x *exchange) string { return portOf(x.r.RemoteAddr) },
	"remote_user":         (*exchange).claimedUser,
	"request_method":      func(x *exchange) string { return x.r.Method },
	"request_id":          (*exchange).requestID,
	"req_id":              (*exchange).requestID,
	"request_uri":         (*exchange).target,
	"escaped_request_uri": func(x *exchange) string { return auth.Escape(x.target()) },
	"args":                (*exchange).query,
	"query_string":        (*exchange).query,
	"is_args": func(x *exchange) string {
		if strings.Contains(x.target(), "?") {
			return "?"
		}
		return ""
	},
	"server_protocol": func(x *exchange) string { return x.r.Proto },
	"server_name": func(x *exchange) string {
		return strings.ToLower(strings.TrimSuffix(x.prepared.Variable("host", x.site.Plane), "."))
	},
	"https": func(x *exchange) string {
		if x.secure {
			return "on"
		}
		return ""
	},
	"content_type":   func(x *exchange) string { return x.r.Header.Get("Content-Type") },
	"content_length": func(x *exchange) string { return x.r.Header.Get("Content-Length") },
	"msec": func(x *exchange) string {
		return strconv.FormatFloat(float64(x.record.Start.UnixMilli())/1000, 'f', 3, 64)
	},
	"time_iso8601": func(x *exchange) string { return x.record.Start.Format(time.RFC3339) },
	"hostname":     func(*exchange) string { return hostname() },
	"proxy_add_x_forwarded_for": func(x *exchange) string {
		return strings.Join(append(slices.Clone(x.r.Header["X-Forwarded-For"]), x.peer.String()), ", ")
	},
	"ssl_client_verify": func(x *exchange) string {
		switch {
		case !x.secure:
			return ""
		case x.site.clients == nil:
			return "NONE"
		}
		return x.site.clients.verdict(x.r)
	},
	"ssl_client_s_dn":         func(x *exchange) string { return subject(x.r) },
	"ssl_client_i_dn":         ofPeer(func(c *x509.Certificate) string { return c.Issuer.String() }),
	"ssl_client_escaped_cert": ofPeer(escapePEM),
	"ssl_protocol":            (*exchange).tlsVersion,
	"ssl_server_name": func(x *exchange) string {
		if x.r.TLS == nil {
			return ""
		}
		return x.r.TLS.ServerName
	},
}

// knownVariable says whether a variable "var:NAME" has a value on a plane.
func knownVariable(name string, plane intent.PathForm) bool {
	if plane == intent.Normalized {
		command, _, _ := strings.Cut(name, "(")
		return envoyVariables[command] != nil
	}
	return nginxVariables[name] != nil || slices.ContainsFunc([]string{"http_", "arg_", "cookie_"}, func(p string) bool { return strings.HasPrefix(name, p) })
}

func (x *exchange) nginxVariable(name string) string {
	if value := nginxVariables[name]; value != nil {
		return value(x)
	}
	return x.nginxPrefixed(name)
}

// claimedUser is whom a password proved the client to be, or who it says that it is.
func (x *exchange) claimedUser() string {
	if x.user != "" {
		return x.user
	}
	user, _, _ := x.r.BasicAuth()
	return user
}

func (x *exchange) query() string {
	_, query, _ := strings.Cut(x.target(), "?")
	return query
}

// nginxPrefixed are variables named after a header, an argument or a cookie.
func (x *exchange) nginxPrefixed(name string) string {
	if h, ok := strings.CutPrefix(name, "http_"); ok {
		return strings.Join(x.r.Header[http.CanonicalHeaderKey(strings.ReplaceAll(h, "_", "-"))], ", ")
	}
	if a, ok := strings.CutPrefix(name, "arg_"); ok {
		for pair := range strings.SplitSeq(x.query(), "&") {
			if key, value, _ := strings.Cut(pair, "="); strings.EqualFold(key, a) {
				return value
			}
		}
		return ""
	}
	if c, ok := strings.CutPrefix(name, "cookie_"); ok {
		return cookie(x.r.Header, c)
	}
	return ""
}

// cookie is the value of the first cookie of that name, as it was sent.
func cookie(h http.Header, name string) string {
	for _, line := range h["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			if key, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok && key == name {
				return value
			}
		}
	}
	return ""
}

func portOf(address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	return port
}

// hostname is the name of this machine; empty if it can't be told.
func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

package proxy

import (
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
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

func (x *exchange) nginxVariable(name string) string {
	switch name {
	case "remote_addr", "the_real_ip", "realip_remote_addr":
		return x.address().String()
	case "remote_port":
		return portOf(x.r.RemoteAddr)
	case "request_method":
		return x.r.Method
	case "request_id", "req_id":
		return x.requestID()
	case "request_uri":
		return x.target()
	case "args", "query_string":
		_, query, _ := strings.Cut(x.target(), "?")
		return query
	case "is_args":
		if strings.Contains(x.target(), "?") {
			return "?"
		}
		return ""
	case "server_protocol":
		return x.r.Proto
	case "server_name":
		return strings.ToLower(strings.TrimSuffix(x.prepared.Variable("host", x.site.Plane), "."))
	case "https":
		if x.secure {
			return "on"
		}
		return ""
	case "content_type":
		return x.r.Header.Get("Content-Type")
	case "content_length":
		return x.r.Header.Get("Content-Length")
	case "msec":
		return strconv.FormatFloat(float64(x.record.Start.UnixMilli())/1000, 'f', 3, 64)
	case "time_iso8601":
		return x.record.Start.Format(time.RFC3339)
	case "hostname":
		return hostname()
	case "proxy_add_x_forwarded_for":
		return strings.Join(append(x.r.Header["X-Forwarded-For"], x.peer.String()), ", ")
	}
	return x.nginxPrefixed(name)
}

// nginxPrefixed are variables named after a header, an argument or a cookie.
func (x *exchange) nginxPrefixed(name string) string {
	if h, ok := strings.CutPrefix(name, "http_"); ok {
		return strings.Join(x.r.Header[http.CanonicalHeaderKey(strings.ReplaceAll(h, "_", "-"))], ", ")
	}
	if a, ok := strings.CutPrefix(name, "arg_"); ok {
		_, query, _ := strings.Cut(x.target(), "?")
		for pair := range strings.SplitSeq(query, "&") {
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

func (x *exchange) envoyVariable(name string) (string, bool) {
	command, argument, _ := strings.Cut(strings.TrimSuffix(name, ")"), "(")
	switch command {
	case "REQ":
		return x.envoyHeader(argument), true
	case "DOWNSTREAM_REMOTE_ADDRESS":
		return net.JoinHostPort(x.address().String(), portOf(x.r.RemoteAddr)), true
	case "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT":
		return x.address().String(), true
	case "DOWNSTREAM_DIRECT_REMOTE_ADDRESS":
		return x.r.RemoteAddr, true
	case "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT":
		return x.peer.String(), true
	case "DOWNSTREAM_LOCAL_ADDRESS", "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_LOCAL_PORT":
		return x.localAddress(command), true
	case "PROTOCOL":
		return x.r.Proto, true
	case "HOSTNAME":
		return hostname(), true
	case "START_TIME":
		return x.record.Start.UTC().Format("2006-01-02T15:04:05.000Z"), true
	case "REQUESTED_SERVER_NAME":
		if x.r.TLS == nil || x.r.TLS.ServerName == "" {
			return "-", true
		}
		return x.r.TLS.ServerName, true
	case "UPSTREAM_REMOTE_ADDRESS":
		return x.record.Endpoint, true
	case "DOWNSTREAM_PEER_SUBJECT":
		return subject(x.r), true
	}
	return "", false
}

// envoyHeader reads "NAME?OTHER:LENGTH": a header, else another one, cut off.
func (x *exchange) envoyHeader(spec string) string {
	length := -1
	if at := strings.LastIndexByte(spec, ':'); at > 0 {
		if n, err := strconv.Atoi(spec[at+1:]); err == nil {
			spec, length = spec[:at], n
		}
	}
	value := ""
	for name := range strings.SplitSeq(spec, "?") {
		if value = x.pseudo(name); value != "" {
			break
		}
	}
	if length >= 0 && len(value) > length {
		value = value[:length]
	}
	return value
}

func (x *exchange) pseudo(name string) string {
	switch strings.ToLower(name) {
	case ":authority", "host":
		return x.r.Host
	case ":method":
		return x.r.Method
	case ":path":
		return x.prepared.Variable("uri", x.site.Plane)
	case ":scheme":
		return x.scheme()
	}
	return strings.Join(x.r.Header[http.CanonicalHeaderKey(name)], ",")
}

func (x *exchange) localAddress(command string) string {
	local, _ := x.r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil {
		return ""
	}
	host, port, err := net.SplitHostPort(local.String())
	switch {
	case err != nil || command == "DOWNSTREAM_LOCAL_ADDRESS":
		return local.String()
	case command == "DOWNSTREAM_LOCAL_PORT":
		return port
	}
	return host
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

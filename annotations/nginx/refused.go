package nginx

import (
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// What passes the controller's validation and yet makes nginx refuse its configuration:
// the controller then goes on with the old one and takes no update of anybody (spec item
// 6). What such an Ingress means cannot be said, so its routes are guarded.

// nginxVariables are those that the configuration file of the controller knows, besides
// the captures and $http_, $arg_, $cookie_ and $sent_http_ ones.
var nginxVariables = []string{"args", "best_http_host", "binary_remote_addr", "body_bytes_sent", "connection", "content_length",
	"content_type", "document_root", "document_uri", "host", "hostname", "http_host", "https", "ingress_name", "is_args", "limit_rate",
	"location_path", "namespace", "nginx_version", "pass_access_scheme", "pass_port", "pass_server_port", "pid", "proxy_add_x_forwarded_for", "proxy_host",
	"proxy_port", "proxy_upstream_name", "query_string", "realpath_root", "remote_addr", "remote_port", "remote_user", "req_id",
	"request", "request_body", "request_filename", "request_id", "request_length", "request_method", "request_time", "request_uri",
	"scheme", "server_addr", "server_name", "server_port", "server_protocol", "service_name", "service_port", "ssl_client_i_dn",
	"ssl_client_s_dn", "ssl_client_verify", "ssl_protocol", "ssl_server_name", "status", "subdomain", "time_iso8601", "time_local",
	"uri"}

// unknownVariable is a variable of a text that nginx does not know, or "".
func unknownVariable(text string) string {
	for {
		_, after, found := strings.Cut(text, "$")
		if !found {
			return ""
		}
		end := 0
		for end < len(after) && isWord(after[end]) {
			end++
		}
		name := after[:end]
		capture := name != "" && name[0] >= '1' && name[0] <= '9'
		prefixed := slices.ContainsFunc([]string{"http_", "arg_", "cookie_", "sent_http_", "upstream_"}, func(p string) bool { return strings.HasPrefix(name, p) })
		if !capture && !prefixed && !slices.Contains(nginxVariables, name) {
			return "$" + name
		}
		text = after[end:]
	}
}

// refuse finds what nginx refuses in the annotations of an Ingress.
func (c *controller) refuse(o *object) {
	for _, key := range []string{"rewrite-target", "app-root", "x-forwarded-prefix"} {
		v := o.values[key]
		if v.state != valid {
			continue
		}
		if name := unknownVariable(v.text); name != "" {
			c.refused(o, v.origin, Prefix+key+" holds "+name+", which nginx does not know")
		}
	}
	for _, alias := range o.aliases {
		re, ok := strings.CutPrefix(alias, "~")
		bare := alias == "*" || strings.Count(alias, "*") > 1
		if (ok && brokenPattern(re)) || (!ok && bare) {
			c.refused(o, o.values["server-alias"].origin, Prefix+"server-alias holds "+alias+", which is no server name")
		}
	}
}

// refused guards the routes of an Ingress that nginx refuses, and says so.
func (c *controller) refused(o *object, at ledger.Origin, why string) {
	message := why + ": nginx refuses the whole configuration, and no update of any Ingress takes effect"
	c.find("blocks-updates", ledger.Refusal, at, message, "mend the annotation first")
	o.opaque = append(o.opaque, intent.Opaque{Key: at.Key, Security: true, Reason: message, Origin: at})
}

// brokenPattern says whether a text is no regular expression in PCRE either. What only
// PCRE knows (lookaround, back references, possessive repetition, ...) gets the benefit of
// the doubt.
func brokenPattern(pattern string) bool {
	if !strings.ContainsAny(pattern, `\.+*?()|[]{}`) {
		return false
	}
	if _, err := syntax.Parse(pattern, syntax.Perl); err == nil {
		return false
	}
	for _, only := range []string{"(?=", "(?!", "(?<=", "(?<!", "(?>", "(?|", "(?#", "(?R", "(?P>", "(?(", `\K`, `\G`, `\R`, `\h`, "++", "*+", "?+", "}+"} {
		if strings.Contains(pattern, only) {
			return false
		}
	}
	for d := '1'; d <= '9'; d++ {
		if strings.Contains(pattern, `\`+string(d)) {
			return false
		}
	}
	return true
}

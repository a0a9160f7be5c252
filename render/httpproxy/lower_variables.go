package httpproxy

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// envoyVariables are variables of templates with Envoy's own, and how these differ.
var envoyVariables = []struct{ name, envoy, reason string }{
	{"scheme", "REQ(X-Forwarded-Proto)", "the scheme that it tells the application"},
	{"host", "REQ(:AUTHORITY)", "the Host as the client sends it, with its port and letter case, and nginx without"},
	{"lower-host", "REQ(:AUTHORITY)", "the Host as the client sends it, with its port and letter case, and nginx without"},
	{"http-host", "REQ(:AUTHORITY)", "the Host as the client sends it"},
	{"uri", "REQ(:PATH)", "the path with dot segments resolved and slashes merged, and nginx of the path as sent"},
	{"var:remote_addr", "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", "the address that it takes for the client's, and nginx of the one that it does"},
	{"var:request_method", "REQ(:METHOD)", "the method"},
	{"var:request_id", "REQ(X-Request-Id)", "an id of another form (a UUID), and nginx of 32 hex digits"},
	{"var:proxy_add_x_forwarded_for", "REQ(X-Forwarded-For)", "its own X-Forwarded-For, which ends in the address of the connection, as nginx does"},
}

// envoyTemplate is a template of nginx with the variables that Contour lets through to Envoy,
// and how these differ; "" if there is another one, or if a text beside them would be read as
// one.
func envoyTemplate(t intent.Template) (in intent.Template, reason string) {
	ok := true
	var reasons []string
	in = t.Map(func(name string) intent.Template {
		envoy, why := envoyVariable(name)
		ok = ok && envoy != ""
		if !slices.Contains(reasons, why) {
			reasons = append(reasons, why)
		}
		return intent.Template("{var:" + envoy + "}")
	})
	if !ok || variables(headerText(in), nil) != in {
		return t, ""
	}
	return in, strings.Join(reasons, ", and of ")
}

// envoyVariable is what stands for a variable of a template, and how it differs.
func envoyVariable(name string) (envoy, reason string) {
	for _, v := range envoyVariables {
		if v.name == name {
			return v.envoy, v.reason
		}
	}
	variable, _ := strings.CutPrefix(name, "var:")
	if header, ok := headerOf(variable); ok {
		return "REQ(" + header + ")", "all values of a header that is sent twice, and nginx of the first"
	}
	return "", ""
}

// headerText is a value of a header as Contour reads it, the inverse of variables.
func headerText(t intent.Template) string {
	return t.Expand(func(name string) string { return "%" + strings.TrimPrefix(name, "var:") + "%" })
}

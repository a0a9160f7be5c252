package httpproxy

import (
	"regexp"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// variable is one that Contour lets through to Envoy in a header's value.
var variable = regexp.MustCompile(`%(?:` + strings.Join([]string{
	`(?:DOWNSTREAM_(?:REMOTE|LOCAL)_ADDRESS(?:_WITHOUT_PORT)?`,
	`DOWNSTREAM_LOCAL_PORT`,
	`DOWNSTREAM_(?:LOCAL|PEER)_(?:URI_SAN|SUBJECT)`,
	`DOWNSTREAM_PEER_(?:ISSUER|SERIAL|FINGERPRINT_256|FINGERPRINT_1|CERT|CERT_V_START|CERT_V_END)`,
	`DOWNSTREAM_TLS_(?:SESSION_ID|CIPHER|VERSION)`,
	`HOSTNAME|PROTOCOL|UPSTREAM_REMOTE_ADDRESS|RESPONSE_FLAGS|RESPONSE_CODE_DETAILS`,
	`CONTOUR_NAMESPACE|CONTOUR_SERVICE_NAME|CONTOUR_SERVICE_PORT)`,
	`REQ\(:?[\w-]+(?:\?:?[\w-]+)?\)(?::\d+)?)%`,
}, "|"))

// variables is the template of a header's value. What Contour v1.33.8 lets through to Envoy
// becomes {var:NAME}, everything else that looks like a variable is text, and so is a single
// or doubled "%". The names are
//
//	DOWNSTREAM_REMOTE_ADDRESS, DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT,
//	DOWNSTREAM_LOCAL_ADDRESS, DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT, DOWNSTREAM_LOCAL_PORT,
//	DOWNSTREAM_LOCAL_URI_SAN, DOWNSTREAM_PEER_URI_SAN,
//	DOWNSTREAM_LOCAL_SUBJECT, DOWNSTREAM_PEER_SUBJECT, DOWNSTREAM_PEER_ISSUER,
//	DOWNSTREAM_PEER_SERIAL, DOWNSTREAM_PEER_FINGERPRINT_256, DOWNSTREAM_PEER_FINGERPRINT_1,
//	DOWNSTREAM_PEER_CERT, DOWNSTREAM_PEER_CERT_V_START, DOWNSTREAM_PEER_CERT_V_END,
//	DOWNSTREAM_TLS_SESSION_ID, DOWNSTREAM_TLS_CIPHER, DOWNSTREAM_TLS_VERSION,
//	HOSTNAME (of the data plane), PROTOCOL, UPSTREAM_REMOTE_ADDRESS,
//	RESPONSE_FLAGS, RESPONSE_CODE_DETAILS,
//	REQ(X), REQ(X?Y), REQ(X):N and REQ(X?Y):N, where X and Y are names of request headers,
//	":path" and the like among them, Y stands in where X is missing, and of the value the
//	first N bytes are kept.
//
// Contour's own variables (CONTOUR_NAMESPACE, CONTOUR_SERVICE_NAME, CONTOUR_SERVICE_PORT)
// are in known where they have a value, which is put in; elsewhere they are text.
func variables(text string, known map[string]string) intent.Template {
	var b strings.Builder
	for text != "" {
		at := variable.FindStringIndex(text)
		if at == nil {
			break
		}
		b.WriteString(string(intent.Literal(text[:at[0]])))
		found := text[at[0]:at[1]]
		name := strings.Trim(found, "%")
		switch value, ok := known[name]; {
		case ok:
			b.WriteString(string(intent.Literal(value)))
		case strings.HasPrefix(name, "CONTOUR_"):
			b.WriteString(found)
		default:
			b.WriteString("{var:" + name + "}")
		}
		text = text[at[1]:]
	}
	b.WriteString(string(intent.Literal(text)))
	return intent.Template(b.String())
}

// headers are changes in the order in which Envoy makes them: what is removed comes first.
// A header that is set to nothing is left as it is.
func headers(changes []intent.HeaderChange, known map[string]string) []intent.HeaderChange {
	var removed, set []intent.HeaderChange
	for _, h := range changes {
		text, _ := h.Value.Constant()
		switch {
		case h.Remove:
			removed = append(removed, h)
		case text != "":
			h.Value = variables(text, known)
			set = append(set, h)
		}
	}
	return append(removed, set...)
}

// hostHeader is a header that a Host is taken from, wherever it stands in the value.
var hostHeader = regexp.MustCompile(`%REQ\(([A-Za-z0-9-]+)\)%`)

// hostOf is the template of a Host: the value of a header, or the text as it stands.
func hostOf(text string) intent.Template {
	if found := hostHeader.FindStringSubmatch(text); found != nil {
		return intent.Template("{var:REQ(" + found[1] + ")}")
	}
	return intent.Literal(text)
}

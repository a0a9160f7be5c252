package nginx

import (
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// manyTries stands for as many tries as it takes, which nginx writes as 0.
const manyTries = 100

// timing reads the timeouts and what is tried again (spec items 44 and 47). A timeout of
// 0 is the shortest.
func (a *asked) timing() {
	connect, read := a.number("proxy-connect-timeout", 5), a.number("proxy-read-timeout", 60)
	send := a.number("proxy-send-timeout", 60)
	a.forward.Timeouts = intent.Timeouts{
		Connect: max(1000*connect, 1), Idle: max(1000*read, 1), Response: -1,
		Connection: max(1000*a.x.global.number("upstream-keepalive-timeout", 60), 1),
	}
	if send != read {
		a.forward.Timeouts.Send = max(1000*send, 1)
	}
	on := strings.Fields(a.text("proxy-next-upstream", "error timeout"))
	r := &intent.Retry{
		Tries: a.number("proxy-next-upstream-tries", 3), Timeout: 1000 * max(a.number("proxy-next-upstream-timeout", 0), 0),
		NonIdempotent: a.x.global.flag("retry-non-idempotent"),
	}
	if r.Tries <= 0 {
		r.Tries = manyTries
	}
	for _, what := range on {
		if what == "non_idempotent" {
			r.NonIdempotent = true
		} else if !slices.Contains(r.On, what) {
			r.On = append(r.On, what)
		}
	}
	if r.Tries > 1 && len(r.On) > 0 && !slices.Contains(on, "off") {
		a.forward.Retry = r
	}
}

// buffers reads what of the buffering a client can notice: the whole request is read
// before the upstream is asked, and a response head that does not fit is 502.
func (a *asked) buffers() {
	size, _ := byteSize(a.text("proxy-buffer-size", "4k"), false)
	a.forward.Buffering = &intent.Buffering{Request: a.text("proxy-request-buffering", "on") == "on", HeaderSize: int(size)}
	a.forward.HTTP10 = a.text("proxy-http-version", "1.1") == "1.0"
}

// cookies reads how cookies of the upstream change.
func (a *asked) cookies() {
	var c intent.CookieChange
	for _, k := range []struct {
		key string
		to  *string
	}{{"proxy-cookie-domain", &c.Domain}, {"proxy-cookie-path", &c.Path}} {
		words := strings.Fields(a.text(k.key, "off"))
		switch {
		case len(words) != 2: // off, or refused by nginx
		case strings.HasPrefix(words[0], "~"):
			a.keep(k.key, "a regular expression is not carried over", false)
		default:
			*k.to = words[0] + " " + words[1]
		}
	}
	if c != (intent.CookieChange{}) {
		a.forward.Cookies = []intent.CookieChange{c}
	}
}

// redirects reads how Location headers of the upstream change. By default nginx changes
// those that name its own upstream, which none does.
func (a *asked) redirects() {
	from, to := a.text("proxy-redirect-from", "off"), a.text("proxy-redirect-to", "off")
	switch {
	case from == "off", from == "default", to == "off":
	case strings.HasPrefix(from, "~"):
		a.keep("proxy-redirect-from", "a regular expression is not carried over", false)
	default:
		a.forward.Location = &intent.LocationChange{From: from, To: to}
	}
}

// headers reads the changes of headers in either direction.
func (a *asked) headers() {
	if host := a.values.str("upstream-vhost"); host != "" {
		t, _ := a.template("upstream-vhost", host)
		a.forward.Host = intent.Template(t)
	}
	a.forward.Connection = strings.ReplaceAll(a.values.str("connection-proxy-header"), " ", "")
	a.forward.Websocket = a.forward.Connection == ""
	for _, name := range splitList(a.x.global.text("hide-headers", "")) {
		a.forward.Response = append(a.forward.Response, intent.HeaderChange{Name: name, Remove: true})
	}
	a.customHeaders()
}

// headerValue is what the controller lets custom headers say.
var headerValue = regexp.MustCompile("^[a-zA-Z\\d_ :;.,\\\\/\"'?!(){}\\[\\]@<>=\\-+*#$&`|~^%]*$")

// customHeaders adds the response headers of a ConfigMap, if the controller allows each.
func (a *asked) customHeaders() {
	key := "custom-headers"
	name := a.values.str(key)
	if name == "" {
		return
	}
	if a.x.unsure() {
		a.doubt(key, "sets headers", "global-allowed-response-headers")
		return
	}
	allowed := splitList(a.x.global.text("global-allowed-response-headers", ""))
	data := a.configMap(key, name)
	assumed := a.x.converting && a.x.opts.Settings == nil && !a.x.opts.Complete && len(data) > 0
	if assumed {
		a.x.find(RuleNotInInput, ledger.Info, a.values[key].origin, "the controller's ConfigMap is not in the input: its global-allowed-response-headers is assumed to list "+
			strings.Join(sortedKeys(data), ", "), "name it with --controller-config; without the list the controller answers 503")
	}
	for _, header := range sortedKeys(data) {
		if !headerName.MatchString(header) || !assumed && !slices.Contains(allowed, header) {
			a.deny(key, "sets "+header+", which global-allowed-response-headers does not list")
		}
		if !headerValue.MatchString(data[header]) {
			a.deny(key, "sets "+header+" to a value that the controller does not take")
		}
		a.response = append(a.response, intent.HeaderChange{Name: header, Value: intent.Literal(data[header]), Remove: data[header] == ""})
	}
}

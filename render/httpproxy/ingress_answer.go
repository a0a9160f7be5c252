package httpproxy

import (
	"slices"
	"strconv"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

const (
	projectContour = "projectcontour.io/"
	keyPerTry      = "per-try-timeout"
	eachTry        = "each try ends after " // and a duration
)

// answer is what the paths of an Ingress answer, but for their match, and on which
// listeners they stand: on that of http unless the Ingress forbids it, and on that of https
// if the host turns out to have a certificate. path is as written.
func (r ingressReader) answer(path string, backend intent.Backend) (*intent.Route, listeners) {
	a := &intent.Route{Forward: &intent.Forward{Backends: []intent.Backend{backend}, Retry: r.retry()}}
	on := onBoth
	if v, _ := annotation(r.Ingress, "kubernetes.io/ingress.allow-http"); v == "false" {
		on = onHTTPS
	}
	if v, _ := annotation(r.Ingress, "ingress.kubernetes.io/force-ssl-redirect"); v == "true" {
		a.HTTPS, on = &intent.HTTPSRedirect{Status: 301}, onBoth
	}
	routes, _ := annotation(r.Ingress, projectContour+"websocket-routes")
	a.Forward.Websocket = slices.Contains(fields(routes), path)
	a.Forward.Timeouts.Response = r.responseTimeout(a)
	if d, ok := r.duration(keyPerTry); ok && d > 0 && a.Forward.Retry != nil {
		r.opaque(a, keyPerTry, eachTry+d.String())
	}
	return a, on
}

// opaque notes what an annotation does and the model does not say.
func (r ingressReader) opaque(a *intent.Route, key, reason string) {
	key = projectContour + key
	a.Opaque = append(a.Opaque, intent.Opaque{Key: key, Value: reason, Reason: reason, Origin: r.at(key)})
}

// duration is an annotation's value, if it is a duration.
func (r ingressReader) duration(key string) (time.Duration, bool) {
	v, _ := annotation(r.Ingress, projectContour+key)
	d, err := time.ParseDuration(v)
	return d, err == nil
}

// responseTimeout is in milliseconds; "infinity" is -1, and 0 is Contour's default, which
// a value that is no duration leaves as well. The older request-timeout stands in where
// there is no response-timeout. What Envoy makes of less than a millisecond is not known.
func (r ingressReader) responseTimeout(a *intent.Route) int {
	key := "response-timeout"
	v, _ := annotation(r.Ingress, projectContour+key)
	if v == "" {
		key = "request-timeout"
		v, _ = annotation(r.Ingress, projectContour+key)
	}
	if d, ok := r.duration(key); ok && d != 0 && d < time.Millisecond {
		r.opaque(a, key, "the timeout is "+d.String())
		return 0
	}
	return readTimeout(v)
}

// retry is Envoy's: any method is sent again. Its conditions keep Envoy's names. One retry
// is the default; for none (-1) Contour leaves the number out, and then Envoy's default is
// one as well.
func (r ingressReader) retry() *intent.Retry {
	on, _ := annotation(r.Ingress, projectContour+"retry-on")
	if on == "" {
		return nil
	}
	count, _ := annotation(r.Ingress, projectContour+"num-retries")
	retries, err := strconv.ParseInt(count, 10, 32)
	if err != nil || retries < 1 {
		retries = 1
	}
	return &intent.Retry{Tries: int(retries) + 1, On: fields(on), NonIdempotent: true}
}

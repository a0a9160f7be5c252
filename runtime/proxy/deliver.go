package proxy

import (
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/auth"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/policy"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// buffers hold what is on its way from upstreams to clients.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// deliver hands the upstream's response to the client.
func (x *exchange) deliver(f *forward, t *target, o *outgoing, r *upstream.Response) {
	if r.Status == http.StatusSwitchingProtocols {
		x.tunnel(f, o, r)
		return
	}
	defer r.Body.Close()
	if x.mustSignIn(r) {
		return
	}
	if x.route.errors.wants(r.Status) {
		x.errorPage(r.Status, r.Header["Www-Authenticate"])
		return
	}
	h := x.w.Header()
	x.responseHeaders(h, r)
	x.location(f, h)
	t.cookies.Change(h)
	t.response.apply(h, r.Status, x.secure, x.expand)
	x.keepClient(t, h)
	x.announceTrailers(h, r)
	x.head(r.Status, h)
	o.body.answered()
	if err := x.body(r); err != nil {
		panic(http.ErrAbortHandler) // a response that ends too early must not look whole
	}
	for name, values := range r.Trailer {
		if len(values) > 0 { // announced ones may be missing, and net/http would never end the stream
			h[http.TrailerPrefix+name] = values
		}
	}
}

// mustSignIn sends the client of an upstream's 401 to where it signs in. nginx does so only on
// routes that have error pages, whatever these are for.
func (x *exchange) mustSignIn(r *upstream.Response) bool {
	p, external := x.route.errors, x.route.checks.external
	if r.Status != http.StatusUnauthorized || p == nil || p.OwnOnly || len(p.Codes) == 0 || external == nil {
		return false
	}
	v := external.SignIn(auth.Verdict{Status: r.Status}, x.question())
	if v.Status == r.Status {
		return false
	}
	x.respond(v.Status, v.Header, v.Body, observe.Denied)
	return true
}

// hidden are headers of responses that nginx keeps for itself (proxy_hide_header's
// defaults, and what ingress-nginx adds to them).
var hidden = []string{"Date", "Server", "X-Pad", "X-Accel-Expires", "X-Accel-Redirect", "X-Accel-Limit-Rate", "X-Accel-Buffering", "X-Accel-Charset"}

// responseHeaders copies what is for the client.
func (x *exchange) responseHeaders(h http.Header, r *upstream.Response) {
	policy.RemoveResponseHopByHop(r.Header)
	for name, values := range r.Header {
		h[name] = values
	}
	if x.site.Plane == intent.Decoded {
		for _, name := range hidden {
			delete(h, name)
		}
		return
	}
	delete(h, "Server")
}

// location rewrites where the upstream sends the client (nginx's proxy_redirect).
func (x *exchange) location(f *forward, h http.Header) {
	sent := h["Location"]
	if f.Location == nil || len(sent) != 1 {
		return
	}
	rest, found := strings.CutPrefix(sent[0], f.Location.From)
	if !found {
		return
	}
	to := f.Location.To + rest
	if strings.HasPrefix(to, "/") {
		to = x.prepared.Variable("scheme", x.site.Plane) + "://" + x.prepared.Variable("lower-host", x.site.Plane) + to
	}
	h["Location"] = []string{to}
}

// announceTrailers names the trailers that the upstream announced. In HTTP/1.1 they need
// chunks, and so no length, which HTTP/2 may say all the same.
func (x *exchange) announceTrailers(h http.Header, r *upstream.Response) {
	for name := range r.Trailer {
		h.Add("Trailer", name)
	}
	if len(r.Trailer) > 0 && x.r.ProtoMajor == 1 {
		delete(h, "Content-Length")
	}
}

// body copies the response's body. Whenever the upstream pauses, the client gets what has
// come so far, and be it the head alone.
func (x *exchange) body(r *upstream.Response) error {
	if r.ContentLength == 0 || !bodyAllowed(r.Status) || x.r.Method == http.MethodHead {
		return nil
	}
	if r.Pending {
		if err := x.flush(); err != nil {
			return err
		}
	}
	buffer := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	left, w := r.ContentLength, x.pacedWriter()
	for {
		n, err := r.Body.Read(buffer[:])
		if n > 0 {
			if _, werr := w.Write(buffer[:n]); werr != nil {
				x.record.Flags = observe.ClientGone
				return werr
			}
			x.record.BytesOut += int64(n)
			left -= int64(n)
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			x.record.Flags = brokenOff(err, x.r)
			return err
		case left == 0 && r.ProtoMajor == 1:
			return nil
		case left == 0: // trailers may come
		case left < 0 || n < len(buffer):
			if err := x.flush(); err != nil {
				return err
			}
		}
	}
}

// flush sends the client what has been written so far.
func (x *exchange) flush() error {
	err := http.NewResponseController(x.w).Flush()
	if err != nil {
		x.record.Flags = observe.ClientGone
	}
	return err
}

func brokenOff(err error, r *http.Request) observe.Reason {
	if r.Context().Err() != nil {
		return observe.ClientGone
	}
	if slow, ok := err.(interface{ Timeout() bool }); ok && slow.Timeout() {
		return observe.UpstreamTimeout
	}
	return observe.UpstreamReset
}

// informational passes 1xx responses on (RFC 9110, section 15.2), HTTP/1.0 clients do not
// know any.
func (x *exchange) informational(status int, h http.Header) {
	if x.sent || !x.r.ProtoAtLeast(1, 1) {
		return
	}
	own := x.w.Header()
	for name, values := range h {
		own[name] = values
	}
	x.w.WriteHeader(status)
	for name := range h {
		delete(own, name)
	}
}

// pacedWriter is how the client gets the body: as fast as it wants, or as the route lets it.
func (x *exchange) pacedWriter() io.Writer {
	w := io.Writer(x.w)
	if p := x.route.Policies; p != nil && p.Limits != nil && p.Limits.Rate > 0 {
		return x.route.checks.limit.Throttle(x.record.Start).Writer(x.r.Context(), w, policy.SystemClock())
	}
	return w
}

func originForm(uri string) string {
	_, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return uri
	}
	if at := strings.IndexAny(rest, "/?"); at >= 0 {
		if rest[at] == '?' {
			return "/" + rest[at:]
		}
		return rest[at:]
	}
	return "/"
}

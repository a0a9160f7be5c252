package proxy

import (
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/split-ingress/split-ingress/runtime/auth"
	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// exchange is one request on its way. It is used again for others.
type exchange struct {
	*Proxy
	w http.ResponseWriter
	r *http.Request

	site     *site
	route    *route
	prepared table.Prepared
	decision table.Decision
	headers  []table.Header

	secure bool
	peer   netip.Addr // of the connection
	client netip.Addr // as trusted proxies in front say
	record observe.Record
	lookup func(name string) (string, bool)
	came   http.Header // the headers before checks changed them, if a copy wants them; nil: nobody does
	whole  atomic.Bool // the request's body was read to its end

	to          *target           // the chosen backend; nil: none is chosen yet
	cluster     *cluster          // its endpoints, or those of who takes its place; nil: there are none
	sent        bool              // the head of the response is out
	onReply     []auth.HeaderEdit // what policies put on the response, whoever makes it
	leave       func()            // of the limits
	upgrade     string            // the protocol that the client asks to change to
	told        bool              // the headers say who asks
	key         string            // of the client's affinity
	fresh       bool              // the client does not know its key yet
	inErrorPage bool
	unmarked    bool      // nginx answers before it looks at CORS
	isPlain     bool      // the response gets nothing of what the host and the route put on others
	out         *outgoing // what went upstream; nil: nothing yet
	user        string    // whom a password proved the client to be
}

func newExchange(p *Proxy) *exchange {
	x := &exchange{Proxy: p}
	x.lookup = x.variable
	return x
}

// ServeHTTP answers one request by the sites as they are now.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := p.exchanges.Get().(*exchange)
	x.begin(w, r)
	defer x.end()
	x.answer()
}

func (x *exchange) begin(w http.ResponseWriter, r *http.Request) {
	x.w, x.r = w, r
	x.secure = r.TLS != nil
	if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		x.peer = at.Addr().Unmap()
	}
	x.record = observe.Record{
		Start: time.Now(), Method: r.Method, Scheme: x.scheme(), Host: r.Host, URI: r.RequestURI, Proto: r.Proto,
	}
}

// bodied says whether a body stands behind the request on an HTTP/1 connection.
func (x *exchange) bodied() bool {
	return x.r.ProtoMajor == 1 && x.r.Body != nil && x.r.Body != http.NoBody
}

// end tells of the request, and gives the exchange back unless a panic took it away: then
// nobody knows what still holds it.
func (x *exchange) end() {
	if x.leave != nil {
		x.leave()
	}
	problem := recover()
	if problem != nil && problem != http.ErrAbortHandler {
		x.record.Flags = observe.Internal
	}
	if x.Observer != nil {
		x.record.Duration = time.Since(x.record.Start)
		x.Observer.Done(&x.record)
	}
	if problem != nil {
		panic(problem) // net/http ends the connection or stream, and logs all but ErrAbortHandler
	}
	*x = exchange{Proxy: x.Proxy, headers: x.headers[:0], lookup: x.lookup, onReply: x.onReply[:0]}
	x.exchanges.Put(x)
}

func (x *exchange) scheme() string {
	if x.secure {
		return "https"
	}
	return "http"
}

// answer finds the site and the route, asks the policies, and acts.
func (x *exchange) answer() {
	if !x.place() || !x.pass() {
		return
	}
	x.act()
}

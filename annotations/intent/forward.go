package intent

import (
	"slices"
	"strconv"
	"strings"
)

// Forward sends the request to one of the backends, chosen by weight.
type Forward struct {
	Backends  []Backend       `text:"backend"`
	Rewrite   *Rewrite        `text:"rewrite"`
	Host      Template        `text:"host"` // the upstream's Host header; empty: the request's
	Request   []HeaderChange  `text:"request-header"`
	Response  []HeaderChange  `text:"response-header"`
	Timeouts  Timeouts        `text:"timeouts"`
	Retry     *Retry          `text:"retry"`
	Balance   *Balance        `text:"balance"`
	Affinity  *Affinity       `text:"affinity"`
	Mirror    *Mirror         `text:"mirror"`
	Buffering *Buffering      `text:"buffering"`
	Cookies   []CookieChange  `text:"set-cookie"`
	Location  *LocationChange `text:"location"`
	Websocket bool            `text:"websocket"`
	HTTP10    bool            `text:"http10"` // HTTP/1.0 is spoken to the backends, where the length of the body is known
	// Connection is what backends are told in the header of that name: "close" or
	// "keep-alive"; empty: nothing. With it nothing is upgraded.
	Connection string `text:"connection"`
	// Primary is the backend that the others stand in for: as long as it has no endpoint,
	// requests get 503, and as long as another one has none, its requests go to Primary.
	Primary *Backend `text:"primary"`
	// Untold says that backends are not told who asks: headers that say so come from the
	// client, if at all.
	Untold bool `text:"untold"`
}

// Backend is a port of a Service.
type Backend struct {
	Namespace  string       `text:"namespace"`
	Service    string       `text:"service"`
	Port       string       `text:"port"`       // number, or the name where no Service told the number
	Weight     int          `text:"weight"`     // share of the sum over all backends; a single backend has 1
	Protocol   Protocol     `text:"protocol"`   // to the endpoints
	TLS        *UpstreamTLS `text:"tls"`        // how the endpoints' certificates are checked
	Unresolved string       `text:"unresolved"` // why it can have no endpoint; requests get 503
	ClusterIP  bool         `text:"cluster-ip"` // the Service's address stands for its endpoints
	Bound      string       `text:"bound"`      // what an affinity cookie says behind "|" of this backend; empty: it has none
	// Request, Response and Cookies change what goes to and comes from this backend only.
	// Headers are changed before those of the Forward, so that of two changes of one name
	// the Forward's stays; a Host in Request stands above the Forward's Host; cookies are
	// changed after those of the Forward.
	Request  []HeaderChange `text:"request-header"`
	Response []HeaderChange `text:"response-header"`
	Cookies  []CookieChange `text:"set-cookie"`
}

// Protocol is what is spoken to an upstream; the empty one is HTTP/1.1 in the clear.
type Protocol string

// The protocols.
const (
	HTTP     Protocol = ""
	HTTPS    Protocol = "https"
	H2C      Protocol = "h2c"  // gRPC in the clear
	H2       Protocol = "h2"   // gRPC over TLS
	AutoHTTP Protocol = "auto" // the client's scheme
	FastCGI  Protocol = "fcgi"
)

// UpstreamTLS is how certificates are used towards an upstream; none: unverified.
type UpstreamTLS struct {
	Secret     string   `text:"secret"` // "namespace/name" with client certificate and authority
	CA         string   `text:"ca"`     // "namespace/name" with the authority, if it is in another one
	Verify     bool     `text:"verify"`
	Depth      int      `text:"depth"`
	ServerName string   `text:"server-name"` // sent as SNI and compared with the certificate
	NoSNI      bool     `text:"no-sni"`      // ServerName is only compared
	Names      []string `text:"name"`        // one of them stands in the certificate, instead of ServerName
	Protocols  string   `text:"protocols"`
	Ciphers    string   `text:"ciphers"`
}

// RewriteKind is how the upstream path is made.
type RewriteKind uint8

// The rewrite kinds. The query of the request is always kept.
const (
	// SwapPrefix: From at the start of the path is replaced by To.
	SwapPrefix RewriteKind = iota
	// FullPath: the path becomes To.
	FullPath
	// RegexRewrite: From, searched in the path, gives the captures $1..$9 for To,
	// which becomes the whole path. An empty result answers 500 before anything else.
	RegexRewrite
)

// Rewrite changes the path that the upstream sees.
type Rewrite struct {
	Kind RewriteKind `text:"kind"`
	From string      `text:"from-path"`
	To   string      `text:"to"`
	Fold bool        `text:"fold"`
}

// HeaderChange sets, or with Remove takes away, a header. Where paths are Decoded, one that
// would be set to an empty value is taken away.
type HeaderChange struct {
	Name   string   `text:"name"`
	Value  Template `text:"value"`
	Remove bool     `text:"remove"`
	// Add adds a line to those that are there, unless the value is empty.
	Add bool `text:"add"`
	// HTTPSOnly limits the change to requests over https.
	HTTPSOnly bool `text:"https-only"`
	// On limits the change to statuses of the answer; it counts in a Route's Response only.
	On Statuses `text:"on"`
}

// Statuses are statuses of answers: three digits each, parted by blanks; "" is any status.
type Statuses string

// Success are those with which nginx's add_header and expires go along: 200, 201, 204, 206,
// 301, 302, 303, 304, 307 and 308.
const Success Statuses = "success"

// Has says whether a status is one of them.
func (s Statuses) Has(status int) bool {
	switch s {
	case "":
		return true
	case Success:
		switch status {
		case 200, 201, 204, 206, 301, 302, 303, 304, 307, 308:
			return true
		}
		return false
	}
	return slices.Contains(strings.Fields(string(s)), strconv.Itoa(status))
}

// CookieChange rewrites attributes of cookies that an upstream sets.
type CookieChange struct {
	Name     string `text:"name"`      // of the cookie; empty: every cookie
	Domain   string `text:"domain"`    // "from to", or with a Name what it becomes
	Path     string `text:"path"`      // "from to", or with a Name what it becomes
	Secure   string `text:"secure"`    // "true" or "false"; empty: as it is
	SameSite string `text:"same-site"` // empty: as it is
}

// Timeouts are in milliseconds; 0 is the data plane's default and -1 is none.
type Timeouts struct {
	Connect  int `text:"connect"`
	Idle     int `text:"idle"`     // between two reads or writes
	Send     int `text:"send"`     // between two writes to the upstream, if that is another time; 0: as Idle
	Response int `text:"response"` // for the whole response
	// Connection is how long an unused connection to an upstream is kept.
	Connection int `text:"connection"`
}

// Retry sends a failed request again.
type Retry struct {
	Tries         int      `text:"tries"` // the first one included
	On            []string `text:"on"`    // "error", "timeout", "http_502", ...
	NonIdempotent bool     `text:"non-idempotent"`
	Timeout       int      `text:"timeout"` // milliseconds for all tries; 0 is none
	PerTry        int      `text:"per-try"` // milliseconds for one of them; 0 is none
	Codes         []int    `text:"code"`    // statuses that "retriable-status-codes" in On stands for
}

// Balance chooses an endpoint.
type Balance struct {
	Strategy   string `text:"strategy"` // "round_robin", "least_request", "random", "ewma", "hash"
	HashBy     string `text:"hash-by"`  // template, for "hash"
	SubsetSize int    `text:"subset"`
	// Hash is what "hash" is made of instead of HashBy.
	Hash []HashPart `text:"hash"`
}

// HashPart is one thing that a hash is made of; exactly one of Header, Query and Source is
// set. A request without it adds nothing.
type HashPart struct {
	Header   string `text:"header"`
	Query    string `text:"query"`
	Source   bool   `text:"source"`   // the client's address
	Terminal bool   `text:"terminal"` // if it adds something, what follows is left out
}

// Affinity keeps a client on one endpoint by a cookie.
type Affinity struct {
	Cookie          string `text:"cookie"`
	Mode            string `text:"mode"` // "balanced": clients may move when endpoints come; "persistent": they stay
	Path            string `text:"path"`
	Domain          string `text:"domain"`
	MaxAge          string `text:"max-age"`           // seconds
	Expires         string `text:"expires"`           // seconds from now
	SameSite        string `text:"same-site"`         // None, Lax or Strict; empty: not said
	ConditionalNone bool   `text:"conditional-none"`  // SameSite=None is not said to browsers that misread it
	Secure          bool   `text:"secure"`            // on http too; over https it is always said
	ChangeOnFailure bool   `text:"change-on-failure"` // a client whose endpoint fails gets another one and a new cookie
	Silent          bool   `text:"silent"`            // the cookie is read and never set
}

// LocationChange replaces From at the start of an upstream's Location header by To. A
// result that starts with "/" is made absolute, with the request's scheme and lower-case
// host.
type LocationChange struct {
	From string `text:"from"`
	To   string `text:"to"`
}

// Mirror copies each request to a second place and throws its answer away.
type Mirror struct {
	Target  string   `text:"target"` // URL template
	Host    string   `text:"host"`
	Body    bool     `text:"body"`
	Backend *Backend `text:"backend"` // instead of Target
	Percent int      `text:"percent"` // of the requests; 0 is all
}

// Buffering is where a data plane holds bodies back; sizes are in bytes.
type Buffering struct {
	Request      bool `text:"request"`
	Response     bool `text:"response"`
	HeaderSize   int  `text:"header-size"`
	BufferCount  int  `text:"buffers"`
	ClientBuffer int  `text:"client-buffer"`
}

// Package intent is the neutral model of what a set of routing objects means: hosts, and
// per host an ordered list of routes of which the first that matches answers. Every
// dialect interprets into it and every target is encoded from it, so that "equal" has one
// meaning. It is nobody's API: no Kubernetes type is imported here.
package intent

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// Model is an ordered routing table. Hosts are sorted by Name and unique; a request to a
// host that is not there goes to the default host "", and is answered 404 if there is none.
type Model struct {
	Paths PathForm `text:"paths"` // the form of the request path that the routes match
	Hosts []Host   `text:"host"`
}

// PathForm says how a data plane reads the path of a request before it matches routes.
type PathForm uint8

// The path forms.
const (
	// Decoded: percent-decoded once, slashes merged, dot segments resolved (nginx's $uri).
	Decoded PathForm = iota
	// Normalized: dot segments resolved and slashes merged, escapes of reserved
	// characters kept (Envoy's normalize_path with merge_slashes).
	Normalized
)

// Host is one server name with its routes.
type Host struct {
	// Name is a lower-case host name, "*.example.com" (exactly one more label),
	// "~regex" (searched in the host name) or "" (every host that has no entry).
	Name    string          `text:"name"`
	AliasOf string          `text:"alias-of"` // the host whose routes it serves under one more name
	TLS     *TLS            `text:"tls"`
	Trust   *Trust          `text:"trust"` // nil: what clients say of themselves is not believed
	Routes  []Route         `text:"route"`
	Carried []Carried       `text:"carry"`
	Origins []ledger.Origin `text:"from"`
}

// Trust says which peers are believed who a request comes from, and over which scheme.
type Trust struct {
	From        []string `text:"from-cidr"`    // addresses and networks of the peers
	Header      string   `text:"header"`       // lists the addresses; the leftmost that is no peer of From is the client's
	AddressOnly bool     `text:"address-only"` // X-Forwarded-Proto, -Host and -Port are not believed
	Append      bool     `text:"append"`       // the upstream gets the list with the peer's address at its end
}

// Carried is an annotation for another program, which goes along with the host.
type Carried struct {
	Key   string `text:"key"`
	Value string `text:"value"`
}

// TLS is how a host is served over https. A host without one has no certificate of its own.
type TLS struct {
	Secret      string            `text:"secret"`              // "namespace/name"; empty: the data plane's default certificate
	MinVersion  string            `text:"min-version"`         // "1.2", "1.3"; empty: the data plane's default
	MaxVersion  string            `text:"max-version"`         // as MinVersion
	Ciphers     string            `text:"ciphers"`             // OpenSSL list; empty: the data plane's default
	AnyOrder    bool              `text:"any-order"`           // clients choose among Ciphers, and not the server
	Passthrough *Backend          `text:"passthrough"`         // TLS is not terminated but relayed there
	Client      *ClientValidation `text:"client-verification"` // client certificates
	HSTS        *HSTS             `text:"hsts"`                // sent on every https response
	Issuance    *Issuance         `text:"issuance"`            // who keeps the certificate in Secret
	Why         string            `text:"why"`                 // why Secret is empty
	Asked       []Asked           `text:"asked"`               // what of the input Client and Ciphers stand on, as in routes
	Origins     []ledger.Origin   `text:"from"`
}

// Issuance asks an issuer for the certificate, and for new ones in time.
type Issuance struct {
	Issuer string    `text:"issuer"`
	Kind   string    `text:"kind"`  // "Issuer" (of the Secret's namespace), "ClusterIssuer" or the issuer's own kind
	Group  string    `text:"group"` // API group of the issuer; empty: the usual one
	Hosts  []string  `text:"host"`  // names in the certificate
	Params []Carried `text:"param"` // further wishes, as annotations say them
}

// ClientValidation asks clients for a certificate.
type ClientValidation struct {
	CASecret  string `text:"ca"`        // "namespace/name"
	Optional  bool   `text:"optional"`  // a missing certificate is let through
	Unchecked bool   `text:"unchecked"` // a certificate of any authority is let through
	Depth     int    `text:"depth"`     // longest chain
	MatchCN   string `text:"match-cn"`  // regex on the subject; others get 403
	Forward   bool   `text:"forward"`   // the certificate goes to the backend in a header
	// Fields are the parts that go there in X-Forwarded-Client-Cert: "subject", "cert",
	// "chain", "dns", "uri".
	Fields    []string `text:"field"`
	CRL       string   `text:"crl"`        // "namespace/name" with revoked certificates
	LeafOnly  bool     `text:"leaf-only"`  // of the chain only the client's own may be revoked
	ErrorPage string   `text:"error-page"` // where clients that fail are sent
}

// HSTS is the Strict-Transport-Security header (RFC 6797).
type HSTS struct {
	MaxAge            int  `text:"max-age"` // seconds
	IncludeSubDomains bool `text:"include-subdomains"`
	Preload           bool `text:"preload"`
}

// Route is one row of a host's table: what it matches and what it answers. Exactly one of
// Forward, Redirect and Respond is set. The fields are consulted in the order in which
// they stand, except that a preflight answered by CORS comes before everything else.
type Route struct {
	Match    Match           `text:"match"`
	HTTPS    *HTTPSRedirect  `text:"https"` // what plain http gets instead of the action; nil: it is served
	Policies *Policies       `text:"policies"`
	Forward  *Forward        `text:"forward"`
	Redirect *Redirect       `text:"redirect"`
	Respond  *Respond        `text:"respond"`
	Bare     bool            `text:"bare"`            // answered before the headers of the host (HSTS) are put on
	Response []HeaderChange  `text:"response-header"` // on every answer, whoever makes it, but for error pages
	Opaque   []Opaque        `text:"opaque"`
	Asked    []Asked         `text:"asked"` // what of the input the parts stand on, where somebody has to account for it
	Origins  []ledger.Origin `text:"from"`
}

// HostOnly says that the route belongs to the host as such and to no team: an answer that
// no rule speaks of or that is asked of the whole host, or the redirect of a whole host to its
// other name.
func (r Route) HostOnly() bool {
	if r.Bare && slices.ContainsFunc(r.Asked, func(a Asked) bool { return a.Dimension == WholeAnswer }) {
		return true
	}
	if r.Respond != nil {
		return r.Respond.Implicit
	}
	return r.Redirect != nil && r.Redirect.Path == "{uri-}" && r.Redirect.Host != ""
}

// Opaque is something that the source controller does on this route and that the model
// does not say: the route is only known up to it.
type Opaque struct {
	Key      string        `text:"key"`
	Security bool          `text:"security"` // leaving it out would admit more requests
	Value    string        `text:"value"`    // as written, or as JSON; two with one key and value do the same
	Reason   string        `text:"reason"`
	Origin   ledger.Origin `text:"origin"`
}

// HTTPSRedirect sends plain http to https: the same host without its port.
type HTTPSRedirect struct {
	Status    int    `text:"status"`
	TrimSlash bool   `text:"trim-slash"` // one "/" at the end of path and query is dropped
	Port      string `text:"port"`       // added to the host if not empty
}

// Redirect answers with a Location made of four templates (see Template). An empty Scheme
// or Host stands for the request's own; a Host template may hold its port.
type Redirect struct {
	Status   int      `text:"status"`
	Scheme   string   `text:"scheme"`
	Host     Template `text:"host"`
	Port     Template `text:"port"`
	Path     Template `text:"path"`     // with the query
	Relative bool     `text:"relative"` // only Path is sent
	// From is a regular expression, found in the path whatever the letters' case, of which
	// {$1} to {$9} are the captures; empty: there are none.
	From string `text:"from-path"`
}

// Respond answers at once with a status and a short body.
type Respond struct {
	Status int    `text:"status"`
	Body   string `text:"body"`
	Type   string `text:"type"` // media type of Body; empty: plain text
	// Blocked is the reason why the route could not be carried over; such a route
	// answers 503 in its place.
	Blocked string `text:"blocked"`
	// Implicit marks the answer for requests that no rule speaks of.
	Implicit bool `text:"implicit"`
	// Mirror gets a copy of each request that is answered so.
	Mirror *Mirror `text:"mirror"`
}

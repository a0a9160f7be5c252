package intent

// Policies decide whether a request reaches the action.
type Policies struct {
	CORS       *CORS         `text:"cors"`
	Limits     *Limits       `text:"limits"`
	Access     *Access       `text:"access"`
	Basic      *BasicAuth    `text:"basic-auth"`
	External   *ExternalAuth `text:"external-auth"`
	SatisfyAny bool          `text:"satisfy-any"` // one of access, basic and external is enough
	Errors     *ErrorPages   `text:"errors"`
	Local      *LocalLimit   `text:"local-limit"`
	GRPC       *GRPCAuth     `text:"grpc-auth"`
	Global     *GlobalLimit  `text:"global-limit"`
}

// CORS answers preflights and marks responses (Fetch standard, CORS protocol).
type CORS struct {
	Origins     []string `text:"origin"`         // "*" or "scheme://host"; "*." stands for one label
	Ends        bool     `text:"ends"`           // an Origin that ends in one of Origins, whatever its letter case, is let in
	Patterns    []string `text:"origin-pattern"` // RE2, the whole Origin
	Methods     string   `text:"methods"`
	Headers     string   `text:"headers"`
	Expose      string   `text:"expose"`
	Credentials bool     `text:"credentials"`
	MaxAge      int      `text:"max-age"` // seconds, sent as they are where paths are Decoded; elsewhere 0 says nothing, and less is sent as 0
	// PrivateNetwork lets pages of public addresses ask (Private Network Access).
	PrivateNetwork bool `text:"private-network"`
}

// Limits bound what one client may do.
type Limits struct {
	PerSecond   int      `text:"per-second"`
	PerMinute   int      `text:"per-minute"`
	Burst       int      `text:"burst"`        // requests beyond PerSecond that are let through at once
	BurstMinute int      `text:"burst-minute"` // the same of PerMinute
	Status      int      `text:"status"`       // of a refusal by PerSecond or PerMinute; 0 is 503
	BusyStatus  int      `text:"busy-status"`  // of a refusal by Connections; 0 is 503
	Connections int      `text:"connections"`
	Rate        int      `text:"rate"`       // bytes a second of each response
	RateAfter   int      `text:"rate-after"` // bytes before Rate counts
	Exempt      []string `text:"exempt"`     // CIDRs
	Body        int64    `text:"body"`       // bytes; 0 is none
	Zone        string   `text:"zone"`       // routes with one zone share their counters
}

// Access compares the client's address with CIDRs; others than allowed get 403, and a client
// whom either of Allow and AllowRemote holds is allowed. The peer's address is that of the
// connection; the remote one is what trusted proxies in front say.
type Access struct {
	Allow       []string `text:"allow"`
	Deny        []string `text:"deny"` // first
	AllowRemote []string `text:"allow-remote"`
	DenyRemote  []string `text:"deny-remote"` // first
}

// BasicAuth is RFC 7617, or with Digest RFC 7616.
type BasicAuth struct {
	Realm  string `text:"realm"`
	Secret string `text:"secret"` // "namespace/name"
	Map    bool   `text:"map"`    // the Secret's keys are the users
	Digest bool   `text:"digest"`
}

// ExternalAuth asks another service about each request.
type ExternalAuth struct {
	URL       string   `text:"url"`         // template
	Method    string   `text:"method"`      // of the question
	SignIn    string   `text:"sign-in"`     // template: where a client goes that gets 401; empty: the 401 goes to it
	SignInArg string   `text:"sign-in-arg"` // gets the request's URL behind SignIn; empty: SignIn is complete
	Headers   []string `text:"header"`      // of its answer, to the upstream
	CacheKey  string   `text:"cache-key"`   // template: requests of a host and path that are alike in it share an answer
	CacheFor  []string `text:"cache-for"`   // "200 202 5m": statuses and how long their answers are kept
	Redirect  string   `text:"redirect"`    // template: X-Auth-Request-Redirect of the question; empty: path and query
	// Ask are headers that are set on the question.
	Ask []HeaderChange `text:"ask-header"`
	// AlwaysSetCookie passes cookies of its answer on with every status.
	AlwaysSetCookie bool `text:"always-set-cookie"`
}

// ErrorPages are fetched from another service when the answer would have one of Codes.
type ErrorPages struct {
	Codes   []int    `text:"code"`
	OwnOnly bool     `text:"own-only"` // what the upstream answers passes; Codes are of the data plane's own answers
	Backend *Backend `text:"backend"`
	Status  int      `text:"status"` // the answer where there is no Backend, or none of its endpoints
	// Fallback gets the requests, as the route's own backend would get them but with the
	// headers of an error page for 503, as long as that one has no endpoint and Fallback has
	// one.
	Fallback *Backend `text:"fallback"`
	// Object, Service and Port are told to the backend: the Ingress as "namespace/name" and
	// what it leads to.
	Object  string `text:"object"`
	Service string `text:"service"`
	Port    string `text:"port"`
}

// LocalLimit is one bucket of tokens for all clients of a route together, in each data
// plane on its own. The routes of one Zone share one.
type LocalLimit struct {
	Requests int            `text:"requests"` // tokens that come back each time
	Seconds  int            `text:"seconds"`  // from one time to the next
	Burst    int            `text:"burst"`    // tokens beyond Requests that the bucket holds
	Status   int            `text:"status"`   // of the refusal; 0 is 429
	Headers  []HeaderChange `text:"header"`   // of the refusal
	Zone     string         `text:"zone"`     // empty: the bucket is the route's own
}

// GlobalLimit asks a rate limit service (envoy.service.ratelimit.v3) about each request: it is
// refused with 429 if one of the descriptors has used up what that service grants it.
type GlobalLimit struct {
	Descriptors []Descriptor `text:"descriptor"`
}

// Descriptor is what requests are counted by.
type Descriptor struct {
	Entries []DescriptorEntry `text:"entry"`
}

// DescriptorEntry is a key with a value: a constant one, or the client's address.
type DescriptorEntry struct {
	Key    string `text:"key"` // "remote_address" with Remote
	Value  string `text:"value"`
	Remote bool   `text:"remote"`
}

// GRPCAuth asks a service of Envoy's ext_authz protocol (envoy.service.auth.v3) about each
// request.
type GRPCAuth struct {
	Service  string    `text:"service"` // "namespace/name" of the ExtensionService
	Backends []Backend `text:"backend"` // what it leads to
	Timeout  int       `text:"timeout"` // milliseconds; -1 is none
	FailOpen bool      `text:"fail-open"`
	Context  []string  `text:"context"` // "key=value", sorted
	Body     int       `text:"body"`    // bytes of the request's body that go along; 0 is none
	Partial  bool      `text:"partial"` // the start of a longer body goes along; else 413
	Raw      bool      `text:"raw"`     // the body goes along as bytes, not as text
}

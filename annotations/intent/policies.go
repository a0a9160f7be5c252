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
}

// CORS answers preflights and marks responses (Fetch standard, CORS protocol).
type CORS struct {
	Origins     []string `text:"origin"` // "*" or "scheme://host"; "*." stands for one label
	Methods     string   `text:"methods"`
	Headers     string   `text:"headers"`
	Expose      string   `text:"expose"`
	Credentials bool     `text:"credentials"`
	MaxAge      int      `text:"max-age"` // seconds
}

// Limits bound what one client may do.
type Limits struct {
	PerSecond   int      `text:"per-second"`
	PerMinute   int      `text:"per-minute"`
	Burst       int      `text:"burst"`
	Connections int      `text:"connections"`
	Rate        int      `text:"rate"`       // bytes a second of each response
	RateAfter   int      `text:"rate-after"` // bytes before Rate counts
	Exempt      []string `text:"exempt"`     // CIDRs
	Body        int64    `text:"body"`       // bytes; 0 is none
	Zone        string   `text:"zone"`       // routes with one zone share their counters
}

// Access compares the client's address with CIDRs; others than allowed get 403.
type Access struct {
	Allow []string `text:"allow"`
	Deny  []string `text:"deny"` // first
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
	URL       string   `text:"url"`
	Method    string   `text:"method"`
	SignIn    string   `text:"sign-in"`
	SignInArg string   `text:"sign-in-arg"`
	Headers   []string `text:"header"` // of its answer, to the upstream
	CacheKey  string   `text:"cache-key"`
}

// ErrorPages are fetched from another service when the upstream answers one of Codes.
type ErrorPages struct {
	Codes   []int    `text:"code"`
	Backend *Backend `text:"backend"`
}

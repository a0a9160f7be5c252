package intent

import "github.com/split-ingress/split-ingress/annotations/ledger"

// Edit is one difference between a model and what a target can say of it: the requests of
// Guard to one route get To instead of From.
type Edit struct {
	Host      string          `json:"host"`
	Route     int             `json:"route"` // index in the host's routes before
	Match     string          `json:"match"` // the route's path, printed
	Dimension Dimension       `json:"dimension"`
	From      string          `json:"from,omitempty"`
	To        string          `json:"to,omitempty"`
	Guard     Guard           `json:"guard"`
	Outcome   ledger.Outcome  `json:"outcome"`
	Reason    string          `json:"reason"`
	Origins   []ledger.Origin `json:"origins,omitempty"` // entries that the edit closes; none: all of the route's
}

// Dimension is the part of an answer that an edit changes.
type Dimension string

// The dimensions.
const (
	WholeAnswer Dimension = "answer" // the request is answered otherwise, or by another route
	Backends    Dimension = "backends"
	RewritePath Dimension = "rewrite"
	Location    Dimension = "location"
	StatusCode  Dimension = "status"
	Header      Dimension = "header"
	Connection  Dimension = "connection" // websockets and timeouts
	Certificate Dimension = "certificate"
	Feature     Dimension = "feature" // something that the model calls opaque
)

// Guard says which requests of the route an edit is about.
type Guard string

// The guards. Any but Always is a condition on the request in terms of the route's path.
const (
	Always    Guard = "always"
	CaseOnly  Guard = "case"     // the path matches only if letters compare without their case
	OpenEnd   Guard = "open-end" // the path goes on behind the route's value without a "/"
	HasQuery  Guard = "query"    // there is a query
	BelowPath Guard = "below"    // the path is not the route's value itself
	HTTPSOnly Guard = "https"    // over https
	HTTPOnly  Guard = "http"     // over plain http
	EmptyRest Guard = "empty"    // the rewrite comes out empty
	// Widened: the path goes on behind the route's value without a "/", whichever route it
	// belonged to before.
	Widened   Guard = "widened"
	TwoValues Guard = "two-values" // the cookie or header stands there twice
	NameCase  Guard = "name-case"  // the argument's name is written in other letter case
)

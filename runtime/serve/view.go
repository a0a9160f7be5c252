package serve

import (
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// View is what the admin address shows of the input and the data plane. Its methods are
// called by many goroutines; what they give is not changed.
type View interface {
	// Ready says whether the first state is served.
	Ready() bool
	// Routes are all of them, or those of one host; sorted by host, in the order in which
	// they are tried.
	Routes(host string) []Route
	// Resolve says what the table answers to a request, without sending anything.
	Resolve(table.Request) Resolution
	// Findings are what is wrong with the input now, as ledger.SortFindings orders them.
	Findings() []ledger.Finding
}

// Route is one route as people see it.
type Route struct {
	Host   string `json:"host"` // "" is the default host
	ID     string `json:"id"`   // as in metrics and the access log
	Match  string `json:"match"`
	Action string `json:"action"` // where it forwards, or what it answers
	Team   string `json:"team,omitempty"`
	Plane  string `json:"plane"` // "nginx" or "envoy"
	Broken string `json:"broken,omitempty"`
	Origin string `json:"origin,omitempty"` // the document that it comes from
}

// Resolution is the answer to one request.
type Resolution struct {
	Request  table.Request
	Decision table.Decision
	Route    string // its id; "" without a route
	Team     string
	Plane    string
	Note     string // what comes before the table: "misdirected", a broken certificate; "" if nothing
}

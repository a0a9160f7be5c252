package nginx

import (
	"cmp"
	"slices"
	"sync"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Prefix is what every annotation key of ingress-nginx begins with. A cluster may have
// changed it; the reader of annotations deals with that.
const Prefix = "nginx.ingress.kubernetes.io/"

// Scope is how far an annotation reaches in the running controller, which may be further
// than the Ingress that has it.
type Scope string

// The scopes.
const (
	ScopeIngress  Scope = "ingress"  // the whole Ingress is treated differently
	ScopeLocation Scope = "location" // the paths of the Ingress
	ScopeServer   Scope = "server"   // the host, whichever Ingress its paths come from
	ScopeUpstream Scope = "upstream" // the Service, on all hosts and Ingresses that use it
	ScopeGlobal   Scope = "global"   // the controller
)

// OnInvalid is what the controller does with a value that its validation refuses.
type OnInvalid uint8

// The consequences, as measured on the controller's last line.
const (
	InvalidIgnored                 OnInvalid = iota // the default is used
	InvalidDropsIngress                             // the whole Ingress is left out
	InvalidDenies                                   // every location of the Ingress answers 503
	InvalidRemovesAuth                              // the external authentication of the Ingress is gone: it is open
	InvalidDropsIfTemporalRedirect                  // the whole Ingress is left out, if it has a temporal-redirect
	InvalidMirrorsToApp                             // every request reaches the application again, as /_mirror-<uid>
)

// String says the consequence in words.
func (o OnInvalid) String() string {
	return [...]string{
		"the default is used",
		"the Ingress is dropped",
		"every path of the Ingress answers 503",
		"the external authentication of the Ingress is removed",
		"the Ingress is dropped if it has a temporal-redirect",
		"every request reaches the application a second time",
	}[o]
}

// Rule is what ingress-nginx (v1.15.1) does with one annotation key.
type Rule struct {
	Key     string // without Prefix
	AliasOf string // the key that this one is an old name of; the newer one wins if it has a value
	Scope   Scope
	// Security says that leaving the annotation out silently would be less strict than the
	// controller, or send something in the clear.
	Security bool
	// Critical is the controller's risk level of that name: at the default
	// annotations-risk-level High the Ingress is left out.
	Critical bool
	// Invalid is what a value does that Validate refuses.
	Invalid OnInvalid
	// Empty is what an empty value does, which the controller does not validate;
	// InvalidIgnored: as if the key were not there. An empty auth-secret counts only beside
	// auth-type.
	Empty OnInvalid
	// EmptyCancelsRedirects says that an empty value cancels all redirects of the Ingress;
	// that of a code only where it is the code in use.
	EmptyCancelsRedirects bool
	// Validate checks a value that is not empty; nil if the controller takes any. The error
	// says what the value should be, and does not repeat it.
	Validate func(value string) error
	Default  string // what holds without the annotation, as the controller writes it; empty: nothing
	// Routing says that it is about where requests go, and that routes say all of it, so that
	// nothing is left for their parts.
	Routing bool
	// Inert says that it changes no answer to a client: logs, traces, or a directive that
	// nginx no longer has.
	Inert bool
	// Part is what of a route or host it is about, where the model has a part for it.
	Part   intent.Dimension
	Effect string // what it does
	// Note says what is written for it in HTTPProxy, and what is left for people to do; empty
	// for routing, whose edits say it.
	Note string
}

// table holds the rules by key. It is built once, on first use, and never changed.
var table = sync.OnceValue(func() map[string]Rule {
	m := make(map[string]Rule, 140)
	for _, r := range Rules() {
		m[r.Key] = r
	}
	return m
})

// RuleFor is the rule for a key without Prefix, and false for a key that ingress-nginx does
// not read.
func RuleFor(key string) (Rule, bool) {
	r, ok := table()[key]
	return r, ok
}

// Rules are all 138 rules in a new slice, sorted by key.
func Rules() []Rule {
	all := slices.Concat(
		pathRules, redirectRules, httpsRules, hostRules, canaryRules,
		externalAuthRules, basicAuthRules, clientCertRules, accessRules, limitRules,
		corsRules, headerRules, snippetRules, wafRules,
		bufferRules, timeoutRules, backendRules, backendTLSRules, balanceRules, affinityRules,
		errorRules, mirrorRules, observeRules,
	)
	slices.SortFunc(all, func(a, b Rule) int { return cmp.Compare(a.Key, b.Key) })
	return all
}

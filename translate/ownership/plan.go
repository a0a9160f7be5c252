// Package ownership says who owns which part of which host. A Plan is inferred from a
// model (Infer), written to a file for people to edit (Plan.Write), read back with every
// mistake named by line (Read), held against the input (Plan.Check) and asked for the
// owner of a route (Plan.Decide).
package ownership

import (
	"cmp"
	"slices"
	"strings"
)

// The version and kind of the file, and the namespaces of a plan that names none.
const (
	APIVersion    = "split-ingress.dev/v1alpha1"
	FileKind      = "OwnershipPlan"
	DefaultRoot   = "security-admin-only"
	DefaultFanout = "site-admin-only"
)

// Plan says which team owns which paths of which hosts. Read and Infer give it in its
// canonical form, which Decide and Check rely on; who builds one by hand calls Normalize.
type Plan struct {
	RootNamespace   string // of the root objects; default DefaultRoot
	FanoutNamespace string // of the fanout objects; default DefaultFanout
	RootAdmins      []Subject
	SiteAdmins      []Subject
	Domains         []string  // that roots may serve names of, without a dot first; none: those of Hosts only
	Solvers         []Subject // who makes Ingresses for ACME's HTTP-01 challenges; none: DefaultSolver
	// CertificateNamespaces are those of others in which the root admins have Certificates and
	// TLSCertificateDelegations, beside the Secrets of roots. Sorted, each once.
	CertificateNamespaces []string
	Teams                 []Team // sorted by name, which is unique
	Hosts                 []HostRule
	Exceptions            []Exception
}

// Team is a group of people with the namespaces in which its Services live.
type Team struct {
	Name       string // a DNS-1123 label: it names directories and objects
	Namespaces []string
	Subjects   []Subject // whom RBAC lets in; none from Infer
}

// Subject is whom a role is bound to (RBAC v1).
type Subject struct {
	Kind      string // User, Group or ServiceAccount
	Name      string
	Namespace string // of a ServiceAccount only
	Line      int    // in the plan's file; 0 if it was not read
}

// DefaultSolver is the account of cert-manager as its chart installs it.
func DefaultSolver() Subject {
	return Subject{Kind: "ServiceAccount", Namespace: "cert-manager", Name: "cert-manager"}
}

// Account is the name by which the API server knows a User or a ServiceAccount.
func (s Subject) Account() string {
	if s.Kind == "ServiceAccount" {
		return "system:serviceaccount:" + s.Namespace + ":" + s.Name
	}
	return s.Name
}

// HostRule lists the claims on one host. A plan's host rules are sorted by Host, which is
// unique and written as intent.Host.Name.
type HostRule struct {
	Host   string
	Claims []Claim // by path, the wider first; those on regexes last, by team, namespace, path
	// AuthService is the "namespace/name" of a gRPC ExtensionService that decides who may pass
	// where the input asks for authentication; empty: none. Nobody but people names one.
	AuthService string
	MinTLS      string // the root needs a certificate, and this version at least: "1.2" or "1.3"; empty: none is demanded
	RootIP      bool   // the root's lists of addresses hold for all of the host: no team replaces them
	RootLimits  bool   // the root's rate limits hold for all of the host, likewise
	Legacy      bool   // Ingresses go on serving the host: nothing is converted yet
	Line        int    // of the host in the plan's file; 0 if it was not read
}

// Claim gives one path of a host to a team. What several claims cover goes to the
// narrowest (see Covers).
type Claim struct {
	Path      string
	Kind      ClaimKind
	Team      string // Team.Name
	Namespace string // of the Services that the path leads to; one of the team's
	Line      int    // of the path in the plan's file, not written; 0 if it was not read
	Why       string // one line, written as a comment
}

// Exception lets an offence of one object pass a rule that it breaks.
type Exception struct {
	Rule    string
	Object  string // "Kind namespace/name"
	What    string // the offence, as the rule words it; empty: all that the object breaks of the rule
	Reason  string
	Expires string // date as 2006-01-02; empty: never
	Line    int    // of the rule in the plan's file; 0 if it was not read
}

// ClaimKind is how a claim's path is compared.
type ClaimKind uint8

// The claim kinds; Covers says what each of them takes in.
const (
	Prefix       ClaimKind = iota // by segment: /a takes in /a and /a/b, not /ab
	StringPrefix                  // /a takes in /ab too
	Exact
	Regex // names the regex routes with this very text
)

var (
	kindNames = [...]string{Prefix: "prefix", StringPrefix: "string-prefix", Exact: "exact", Regex: "regex"}
	// kindWidth orders claims of one path, the wider first.
	kindWidth = [...]int{StringPrefix: 0, Prefix: 1, Exact: 2, Regex: 3}
)

// String is the kind as the file's `match` has it.
func (k ClaimKind) String() string { return kindNames[k] }

// Normalize brings a plan into its canonical form: teams, hosts and claims sorted, a
// prefix without the slash at its end, comments on one line, default namespaces filled in.
func (p *Plan) Normalize() {
	p.RootNamespace = cmp.Or(p.RootNamespace, DefaultRoot)
	p.FanoutNamespace = cmp.Or(p.FanoutNamespace, DefaultFanout)
	slices.Sort(p.CertificateNamespaces)
	p.CertificateNamespaces = slices.Compact(p.CertificateNamespaces)
	slices.SortStableFunc(p.Teams, func(a, b Team) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(p.Hosts, func(a, b HostRule) int { return strings.Compare(a.Host, b.Host) })
	for _, h := range p.Hosts {
		for i := range h.Claims {
			c := &h.Claims[i]
			c.Kind, c.Path = canonical(c.Kind, c.Path)
			c.Why = oneLine(c.Why)
		}
		slices.SortStableFunc(h.Claims, compareClaims)
	}
}

// canonical is the one way to write a claim's path: a prefix has no slash at its end
// (intent.SegmentPrefix), and a string prefix that every path has is the prefix "/".
func canonical(k ClaimKind, path string) (ClaimKind, string) {
	switch {
	case k == StringPrefix && (path == "" || path == "/"):
		return Prefix, "/"
	case k == Prefix:
		return Prefix, cmp.Or(strings.TrimRight(path, "/"), "/")
	}
	return k, path
}

func compareClaims(a, b Claim) int {
	if a.Kind == Regex && b.Kind == Regex {
		return cmp.Or(strings.Compare(a.Team, b.Team), strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Path, b.Path))
	}
	return compareKeys(key{a.Kind, a.Path}, key{b.Kind, b.Path})
}

// key identifies a claim on its host.
type key struct {
	kind ClaimKind
	path string
}

// compareKeys orders by path and then width, regexes last.
func compareKeys(a, b key) int {
	if (a.kind == Regex) != (b.kind == Regex) {
		return kindWidth[a.kind] - kindWidth[b.kind] // only one is a Regex, the greatest
	}
	return cmp.Or(strings.Compare(a.path, b.path), kindWidth[a.kind]-kindWidth[b.kind])
}

// AuthService is the authorization service of a host, "namespace/name", or "" if the plan
// names none.
func (p *Plan) AuthService(host string) string {
	if rule := p.hostRule(host); rule != nil {
		return rule.AuthService
	}
	return ""
}

// RootIP says whether the root's lists of addresses hold for all of a host.
func (p *Plan) RootIP(host string) bool {
	rule := p.hostRule(host)
	return rule != nil && rule.RootIP
}

// hostRule is the rule of that host, or nil.
func (p *Plan) hostRule(host string) *HostRule {
	i, found := slices.BinarySearchFunc(p.Hosts, host, func(h HostRule, name string) int { return strings.Compare(h.Host, name) })
	if !found {
		return nil
	}
	return &p.Hosts[i]
}

package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// Disposition is what a conversion does with a key that no ingress controller reads.
type Disposition uint8

// The dispositions.
const (
	// Drop leaves the key out of the objects that are written.
	Drop Disposition = iota
	// Carry gives it to the object that its reader looks at, as the reason says.
	Carry
	// Stop is for keys that decide whether or when the Ingress exists: objects made of it
	// would be there when it is not, so a person has to decide.
	Stop
)

var dispositionNames = []string{"drop", "carry", "stop"}

func (d Disposition) String() string { return dispositionNames[d] }

// MarshalText writes the name.
func (d Disposition) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a name.
func (d *Disposition) UnmarshalText(text []byte) error {
	i := slices.Index(dispositionNames, string(text))
	if i < 0 {
		return fmt.Errorf("%q is none of %v", text, dispositionNames)
	}
	*d = Disposition(i)
	return nil
}

// The families of cross-cutting keys.
const (
	CertManager = "cert-manager"
	ExternalDNS = "external-dns"
	Dashboards  = "dashboards"
	Kubernetes  = "kubernetes"
	GitOps      = "gitops"
)

// CrossRule is what becomes of a cross-cutting key, or of all that begin like it.
type CrossRule struct {
	Pattern       string // a key, or the beginning of keys and '*'
	Family        string
	Disposition   Disposition
	NeedsCarryDNS bool   // Carry only with --carry-dns, else Drop
	Secret        bool   // the value may hold anything and is never shown
	Reason        string // never empty
}

func (r CrossRule) matches(key string) bool {
	if start, ok := strings.CutSuffix(r.Pattern, "*"); ok {
		return strings.HasPrefix(key, start)
	}
	return key == r.Pattern
}

// CrossCutting is the rule for a key, an annotation's or a label's, that belongs to
// certificates, DNS, dashboards, Kubernetes itself or a GitOps tool, and false for all
// others. kubernetes.io/ingress.class is not among them: class selection reads it.
func (c *Catalog) CrossCutting(key string) (CrossRule, bool) {
	prefix, _, _ := strings.Cut(key, "/")
	for _, r := range c.cross[prefix] {
		if r.matches(key) {
			return r, true
		}
	}
	return CrossRule{}, false
}

// group is a rule for several patterns.
type group struct {
	rule     CrossRule
	patterns []string
}

// crossRules are all rules by the part of their pattern before the '/', in the order in
// which they are asked: the longest pattern first.
func crossRules() map[string][]CrossRule {
	by := make(map[string][]CrossRule, 64)
	for _, g := range slices.Concat(certManagerGroups, externalDNSGroups, dashboardGroups, kubernetesGroups, gitOpsGroups) {
		for _, p := range g.patterns {
			prefix, _, _ := strings.Cut(p, "/")
			g.rule.Pattern = p
			by[prefix] = append(by[prefix], g.rule)
		}
	}
	for _, rules := range by {
		slices.SortStableFunc(rules, func(a, b CrossRule) int { return len(b.Pattern) - len(a.Pattern) })
	}
	return by
}

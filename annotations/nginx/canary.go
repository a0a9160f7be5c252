package nginx

import (
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// canaryPolicy decides which requests go to a canary: header, then cookie, then weight.
type canaryPolicy struct {
	header, value, pattern, cookie string
	weight, total                  int
	origins                        []ledger.Origin
}

var canaryKeys = []string{"canary", "canary-by-header", "canary-by-header-value", "canary-by-header-pattern",
	"canary-by-cookie", "canary-weight", "canary-weight-total"}

// readCanary is the policy of a canary Ingress, nil for any other.
func readCanary(vs values) *canaryPolicy {
	if !vs.flag("canary", false) {
		return nil
	}
	return &canaryPolicy{
		header:  vs.str("canary-by-header"),
		value:   vs.str("canary-by-header-value"),
		pattern: vs.str("canary-by-header-pattern"),
		cookie:  vs.str("canary-by-cookie"),
		weight:  vs.number("canary-weight", 0),
		total:   max(100, vs.number("canary-weight-total", 100)),
		origins: vs.origins(canaryKeys...),
	}
}

// branch is one way in which a canary is chosen before the weights.
type branch struct {
	header, cookie *intent.Cond
	canary         bool // else the primary
}

// branches are the conditions in the order in which they are asked; the first that holds
// decides, none leaves it to the weights.
func (p *canaryPolicy) branches() []branch {
	var bs []branch
	if p.header != "" {
		name := strings.ToLower(strings.ReplaceAll(p.header, "_", "-"))
		is := func(v string) *intent.Cond { return &intent.Cond{Name: name, Op: intent.Is, Value: v} }
		switch {
		case p.value != "":
			bs = append(bs, branch{header: is(p.value), canary: true})
		case p.pattern != "":
			bs = append(bs, branch{header: &intent.Cond{Name: name, Op: intent.Matches, Value: ".*(?:" + p.pattern + ").*"}, canary: true})
		default:
			bs = append(bs, branch{header: is("always"), canary: true}, branch{header: is("never")})
		}
	}
	if p.cookie != "" {
		is := func(v string) *intent.Cond { return &intent.Cond{Name: p.cookie, Op: intent.Is, Value: v} }
		bs = append(bs, branch{cookie: is("always"), canary: true}, branch{cookie: is("never")})
	}
	return bs
}

// split gives both backends their share by weight.
func (p *canaryPolicy) split(primary, canary intent.Backend) []intent.Backend {
	w := min(max(p.weight, 0), p.total)
	switch w {
	case 0:
		return []intent.Backend{primary}
	case p.total:
		return []intent.Backend{canary}
	}
	primary.Weight, canary.Weight = p.total-w, w
	return []intent.Backend{primary, canary}
}

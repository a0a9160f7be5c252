package nginx

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// What the controller's admission webhook says of the Ingresses (spec items 5 and 6). It is
// asked when one is created or changed, and not about those that are there: most of what it
// refuses the controller serves all the same, but nobody can change it any more.

// The rules of findings about the webhook.
const (
	RuleWebhookRefuses = "webhook-refuses"
	RuleWebhookWarns   = "webhook-warns"
)

// servedAnyhow ends messages about what only the webhook objects to.
const servedAnyhow = ": the controller's webhook refuses the Ingress when somebody applies it; one that is there already is served all the same"

// plainPath is what the webhook takes as a path of pathType Exact or Prefix.
var plainPath = regexp.MustCompile(`(?i)^/[[:alnum:]._\-/]*$`)

// deprecatedKeys are those that the webhook warns of, without Prefix.
var deprecatedKeys = []string{"enable-influxdb", "influxdb-host", "influxdb-measurement", "influxdb-port", "influxdb-server-name",
	"secure-verify-ca-secret"}

// webhook tells what the webhook refuses and warns of. It warns of any class's Ingresses,
// and refuses only those of ours.
func (c *controller) webhook() {
	ours := make(map[document]*object, len(c.all))
	for _, o := range c.all {
		ours[documentOf(o.Origin)] = o
	}
	claims := c.claims()
	for _, ing := range c.set.Ingresses {
		o := ours[documentOf(ing.Origin)]
		c.oddPaths(ing, o != nil)
		c.deprecated(ing)
		if o == nil {
			continue
		}
		switch snippets := c.snippets(o); {
		case o.dropped == "":
			c.overlaps(o, claims)
		case o.refusedAt != (ledger.Origin{}) && !snippets:
			c.find(RuleWebhookRefuses, ledger.Warning, o.refusedAt,
				"the controller's webhook refuses the Ingress for this value, and the controller leaves out one that is there", "mend the annotation")
		}
	}
}

// oddPaths are those of pathType Exact or Prefix (and of none) with other characters than
// the webhook takes there. strict-validate-path-type false leaves a warning.
func (c *controller) oddPaths(ing *manifest.Ingress, ours bool) {
	for _, rule := range ing.Rules {
		for _, p := range rule.Paths {
			if p.Path == "" || p.Type == "ImplementationSpecific" || plainPath.MatchString(p.Path) {
				continue
			}
			at, kind := ing.Origin, cmp.Or(p.Type, "none")
			if len(p.Origins) > 0 {
				at = p.Origins[0]
			}
			message := fmt.Sprintf("the path %s holds more than letters, digits and - . _ /, and its pathType is %s", p.Path, kind)
			action := "give it the pathType ImplementationSpecific"
			if ours && c.st.strictPaths {
				c.find(RuleWebhookRefuses, ledger.Warning, at, message+servedAnyhow, action)
			} else {
				c.find(RuleWebhookWarns, ledger.Info, at, message+": the controller's webhook warns of that, and takes it", action)
			}
		}
	}
}

func (c *controller) deprecated(ing *manifest.Ingress) {
	for _, a := range ing.Annotations {
		if short := strings.TrimPrefix(a.Key, Prefix); slices.Contains(deprecatedKeys, short) {
			c.find(RuleWebhookWarns, ledger.Info, a.Origin, "the controller's webhook warns that it reads this key no longer", "take the annotation away")
		}
	}
}

// snippets finds the keys of snippets, whoever reads them, where the controller takes none,
// and says whether there was one.
func (c *controller) snippets(o *object) (found bool) {
	if c.st.allowSnippets {
		return false
	}
	for _, a := range o.Annotations {
		if !strings.HasSuffix(a.Key, "-snippet") {
			continue
		}
		found = true
		then := servedAnyhow
		if o.dropped != "" {
			then = ": the controller's webhook refuses the Ingress, and the controller leaves out one that is there"
		} else if strings.HasPrefix(a.Key, Prefix) {
			then += ", without the snippet"
		}
		c.find(RuleWebhookRefuses, ledger.Warning, a.Origin, "snippets are off (allow-snippet-annotations of the controller's ConfigMap)"+then,
			"say it by other annotations, or allow snippets")
	}
	return found
}

// claim is a path of a host, as it stands in nginx's configuration.
type claim struct{ host, path string }

// claims are the Ingresses that have, or would have, a location of each path of each host:
// for each location who won it, and who came after.
func (c *controller) claims() map[claim][]*location {
	all := map[claim][]*location{}
	for host, srv := range c.servers {
		bs, _ := srv.blocks()
		for _, b := range bs {
			if b.implicit || b.object == nil {
				continue
			}
			at := claim{host, b.path}
			all[at] = append(all[at], b.location)
		}
	}
	return all
}

// overlaps finds the paths of an Ingress that another one has already. The webhook takes the
// Ingress in question for the youngest, and lets a canary beside its primary pass; what the
// pathTypes are does not matter to it.
func (c *controller) overlaps(o *object, claims map[claim][]*location) {
	for _, rule := range o.Rules {
		for _, p := range rule.Paths {
			if p.Backend.Service == "" {
				continue
			}
			path := rootIfEmpty(p.Path)
			for _, loc := range claims[claim{rule.Host.Value, path}] {
				if other := rivalOf(o, loc); other != nil {
					c.find(RuleWebhookRefuses, ledger.Warning, p.Origins[0],
						fmt.Sprintf("Ingress %s has the path %s of %s already", other.key(), path, hostWords(rule.Host.Value))+servedAnyhow,
						"leave the path to one of the two, or make one the other's canary")
					break
				}
			}
		}
	}
}

// rivalOf is the first other Ingress that has a location, if the webhook does not let both
// have it: neither says anything about a canary, or both are one.
func rivalOf(o *object, loc *location) *object {
	other := loc.object
	if other.named(o) {
		i := slices.IndexFunc(loc.losers, func(l *object) bool { return !l.named(o) })
		if i < 0 {
			return nil
		}
		other = loc.losers[i]
	}
	both := o.values.flag("canary", false) && other.values.flag("canary", false)
	neither := o.values["canary"].state == missing && other.values["canary"].state == missing
	if both || neither {
		return other
	}
	return nil
}

// hostWords names a host, or the default server.
func hostWords(host string) string {
	if host == "" {
		return "the default server"
	}
	return "host " + host
}

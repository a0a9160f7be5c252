package nginx

import (
	"cmp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// controller is one interpretation: the objects in the controller's order and what is
// made of them.
type controller struct {
	set       *manifest.Set
	opts      Options
	st        settings
	objects   []*object // served ones, oldest first
	all       []*object // all of our class, also those that the controller drops
	upstreams map[string]*upstream
	servers   map[string]*server // by host, "" the default server
	notes     map[ledger.Origin]string
	findings  []ledger.Finding
	// converting says that the model is for a target: nobody serves it, so that what is left
	// to a decision stays opaque, and what the parts of routes stand on is noted.
	converting bool
}

// Interpret says what the Ingresses of a set mean under ingress-nginx. It settles the
// fate of every ledger entry of every Ingress; entries that are Understood are origins of
// a route or host of the model, for the target to close.
func Interpret(set *manifest.Set, opts Options) (intent.Model, []ledger.Finding) {
	c := newController(set, opts)
	foreign := c.admit()
	c.createUpstreams()
	c.createServers()
	c.addLocations()
	c.mergeCanaries()
	m := intent.Model{Paths: intent.Decoded, Hosts: c.hosts()}
	c.opaqueSettings(&m, func(Setting) bool { return false })
	c.references()
	c.webhook()
	c.settle(m, foreign)
	return m, c.findings
}

func newController(set *manifest.Set, opts Options) *controller {
	return &controller{
		set: set, opts: opts, st: opts.settings(),
		upstreams: map[string]*upstream{}, servers: map[string]*server{}, notes: map[ledger.Origin]string{},
	}
}

// admit reads the Ingresses of our class, in the controller's order, and returns why the
// others are not served, by their document.
func (c *controller) admit() map[document]string {
	foreign := map[document]string{}
	for _, ing := range c.set.Ingresses {
		if ok, why := c.opts.owned(ing, c.set); !ok {
			foreign[documentOf(ing.Origin)] = why
			continue
		}
		o := readObject(ing, c.st, c.takesSecret)
		o.relayedOr(c.opts.Passthrough)
		c.readForeign(o)
		c.refuse(o)
		c.all = append(c.all, o)
		if o.canary != nil && hasHostWithoutHTTP(ing) {
			o.dropped = cmp.Or(o.dropped, "a canary whose rule has a host but no http stops the controller")
		}
		if o.dropped == "" {
			c.objects = append(c.objects, o)
		}
		c.reportObject(o)
	}
	sortByAge(c.objects)
	return foreign
}

// sortByAge puts objects into the controller's order: the oldest first, in the same second
// the name "namespace/name" descending. Objects without a time, as in files, keep their
// places: the order of documents is the best that a file tells.
func sortByAge(all []*object) {
	var places []int
	var timed []*object
	for i, o := range all {
		if !o.Created.IsZero() {
			places, timed = append(places, i), append(timed, o)
		}
	}
	slices.SortStableFunc(timed, func(a, b *object) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(b.key(), a.key()))
	})
	for i, o := range timed {
		all[places[i]] = o
	}
}

func hasHostWithoutHTTP(ing *manifest.Ingress) bool {
	return slices.ContainsFunc(ing.Rules, func(r manifest.Rule) bool { return r.Host.Value != "" && !r.HasHTTP })
}

// reportObject tells people what they would not expect of an Ingress.
func (c *controller) reportObject(o *object) {
	switch {
	case o.dropped != "" && o.critical && c.opts.Settings == nil:
		c.find("snippets-unknown", ledger.Refusal, o.Origin, o.dropped+"; whether yours does is not known",
			"give the controller's ConfigMap with --controller-config: with annotations-risk-level Critical and allow-snippet-annotations the Ingress is served")
	case o.dropped != "":
		c.find("ingress-dropped", ledger.Warning, o.Origin, o.dropped, "mend the annotation, or remove the Ingress: it serves nothing today")
	}
	if o.denied != "" {
		c.find("ingress-denied", ledger.Warning, o.Origin, "every location of this Ingress answers 503: "+o.denied, "mend the annotation")
	}
}

func (c *controller) find(rule string, s ledger.Severity, at ledger.Origin, message, action string) {
	c.findings = append(c.findings, ledger.Finding{Rule: rule, Severity: s, Origin: at, Message: message, Action: action})
}

// note keeps the reason why entries change no answer, in case no route takes them up.
func (c *controller) note(origins []ledger.Origin, reason string) {
	for _, o := range origins {
		if _, ok := c.notes[o]; !ok {
			c.notes[o] = reason
		}
	}
}

// stuck reports a location that nginx refuses: the controller then keeps its old
// configuration and takes no update of anybody (spec item 6).
func (c *controller) stuck(loc *location, why string) {
	at := loc.object.Origin
	if len(loc.origins) > 0 {
		at = loc.origins[0]
	}
	c.note(loc.origins, "nginx refuses the configuration: the path "+why)
	c.find("blocks-updates", ledger.Refusal, at, "the path "+loc.path+" "+why+
		": nginx refuses the whole configuration, and no update of any Ingress takes effect", "remove one of the two paths first")
}

package nginx

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// document names an object of the input: file, document and object.
type document struct {
	file   string
	doc    int
	object string
}

func documentOf(o ledger.Origin) document { return document{o.File, o.Doc, o.Object} }

// settle gives every entry of every Ingress its fate: what a route or host of the model
// stands on is understood, everything else has a reason why it changes no answer.
func (c *controller) settle(m intent.Model, foreign map[document]string) {
	objects := make(map[document]*object, len(c.all))
	for _, o := range c.all {
		objects[documentOf(o.Origin)] = o
	}
	c.settleModel(m)
	l := c.set.Ledger
	for _, e := range l.Entries() {
		if e.Fate != ledger.Open && e.Fate != ledger.Understood {
			continue
		}
		doc := documentOf(e.Origin)
		if why, ok := foreign[doc]; ok {
			l.Settle(e.Origin, ledger.Ignored, why)
			continue
		}
		if o := objects[doc]; o != nil {
			fate, reason := c.fate(o, e)
			l.Settle(e.Origin, fate, reason)
		}
	}
}

// settleModel marks what the model stands on.
func (c *controller) settleModel(m intent.Model) {
	understood := func(os []ledger.Origin) {
		for _, o := range os {
			c.set.Ledger.Settle(o, ledger.Understood, "")
		}
	}
	for _, h := range m.Hosts {
		understood(h.Origins)
		if h.TLS != nil {
			understood(h.TLS.Origins)
		}
		for _, r := range h.Routes {
			understood(r.Origins)
		}
	}
}

// fate is what an entry comes to that no route stands on, and what a malformed value
// comes to even where one does.
func (c *controller) fate(o *object, e *ledger.Entry) (ledger.Fate, string) {
	if e.Kind == ledger.Annotation {
		if fate, reason := c.annotationFate(o, e); fate != ledger.Open {
			return fate, reason
		}
	}
	switch {
	case o.dropped != "":
		return ledger.Ignored, o.dropped
	case c.notes[e.Origin] != "":
		return ledger.Ignored, c.notes[e.Origin]
	case o.canary != nil && slices.Contains(canaryKeys, strings.TrimPrefix(e.Key, Prefix)):
		return ledger.Ignored, "this canary is not used"
	case o.canary != nil && e.Kind == ledger.Annotation:
		return ledger.Ignored, "of a canary Ingress only the canary's own keys count"
	case e.Kind == ledger.Document:
		return ledger.Ignored, "no route of this Ingress is served"
	case strings.HasPrefix(e.Key, "spec.tls"):
		return ledger.Ignored, "no host of this Ingress takes its certificate from here"
	case strings.Contains(e.Key, ".pathType"), strings.Contains(e.Key, ".path"):
		return ledger.Ignored, "no route comes from this path"
	}
	return ledger.Ignored, "it changes no answer of a route that is served"
}

// annotationFate is the fate that a key has whatever the routes are; Open leaves it to them.
func (c *controller) annotationFate(o *object, e *ledger.Entry) (ledger.Fate, string) {
	if short, ours := strings.CutPrefix(e.Key, Prefix); ours {
		v, known := o.values[short]
		switch {
		case !known:
			return c.unknown(o, e.Key, valueOf(o.Annotations, e.Key))
		case v.state == invalid:
			return ledger.Malformed, malformedReason(o, v)
		case v.state == empty || o.values.hollow(short):
			return ledger.Malformed, "empty: " + emptyReason(o, v.rule)
		case o.idled[short] != "":
			return ledger.Ignored, o.idled[short]
		case v.rule.Inert:
			return ledger.Ignored, v.rule.Effect + "; it changes no answer"
		}
		return ledger.Open, ""
	}
	if e.Key == classKey {
		if o.Class != nil {
			return ledger.Ignored, "spec.ingressClassName decides over it"
		}
		return ledger.Open, ""
	}
	if rule, ok := c.opts.Catalog.CrossCutting(e.Key); ok {
		if e.Fate == ledger.Understood {
			return ledger.Open, ""
		}
		return ledger.Ignored, rule.Reason
	}
	return c.unknown(o, e.Key, valueOf(o.Annotations, e.Key))
}

// malformedReason says what the controller does with an invalid value.
func malformedReason(o *object, v value) string {
	err := "invalid value"
	if v.rule.Validate != nil {
		if e := v.rule.Validate(v.text); e != nil {
			err = e.Error()
		}
	}
	if !o.consulted(v.rule.Key) {
		return err + ": not read, since " + o.whyNot(v.rule.Key)
	}
	if v.rule.Invalid == InvalidIgnored {
		return fmt.Sprintf("%s: the controller ignores it and uses its default (%s)", err, cmp.Or(v.rule.Default, "none"))
	}
	return err + ": " + v.rule.Invalid.String()
}

func emptyReason(o *object, r Rule) string {
	switch {
	case !o.consulted(r.Key):
		return "not read, since " + o.whyNot(r.Key)
	case r.EmptyCancelsRedirects:
		return "cancels all redirects of the Ingress"
	case r.Empty != InvalidIgnored:
		return r.Empty.String()
	}
	return "as if it were not there"
}

package nginx

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// asked is what one Ingress asks of its locations, in the words of the model.
type asked struct {
	*object
	x        *explicit
	policies *intent.Policies // a value of their own: routes share them, and must not keep what they were read from
	forward  intent.Forward   // without backends, rewrite and what the upstream decides
	response []intent.HeaderChange
	protocol intent.Protocol
	tls      *intent.UpstreamTLS // to the backends
	denied   string              // why every location answers 503
	kept     map[string]kept     // keys that stay opaque
	doubts   []intent.Opaque     // why nobody knows whether every location answers 503
	found    []ledger.Finding    // told once a route is of this Ingress

	inLocation, inServer *snip // nil: there is none
}

// kept is why an annotation stays opaque.
type kept struct {
	reason string
	guards bool // nobody can say what it would keep out
}

// ask reads the annotations of an Ingress.
func (x *explicit) ask(o *object) *asked {
	a := &asked{object: o, x: x, policies: &intent.Policies{}, kept: map[string]kept{}}
	for key, v := range o.values {
		if v.state != valid && v.rule.Invalid == InvalidMirrorsToApp {
			a.kept[key] = kept{}
		}
	}
	if o.dropped != "" {
		return a
	}
	refused := o.refusals(x.st)
	for _, key := range sortedKeys(refused) {
		a.keep(key, Prefix+key+" "+refused[key]+nginxRefuses, true)
	}
	for _, key := range []string{"auth-type", "auth-url", "auth-tls-secret", "proxy-ssl-secret"} {
		if o.values.hollow(key) {
			a.hollowGuard(key, "is empty")
		}
	}
	a.access()
	a.basic()
	a.external()
	a.limits()
	a.cors()
	a.errorPages()
	a.timing()
	a.buffers()
	a.cookies()
	a.redirects()
	a.headers()
	a.backendProtocol()
	a.fastCGI()
	a.backendTLS()
	a.mirror()
	a.snippets()
	return a
}

// keep leaves a key opaque. What nginx refuses, and what nobody can say, guards. Where the
// value is the ConfigMap's there is nothing to leave, and a finding says so.
func (a *asked) keep(key, reason string, guards bool) {
	if _, there := a.kept[key]; !there {
		a.kept[key] = kept{reason, guards}
	}
	if a.values[key].state == missing {
		a.find("not-honoured", key, reason+": the data plane goes without it", "mend the setting")
	}
}

// find tells something of a key, or of the ConfigMap's setting of that name.
func (a *asked) find(rule, key, message, action string) {
	at := a.values[key].origin
	if a.values[key].state == missing {
		at = a.x.opts.SettingsOrigin.At("data."+key, 0)
	}
	a.found = append(a.found, ledger.Finding{Rule: rule, Severity: ledger.Warning, Origin: at, Message: message, Action: action})
}

// deny makes every location of the Ingress answer 503, as the controller does.
func (a *asked) deny(key, reason string) {
	if a.denied != "" {
		return
	}
	a.denied = Prefix + key + " " + reason
	a.find("ingress-denied", key, "every location of this Ingress answers 503: "+a.denied, "mend the annotation")
}

// hollowGuard tells of an annotation that looks like a guard, and is none.
func (a *asked) hollowGuard(key, reason string) {
	if a.x.converting { // somebody has to decide
		a.keep(key, Prefix+key+" "+reason+": the controller lets every request in; mend it, or take it away if all may come in", true)
		return
	}
	a.find("guards-nothing", key, Prefix+key+" "+reason+": every request is let in, as by the controller", "mend it, or take it away if all may come in")
}

// text is an annotation's text, or the ConfigMap's of the same key, or a default.
func (a *asked) text(key, def string) string {
	return cmp.Or(a.values.str(key), a.x.global.text(key, def))
}

// number is as text.
func (a *asked) number(key string, def int) int {
	return a.values.number(key, a.x.global.number(key, def))
}

// template is an annotation's text as a template; ok is false if it stays opaque.
func (a *asked) template(key, text string) (t string, ok bool) {
	template, known, err := a.object.template(text)
	for _, name := range locationNames {
		if key != "upstream-vhost" && strings.Contains(string(template), "{var:"+name+"}") {
			err = fmt.Errorf("%w $%s", errVariable, name)
		}
	}
	if err != nil {
		reason := err.Error() + ", which no template says"
		if !known {
			reason = err.Error() + ", which nginx does not know, and refuses its configuration"
		}
		a.keep(key, reason, true)
		return "", false
	}
	return string(template), true
}

// acrossNamespaces says whether a key names a ConfigMap "namespace/name" of another namespace
// where that is not allowed, and denies the Ingress then.
func (a *asked) acrossNamespaces(key, name string) bool {
	namespace, _, ok := splitName(name)
	switch {
	case !ok || namespace == a.Namespace || a.x.global.flag("allow-cross-namespace-resources"):
		return false
	case a.x.unsure():
		a.doubt(key, "names a ConfigMap of another namespace", "allow-cross-namespace-resources")
	default:
		a.deny(key, "names a ConfigMap of another namespace")
	}
	return true
}

// unsure says whether nobody knows how the controller is set up: of a model for a target what
// hangs on that stays opaque.
func (c *controller) unsure() bool { return c.converting && c.opts.Settings == nil }

// doubt leaves a key opaque on all routes of the Ingress, since the controller denies them
// unless a setting that nobody knows allows something.
func (a *asked) doubt(key, what, setting string) {
	why := what + ", and whether the controller allows that (" + setting + ") is not known: give its ConfigMap with --controller-config"
	a.keep(key, why, true)
	v := a.values[key]
	a.doubts = append(a.doubts, intent.Opaque{Key: Prefix + key, Security: true, Value: v.text, Reason: why, Origin: v.origin})
}

// configMap is the data of a ConfigMap that a key names as "namespace/name"; nil and a
// denial if there is none.
func (a *asked) configMap(key, name string) map[string]string {
	namespace, short, ok := splitName(name)
	cm := a.x.set.ConfigMaps[manifest.Name{Namespace: namespace, Name: short}]
	if ok && cm == nil && a.x.converting && !a.x.missing("ConfigMap", namespace, short) {
		a.keep(key, "names ConfigMap "+name+", which is not in the input: add its manifest", a.values[key].rule.Security)
		return nil
	}
	if !ok || cm == nil {
		a.deny(key, "names no ConfigMap that is there: "+name)
		return nil
	}
	if cm.Data == nil {
		return map[string]string{}
	}
	return cm.Data
}

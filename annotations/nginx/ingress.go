package nginx

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// object is an Ingress of ours with its annotations read.
type object struct {
	*manifest.Ingress
	values    values
	rewrite   rewriteConfig
	redir     redirectConfig
	canary    *canaryPolicy // nil unless it is a canary
	aliases   []string
	opaque    []intent.Opaque   // what the routes of this Ingress do besides
	carried   []intent.Carried  // foreign annotations that go along with its hosts
	foreign   []ledger.Origin   // theirs
	dropped   string            // why the controller leaves the whole Ingress out
	refusedAt ledger.Origin     // the annotation for whose value it is dropped
	denied    string            // why every location of it answers 503
	idled     map[string]string // keys that do nothing here, and why
	holes     map[string]bool   // keys with which the controller guards nothing, though they look so
	untaken   map[string]string // keys whose Secret the controller does not take, and why

	critical bool // dropped for a key of risk Critical, and for nothing else before
}

// rewriteConfig are the annotations that bear on a location's URI and on https.
type rewriteConfig struct {
	target          string
	regex           bool
	appRoot         string
	forwardedPrefix string
	sslRedirect     bool
	forceSSL        bool
	keepSlash       bool
	portInRedirects bool
}

// readObject reads all annotations of an Ingress and says what they come to.
func readObject(ing *manifest.Ingress, st settings, takes takesSecret) *object {
	vs := readValues(ing)
	o := &object{Ingress: ing, values: vs, idled: map[string]string{}, holes: map[string]bool{}, untaken: map[string]string{}}
	for _, key := range secretKeys {
		if text := vs.str(key); text != "" {
			o.untaken[key] = takes(key, ing.Namespace, text)
		}
	}
	o.rewrite = rewriteConfig{
		target:          vs.str("rewrite-target"),
		regex:           vs.flag("use-regex", false),
		appRoot:         appRoot(vs.str("app-root")),
		forwardedPrefix: vs.str("x-forwarded-prefix"),
		sslRedirect:     vs.flag("ssl-redirect", st.sslRedirect),
		forceSSL:        vs.flag("force-ssl-redirect", st.forceSSLRedirect),
		keepSlash:       vs.flag("preserve-trailing-slash", st.keepSlash),
		portInRedirects: vs.flag("use-port-in-redirects", st.portInRedirects),
	}
	o.redir = readRedirect(vs)
	o.canary = readCanary(vs)
	o.aliases = splitList(strings.ToLower(vs.str("server-alias")))
	slices.Sort(o.aliases)
	o.aliases = slices.Compact(o.aliases)
	o.forbidWords(st.blockedWords)
	o.judge(st)
	return o
}

// judge finds what drops or denies the Ingress, and what of it stays opaque.
func (o *object) judge(st settings) {
	for _, key := range sortedKeys(o.values) {
		v := o.values[key]
		if v.rule.Critical && !st.riskCritical {
			o.critical = o.dropped == ""
			o.drop(v, "is of risk Critical, above the controller's annotations-risk-level (default High)")
			continue
		}
		consequence, why := InvalidIgnored, ""
		switch {
		case v.state == invalid && o.consulted(key):
			consequence, why = v.rule.Invalid, "has an invalid value"
		case v.state == empty && o.consulted(key):
			consequence, why = v.rule.Empty, "is empty"
		}
		o.suffer(v, consequence, why)
		if v.rule.Routing || v.rule.Inert || v.state == empty {
			continue
		}
		if why := o.hole(v, st); why != "" {
			q := o.opaqueOf(v, why)
			q.Security, o.holes[key] = true, true
			o.opaque = append(o.opaque, q)
			continue
		}
		if v.state == invalid {
			continue
		}
		if why := o.idle(v, st); why != "" {
			o.idled[key] = why
			continue
		}
		o.opaque = append(o.opaque, o.opaqueOf(v, v.rule.Effect+"; "+v.rule.Note))
	}
}

// forbidWords drops the Ingress if the ConfigMap's annotation-value-word-blocklist has a
// word that one of our annotations holds, whether the controller reads that key or not.
func (o *object) forbidWords(words []string) {
	for _, a := range o.Annotations {
		if !strings.HasPrefix(a.Key, Prefix) {
			continue
		}
		if i := slices.IndexFunc(words, func(w string) bool { return strings.Contains(a.Value, w) }); i >= 0 {
			o.dropped = cmp.Or(o.dropped, fmt.Sprintf("the controller drops this Ingress: %s holds %q, a word of annotation-value-word-blocklist", a.Key, words[i]))
			o.refusedAt = a.Origin
		}
	}
}

// suffer applies what the controller does with a value that it refuses.
func (o *object) suffer(v value, consequence OnInvalid, why string) {
	switch consequence {
	case InvalidDropsIngress, InvalidDropsIfTemporalRedirect:
		o.drop(v, why)
	case InvalidDenies:
		o.denied = cmp.Or(o.denied, Prefix+v.rule.Key+" "+why)
	case InvalidRemovesAuth: // nobody should convert that hole by accident
		q := o.opaqueOf(v, why+": the controller silently removes the external authentication of this Ingress")
		q.Security, o.holes[v.rule.Key] = true, true
		o.opaque = append(o.opaque, q)
	case InvalidMirrorsToApp:
		o.opaque = append(o.opaque, o.opaqueOf(v, why+": the controller sends every request to the application a second time"))
	}
}

func (o *object) opaqueOf(v value, reason string) intent.Opaque {
	return intent.Opaque{Key: Prefix + v.rule.Key, Security: v.rule.Security, Value: v.text, Reason: reason, Origin: v.origin}
}

func (o *object) drop(v value, why string) {
	if o.dropped == "" {
		o.refusedAt = v.origin
	}
	o.dropped = cmp.Or(o.dropped, "the controller drops this Ingress: "+Prefix+v.rule.Key+" "+why)
}

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	slices.Sort(keys)
	return keys
}

// key is the Ingress's "namespace/name".
func (o *object) key() string { return o.Namespace + "/" + o.Name }

// named says whether two objects have one key.
func (o *object) named(p *object) bool { return o.Name == p.Name && o.Namespace == p.Namespace }

// self are the document and what made it ours: the class.
func (o *object) self() []ledger.Origin {
	os := []ledger.Origin{o.Origin}
	if o.Class != nil {
		return append(os, o.Class.Origin)
	}
	for _, a := range o.Annotations {
		if a.Key == classKey {
			os = append(os, a.Origin)
		}
	}
	return os
}

// routeOrigins are the annotations that bear on every route of the Ingress.
func (o *object) routeOrigins() []ledger.Origin {
	return o.values.origins("rewrite-target", "use-regex", "x-forwarded-prefix", "ssl-redirect", "force-ssl-redirect",
		"preserve-trailing-slash", "use-port-in-redirects", "temporal-redirect", "temporal-redirect-code",
		"permanent-redirect", "permanent-redirect-code", "relative-redirects")
}

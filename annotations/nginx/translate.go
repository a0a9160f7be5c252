package nginx

import (
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// Translate is Interpret and Explicit for a target: the model says everything that the
// Ingresses ask for, and Asked of its routes which entries each part stands on. What the
// controller opens by a mistake of the Ingress, what names something that is not in the
// input, and annotations of other programs that stop a conversion stay opaque, for somebody
// to decide. It settles the ledger as Interpret does.
func Translate(set *manifest.Set, opts Options) (intent.Model, []ledger.Finding) {
	c := newController(set, opts)
	c.converting = true
	foreign := c.admit()
	x := newExplicit(c)
	x.ofAll = x.askedOfAll()
	x.place()
	m := intent.Model{Paths: intent.Decoded, Hosts: c.hosts()}
	c.opaqueSettings(&m, func(s Setting) bool { return s.Part != "" })
	c.references()
	c.webhook()
	x.write(&m)
	x.unreadProxies()
	c.settle(m, foreign)
	return m, c.findings
}

// unreadProxies tells of peers that are believed by a name: nginx looks it up when it starts,
// and the model has networks only.
func (x *explicit) unreadProxies() {
	const key = "proxy-real-ip-cidr"
	if _, bad := asWritten(x.global.text(key, "")); bad != "" && x.global.trust != nil {
		x.find("setting-untranslated", ledger.Warning, x.opts.SettingsOrigin.At("data."+key, 0),
			"the controller's setting "+key+" has "+strconv.Quote(bad)+", which is no network: whether nginx believes it is not known here", "write its networks")
	}
}

// tell is a finding about how a model is served; of one for a target only what the
// controller does counts.
func (x *explicit) tell(rule string, s ledger.Severity, at ledger.Origin, message, action string) {
	if !x.converting || rule == "ingress-denied" {
		x.find(rule, s, at, message, action)
	}
}

// asksFor notes what something stands on that is explicit now.
func (x *explicit) asksFor(all []intent.Asked, q intent.Opaque) []intent.Asked {
	if !x.converting {
		return nil
	}
	setting, _ := SettingFor(strings.TrimPrefix(q.Key, "ConfigMap "))
	part := setting.Part
	if short, ours := strings.CutPrefix(q.Key, Prefix); ours {
		rule, _ := RuleFor(short)
		part = rule.Part
	}
	return append(all, intent.Asked{Dimension: part, Key: q.Key, Security: q.Security, Origin: q.Origin})
}

// withoutTLS says whether a key asks for client certificates of a host that has no https of
// its own, or relays it: no root can ask for them.
func (x *explicit) withoutTLS(h *intent.Host, key string) bool {
	rule, _ := RuleFor(key)
	return (h.TLS == nil || h.TLS.Passthrough != nil) && rule.Part == intent.ClientCertificates
}

// askedOfAll are the parts that the ConfigMap asks of every route, beside what guards, which
// is opaque at first.
func (x *explicit) askedOfAll() []intent.Asked {
	var all []intent.Asked
	for _, key := range sortedKeys(x.opts.Settings) {
		s, _ := SettingFor(key)
		if s.Part == "" || x.opts.Settings[key] == "" || s.Security {
			continue
		}
		all = append(all, intent.Asked{Dimension: s.Part, Key: "ConfigMap " + key, Origin: x.opts.SettingsOrigin.At("data."+key, 0)})
	}
	return all
}

package nginx

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// splitName splits "namespace/name"; ok is false for any other form.
func splitName(text string) (namespace, name string, ok bool) {
	namespace, name, ok = strings.Cut(text, "/")
	return namespace, name, ok && name != "" && !strings.Contains(name, "/")
}

// access reads the lists of addresses. An Ingress's own list takes the place of the
// ConfigMap's (spec item 54), and any list of a location that of block-cidrs.
func (a *asked) access() {
	allow, deny := a.lists()
	if allow == nil && deny == nil {
		deny = a.x.global.block
	}
	a.policies.Access = a.x.accessOf(allow, deny)
	a.policies.SatisfyAny = a.values.str("satisfy") == "any"
}

// lists are the networks that the controller writes into the locations of the Ingress.
func (a *asked) lists() (allow, deny []string) {
	if a.object == nil {
		return nil, nil
	}
	allow, deny = a.x.global.allow, a.x.global.deny
	if own := networks(cmp.Or(a.values.str("allowlist-source-range"), a.values.str("whitelist-source-range"))); own != nil {
		allow = own
	}
	if own := networks(a.values.str("denylist-source-range")); own != nil {
		deny = own
	}
	return allow, deny
}

// accessOf compares lists with the address that the controller goes by; nil without any.
func (x *explicit) accessOf(allow, deny []string) *intent.Access {
	switch {
	case len(allow) == 0 && len(deny) == 0:
		return nil
	case x.global.trust != nil:
		return &intent.Access{AllowRemote: allow, DenyRemote: deny}
	}
	return &intent.Access{Allow: allow, Deny: deny}
}

// basic reads the password prompt (spec item 53).
func (a *asked) basic() {
	kind := a.values.str("auth-type")
	realm := a.values.str("auth-realm")
	switch {
	case kind == "" && a.values["auth-secret"].state > empty:
		a.hollowGuard("auth-secret", "does nothing without "+Prefix+"auth-type")
		return
	case kind == "":
		return
	case kind != "basic" && kind != "digest":
		if a.untaken["auth-secret"] != "" || a.values.str("auth-secret") == "" {
			a.passwords() // denied, before nginx refuses it
		}
		return
	}
	secret, ok := a.passwords()
	if !ok {
		return
	}
	if kind == "digest" && realm == "" {
		a.forward.Request = append(a.forward.Request, intent.HeaderChange{Name: "Authorization", Remove: true})
		a.hollowGuard("auth-type", "asks for a digest, and there is no "+Prefix+"auth-realm")
		return
	}
	if realm == "off" {
		a.find("guards-more", "auth-realm", Prefix+"auth-realm is \"off\", with which nginx asks nobody for a password: the data plane asks all the same",
			"give the realm another name, or take the password away if all may come in")
	}
	a.policies.Basic = &intent.BasicAuth{
		Realm: realm, Secret: secret, Digest: kind == "digest", Map: a.values.str("auth-secret-type") == "auth-map",
	}
}

// passwords is the Secret with the users as "namespace/name"; without one that may be read
// the Ingress is denied.
func (a *asked) passwords() (string, bool) {
	name := a.values.str("auth-secret")
	if name == "" {
		a.deny("auth-type", "stands without "+Prefix+"auth-secret")
		return "", false
	}
	if !strings.Contains(name, "/") {
		name = a.Namespace + "/" + name
	}
	return name, a.secret("auth-secret")
}

// secret says whether the controller takes the Secret that an annotation names, and denies
// the Ingress otherwise. Where nobody knows, the annotation stays opaque.
func (a *asked) secret(annotation string) bool {
	why := a.untaken[annotation]
	if namespace, _, ok := splitName(a.values.str(annotation)); ok && namespace != a.Namespace && why == "" && a.x.unsure() {
		a.doubt(annotation, "names a Secret of another namespace", "allow-cross-namespace-resources")
		return false
	}
	if why == "" && annotation == "auth-secret" {
		why = a.x.withoutUsers(a.object)
	}
	if why != "" {
		a.deny(annotation, why)
	}
	return why == ""
}

// takesSecret says why the controller does not take a Secret, or "". Only the one of
// auth-secret may be named without its namespace.
func (c *controller) takesSecret(key, namespace, text string) string {
	in, name, ok := splitName(text)
	if key == "auth-secret" && !strings.Contains(text, "/") {
		in, name, ok = namespace, text, true
	}
	across, _ := strconv.ParseBool(strings.TrimSpace(c.opts.Settings["allow-cross-namespace-resources"]))
	s := c.set.Secrets[manifest.Name{Namespace: in, Name: name}]
	switch {
	case !ok:
		return "must be namespace/name"
	case in != namespace && !across && !c.unsure():
		return "names a Secret of another namespace"
	case s == nil && (c.opts.SecretsComplete || c.missing("Secret", in, name)):
		return "names Secret " + in + "/" + name + ", which does not exist"
	case key != "auth-secret" && s != nil && !generated(s) && !certifies(s):
		return "names Secret " + in + "/" + name + ", which has neither tls.crt with tls.key nor ca.crt"
	}
	return ""
}

// certifies says whether a Secret holds what the controller makes a certificate of.
func certifies(s *manifest.Secret) bool {
	has := func(key string) bool { return slices.Contains(s.Keys, key) }
	return has("tls.crt") && has("tls.key") || has("ca.crt")
}

// withoutUsers is why the Secret of auth-secret, which is taken, has no users, or "".
func (x *explicit) withoutUsers(o *object) string {
	namespace, name, ok := splitName(o.values.str("auth-secret"))
	if !ok {
		namespace, name = o.Namespace, namespace
	}
	s := x.set.Secrets[manifest.Name{Namespace: namespace, Name: name}]
	if s == nil || generated(s) || o.values.str("auth-secret-type") == "auth-map" || slices.Contains(s.Keys, "auth") {
		return ""
	}
	return "names Secret " + namespace + "/" + name + ", which has no key auth"
}

// generated says whether something else fills the Secret: its keys are not known.
func generated(s *manifest.Secret) bool { return len(s.Keys) == 0 && len(s.Annotations) > 0 }

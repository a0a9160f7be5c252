package nginx

import (
	"cmp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// What passes the controller's validation and yet makes nginx refuse its configuration:
// the controller then goes on with the old one and takes no update of anybody (spec item
// 6). What such an Ingress means cannot be said, so its routes are guarded. Paths are
// judged where locations are made.

// nginxRefuses ends the reasons.
const nginxRefuses = ": nginx refuses the whole configuration, and no update of any Ingress takes effect"

// refusals is what nginx refuses of one Ingress: why, by key without Prefix. Where the
// Ingress does not have the key, the value is the ConfigMap's.
type refusals struct {
	o   *object
	st  settings
	why map[string]string
}

// refusals finds what nginx refuses of an Ingress. Locations of which every request is
// denied hold nothing that it could refuse.
func (o *object) refusals(st settings) map[string]string {
	r := refusals{o: o, st: st, why: map[string]string{}}
	if o.dropped != "" {
		return r.why
	}
	r.names()
	r.ciphers("ssl-ciphers")
	r.variables("app-root")
	if o.denied == "" {
		r.numbers()
		r.buffers()
		r.words()
		r.statuses()
		r.passwords()
		r.locationVariables()
	}
	return r.why
}

// say notes why a key's value is refused; the first reason counts.
func (r *refusals) say(key, why string) {
	if _, there := r.why[key]; !there {
		r.why[key] = why
	}
}

// text is an annotation's text, or the ConfigMap's of the same key, or a default.
func (r *refusals) text(key, def string) string {
	return cmp.Or(r.o.values.str(key), cmp.Or(strings.TrimSpace(r.st.raw[key]), def))
}

// refuse reports what nginx refuses of an Ingress; a canary's annotations are not in its
// configuration.
func (c *controller) refuse(o *object) {
	if o.canary != nil {
		return
	}
	why := o.refusals(c.st)
	for _, key := range sortedKeys(why) {
		if v := o.values[key]; v.state == valid {
			c.refused(o, v.origin, v.origin.Key+" "+why[key])
		}
	}
}

// refused guards the routes of an Ingress that nginx refuses, and says so.
func (c *controller) refused(o *object, at ledger.Origin, why string) {
	message := why + nginxRefuses
	c.find("blocks-updates", ledger.Refusal, at, message, "mend the annotation first")
	guard := intent.Opaque{Key: at.Key, Security: true, Reason: message, Origin: at}
	delete(o.idled, strings.TrimPrefix(at.Key, Prefix))
	if i := slices.IndexFunc(o.opaque, func(q intent.Opaque) bool { return q.Key == at.Key }); i >= 0 {
		guard.Value = o.opaque[i].Value
		o.opaque[i] = guard
		return
	}
	o.opaque = append(o.opaque, guard)
}

// brokenPattern says whether a text is no regular expression in PCRE either. What only
// PCRE knows (lookaround, back references, possessive repetition, ...) gets the benefit of
// the doubt.
func brokenPattern(pattern string) bool {
	if !strings.ContainsAny(pattern, `\.+*?()|[]{}`) {
		return false
	}
	if re, err := syntax.Parse(pattern, syntax.Perl); err == nil {
		names := slices.DeleteFunc(re.CapNames(), func(name string) bool { return name == "" })
		slices.Sort(names)
		return len(slices.Compact(slices.Clone(names))) < len(names) // PCRE wants each once
	}
	for _, only := range []string{"(?=", "(?!", "(?<=", "(?<!", "(?>", "(?|", "(?#", "(?R", "(?P>", "(?(", `\K`, `\G`, `\R`, `\h`, "++", "*+", "?+", "}+"} {
		if strings.Contains(pattern, only) {
			return false
		}
	}
	for d := '1'; d <= '9'; d++ {
		if strings.Contains(pattern, `\`+string(d)) {
			return false
		}
	}
	return true
}

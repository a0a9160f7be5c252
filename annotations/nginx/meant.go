package nginx

import (
	"strings"

	"github.com/split-ingress/split-ingress/annotations/catalog"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// unread begins the reasons of keys that nobody reads.
const unread = "no controller reads this key"

// unknown is the fate of a key that ingress-nginx does not read.
func (c *controller) unknown(o *object, key, value string) (ledger.Fate, string) {
	keys := c.opts.Catalog
	if others := keys.Controllers(key); len(others) > 0 {
		return ledger.Ignored, "a key of " + strings.Join(others, ", ") + ", which ingress-nginx does not read"
	}
	short, ours := strings.CutPrefix(key, Prefix)
	_, note, known := keys.Removed(key)
	if ours {
		if said := meant(o, plainName(short), value, note == catalog.OnceRead); said != "" {
			return ledger.Unknown, unread + said
		}
	}
	switch {
	case note == catalog.OnceRead:
		return ledger.Unknown, unread + ": " + note
	case known: // nobody ever did
		return ledger.Unknown, unread
	}
	if near := nearest(keys, key); near != "" {
		return ledger.Unknown, unread + "; did you mean " + near + "?"
	}
	return ledger.Unknown, "no controller that we know reads this key"
}

// nearest is the key that somebody may have meant who wrote one that nobody reads, or "":
// one of ours under our prefix, or with the name as it stands under another controller's;
// else one of any controller's.
func nearest(keys *catalog.Catalog, key string) string {
	prefix, name, found := strings.Cut(key, "/")
	if found && prefix+"/" == Prefix {
		names := make([]string, 0, 140)
		for _, r := range Rules() {
			names = append(names, r.Key)
		}
		if near, ok := catalog.NearestName(name, names); ok {
			return Prefix + near
		}
	}
	if found && keys.KnownPrefix(prefix) {
		if name == "ingress.class" {
			return classKey
		}
		if _, ok := RuleFor(name); ok {
			return Prefix + name
		}
	}
	near, _ := keys.Nearest(key)
	return near
}

// plainName is a name as ours are written: in lower case, with "-" between words.
func plainName(name string) string {
	return strings.NewReplacer("_", "-", ".", "-").Replace(strings.ToLower(name))
}

// hint is what somebody probably meant.
type hint struct {
	key, value string // without Prefix; no key: there is none
	note       string // what else there is to say
	once       bool   // ingress-nginx read the other key once
}

// String is the hint as the end of a reason, "" if there is nothing to say. A value that the
// controller would refuse there is told.
func (h hint) String() string {
	said, verb := "", " was probably meant"
	if h.once {
		said, verb = ": "+catalog.OnceRead, " is in its place"
	}
	if h.note != "" {
		said += ": " + h.note
	}
	if h.key == "" {
		return said
	}
	said += "; " + Prefix + h.key
	r, _ := RuleFor(h.key)
	switch {
	case h.value == "", len(h.value) > 80, strings.Contains(h.value, "\n"):
		return said + verb
	case r.Validate != nil && r.Validate(h.value) != nil:
		return said + verb + " (which refuses the value as it stands: " + r.Validate(h.value).Error() + ")"
	}
	return said + ": " + h.value + verb
}

// meant says what somebody probably meant by a name under our prefix that nobody reads, as
// the end of a reason; "" if that is not clear. once: ingress-nginx read it once.
func meant(o *object, name, value string, once bool) string {
	value = strings.TrimSpace(value)
	if s, ok := synonymOf(name); ok {
		h := s.hint(o, value)
		h.once = once
		return h.String()
	}
	if _, ok := RuleFor(name); ok { // in other letters, or with "_"
		return hint{key: name, value: inSeconds(name, value)}.String()
	}
	for _, gone := range goneSettings {
		if strings.HasPrefix(name, gone) {
			return ": ingress-nginx has no OpenTracing any more; traces are " + Prefix + "enable-opentelemetry and settings of its ConfigMap"
		}
	}
	if _, ok := SettingFor(name); ok {
		return ": ingress-nginx reads " + name + " from its ConfigMap only, for all hosts at once"
	}
	return ""
}

// Hint is what to write in place of a key under Prefix that ingress-nginx does not read,
// whatever its value, or why there is nothing to write; "" if that is not clear.
func Hint(key string) string {
	short, ours := strings.CutPrefix(key, Prefix)
	if _, read := RuleFor(short); !ours || read {
		return ""
	}
	return strings.TrimLeft(meant(&object{Ingress: &manifest.Ingress{}}, plainName(short), "", false), ":; ")
}

// sibling is the value of another annotation of the Ingress, by the key without Prefix.
func (o *object) sibling(short string) string {
	return valueOf(o.Annotations, Prefix+short)
}

func valueOf(all []manifest.KeyValue, key string) string {
	for _, a := range all {
		if a.Key == key {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

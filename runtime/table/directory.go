package table

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Directory finds what belongs to a Host header by the names of a model's hosts, as a data
// plane of one path form does it. It does not change; With gives the next one.
type Directory[T any] struct {
	envoy     bool
	exact     *Names[T]
	wildcards *Names[T]      // by what follows the "*"
	regexes   []hostRegex[T] // by name; all of them stand behind all wildcards
	other     T              // for every other host
}

// hostRegex is a "~" name.
type hostRegex[T any] struct {
	name  string
	regex *regexp.Regexp
	to    T
}

// NewDirectory is empty: every host finds other.
func NewDirectory[T any](paths intent.PathForm, other T) *Directory[T] {
	return &Directory[T]{envoy: paths == intent.Normalized, exact: NewNames[T](), wildcards: NewNames[T](), other: other}
}

// With is the directory in which the names of set find those, and those of gone nothing any
// more: without its name "" every other host finds nothing. It fails for a "~" name whose
// regular expression does not compile, and leaves that name out.
func (d *Directory[T]) With(set map[string]T, gone []string) (*Directory[T], error) {
	next := directing[T]{*d, d.exact.step(), d.wildcards.step()}
	next.regexes = slices.Clone(d.regexes)
	for _, name := range gone {
		next.drop(name)
	}
	var failed error
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if err := next.put(name, set[name]); err != nil && failed == nil {
			failed = err
		}
	}
	slices.SortFunc(next.regexes, func(a, b hostRegex[T]) int { return strings.Compare(a.name, b.name) })
	next.Directory.exact, next.Directory.wildcards = next.exact.Names, next.wildcards.Names
	return &next.Directory, failed
}

// directing is a directory that is being made.
type directing[T any] struct {
	Directory[T]
	exact, wildcards *step[T]
}

func (d *directing[T]) put(name string, to T) error {
	d.drop(name)
	switch {
	case name == "":
		d.other = to
	case strings.HasPrefix(name, "*."):
		d.wildcards.set(name[1:], to)
	case strings.HasPrefix(name, "~"):
		re, err := regexp.Compile(expression{text: name[1:], fold: true}.String())
		if err != nil {
			return fmt.Errorf("host %q: %w", name, err)
		}
		d.regexes = append(d.regexes, hostRegex[T]{name, re, to})
	default:
		d.exact.set(name, to)
	}
	return nil
}

func (d *directing[T]) drop(name string) {
	switch {
	case name == "":
		var nothing T
		d.other = nothing
	case strings.HasPrefix(name, "*."):
		d.wildcards.remove(name[1:])
	case strings.HasPrefix(name, "~"):
		d.regexes = slices.DeleteFunc(d.regexes, func(r hostRegex[T]) bool { return r.name == name })
	default:
		d.exact.remove(name)
	}
}

// Name is a Host header made ready to be looked up.
type Name struct {
	host string // without its port
	name string // lower case, without a dot at the end
}

// NameOf reads a Host header.
func NameOf(header string) Name {
	host := withoutPort(header)
	return Name{host, hostName(host)}
}

// Same says whether two names are the same but for port, case and a dot at the end.
func (n Name) Same(other Name) bool { return n.name == other.name }

// Exact is what has exactly the name.
func (d *Directory[T]) Exact(n Name) (to T, found bool) {
	if to, found = d.exact.Get(n.name); found && d.envoy && strings.HasSuffix(n.host, ".") {
		var none T
		return none, false
	}
	return to, found
}

// Pattern is what stands for many names, the one given among them. A wildcard's "*" is one
// label and no dot is in a label, so that only one of them can match.
func (d *Directory[T]) Pattern(n Name) (to T, found bool) {
	name, label := n.name, isLabel
	if d.envoy {
		name, label = n.host, isLowerLabel
	}
	if dot := strings.IndexByte(name, '.'); dot > 0 && label(name[:dot]) {
		if to, found = d.wildcards.Get(name[dot:]); found {
			return to, true
		}
	}
	for i := range d.regexes {
		if d.regexes[i].regex.MatchString(n.name) {
			return d.regexes[i].to, true
		}
	}
	return to, false
}

// Other is what every host finds that has no entry.
func (d *Directory[T]) Other() T { return d.other }

// Find is the exact one, else a pattern's, else the one for every other host.
func (d *Directory[T]) Find(n Name) T {
	if to, found := d.Exact(n); found {
		return to
	}
	if to, found := d.Pattern(n); found {
		return to
	}
	return d.other
}

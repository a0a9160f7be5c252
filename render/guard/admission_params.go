package guard

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/delegation"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// paramsName is that of the ConfigMap, in the root namespace.
const paramsName = "split-ingress-borders"

// What a ConfigMap may be: the values of the API server's validation, etcd's default for a
// request (--max-request-bytes), which holds each key twice (once more in managedFields), and
// what kubectl can repeat in its annotation.
const (
	maxKey       = 253
	maxValues    = 1 << 20
	maxStored    = 3 << 19
	maxAnnotated = 1 << 18
	perKey       = 16      // beside the key and its value, stored
	perObject    = 4 << 10 // beside the data
)

// Params is the plan as the policies read it, a ConfigMap whose keys they look up:
//
//	namespace.root, namespace.fanout  names
//	namespaces.teams, domains         lines
//	solvers                           lines: accounts
//	ask.root, ask.site                whom to ask
//	host.FQDN                         words: what its objects' names begin with, and tls=VERSION, auth, ip=root, limits=root, legacy if so; * is _
//	fanouts                           lines: name of a fanout, and the words of its host that all routes are held to, if there are any
//	wildcards                         lines: regexes that cut what a wildcard host may stand above
//	suffixes                          lines: what stands behind a wildcard that is above a host
//	mount.NAMESPACE.NAME              lines: host, "KIND PATH", and "path REGEX" for what confines
//	given.NAMESPACE.NAME              lines, of what tabs part: a regex that cuts a path, and paths
//	patterns.NAMESPACE.NAME           lines, of what tabs part: what a given regex begins with, and the regex
//	exceptions.RULE                   lines: "Kind namespace/name", with a tab and an offence behind it if not all are meant
//
// It fails for what keys or lines can't hold, and where the API server or etcd would refuse it.
func (b *Borders) Params() (*corev1.ConfigMap, error) {
	data := map[string]string{
		"namespace.root": b.Root, "namespace.fanout": b.Fanout, "namespaces.teams": lines(b.Teams), "domains": lines(b.Domains),
		"solvers": lines(b.Solvers), "ask.root": b.RootAdmins, "ask.site": b.SiteAdmins,
		"wildcards": lines(b.wildcards()), "suffixes": lines(b.suffixes()), "fanouts": lines(b.demanding()),
	}
	for _, h := range b.Hosts {
		data[hostKey(h.FQDN)] = strings.Join(h.words(), " ")
	}
	for _, m := range b.Mounts {
		at := m.Namespace + "." + m.Name
		data["mount."+at] = lines(m.lines())
		paths, regexes := partGiven(m.Given)
		for key, given := range map[string][]string{"given.": paths, "patterns.": regexes} {
			if len(given) > 0 {
				data[key+at] = lines(given)
			}
		}
	}
	for _, r := range Rules() {
		if excepted := b.excepted(r); r.Held.Has(Admission) && len(excepted) > 0 {
			data["exceptions."+r.ID] = lines(excepted)
		}
	}
	params := &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: meta(b.Root, paramsName),
		Data:       data,
	}
	return params, errors.Join(b.sayable(), b.fits(data))
}

func hostKey(fqdn string) string { return "host." + strings.ReplaceAll(fqdn, "*", "_") }

func lines(of []string) string { return strings.Join(of, "\n") }

// excepted are the objects that the plan excepts from a rule, and their offences.
func (b *Borders) excepted(r Rule) []string {
	var out []string
	for _, e := range b.Exceptions {
		switch {
		case e.Rule != r.ID || !linear.MatchString(e.Object): // it names nothing
		case e.What != "":
			out = append(out, e.Object+"\t"+e.What)
		default:
			out = append(out, e.Object)
		}
	}
	return out
}

func (h Host) words() []string {
	words := append([]string{delegation.HostPart(h.FQDN)}, h.demands()...)
	if h.Legacy {
		words = append(words, "legacy")
	}
	return words
}

// demands are what all routes of a host are held to.
func (h Host) demands() []string {
	var words []string
	if h.MinTLS != "" {
		words = append(words, "tls="+h.MinTLS)
	}
	if h.Auth {
		words = append(words, "auth")
	}
	if h.RootIP {
		words = append(words, "ip=root")
	}
	if h.RootLimits {
		words = append(words, "limits=root")
	}
	return words
}

// demanding are the fanouts of hosts with demands.
func (b *Borders) demanding() []string {
	var out []string
	for _, f := range b.Fanouts {
		if words := b.host(f.Host).demands(); len(words) > 0 {
			out = append(out, f.Name+" "+strings.Join(words, " "))
		}
	}
	return out
}

func (m Mount) lines() []string {
	out := []string{m.Host, m.Kind.String() + " " + m.Path}
	for _, re := range m.Paths {
		out = append(out, "path "+re)
	}
	return out
}

// partGiven are the lines of given paths, and those of given regexes.
func partGiven(given []Given) (paths, regexes []string) {
	var plain []Given
	for _, g := range given {
		if g.Kind == ownership.Regex {
			regexes = append(regexes, g.Start+"\t"+g.Path)
		} else {
			plain = append(plain, g)
		}
	}
	return cuts(plain), regexes
}

// cuts are given paths by the regex that finds them: a path meets one of them if what the regex
// finds in it is among them. So a policy looks a path up once for each way to cut it, and not
// once for each path.
func cuts(given []Given) []string {
	by := map[string][]string{}
	for _, g := range given {
		cut := exactCut
		switch g.Kind {
		case ownership.Prefix:
			cut = repeat(`(?:/[^/]*)`, strings.Count(g.Path, "/"), "^", "")
		case ownership.StringPrefix:
			cut = repeat(`.`, utf8.RuneCountInString(g.Path), "(?s)^", "")
		}
		by[cut] = append(by[cut], g.Path)
	}
	var out []string
	for _, cut := range slices.Sorted(maps.Keys(by)) {
		out = append(out, cut+"\t"+strings.Join(by[cut], "\t"))
	}
	return out
}

// exactCut takes the whole path.
const exactCut = `(?s)^.*$`

// repeat is a regex for n of something, in as many parts as RE2, which counts to 1000, needs.
func repeat(what string, n int, before, behind string) string {
	const most = 1000
	return before + strings.Repeat(what+fmt.Sprintf("{%d}", most), n/most) + what + fmt.Sprintf("{%d}", n%most) + behind
}

// wildcards are regexes for the end of a name that the plan's wildcards may stand above.
func (b *Borders) wildcards() []string {
	depths := map[int]bool{}
	for _, h := range b.Hosts {
		if rest, is := strings.CutPrefix(h.FQDN, "*"); is && !h.Legacy {
			depths[strings.Count(rest, ".")] = true
		}
	}
	var out []string
	for _, n := range slices.Sorted(maps.Keys(depths)) {
		out = append(out, repeat(`(?:[.][^.]*)`, n, "", "$"))
	}
	return out
}

// suffixes are the ends of hosts that begin with a dot.
func (b *Borders) suffixes() []string {
	all := map[string]bool{}
	for _, h := range b.Hosts {
		for i, c := range h.FQDN {
			if c == '.' && !h.Legacy {
				all[h.FQDN[i:]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// linear is what lines of the params can hold.
var linear = regexp.MustCompile(`^[^\n\t]*$`)

// sayable says what the params cannot hold.
func (b *Borders) sayable() error {
	var problems []error
	for _, h := range b.Hosts {
		if len(hostKey(h.FQDN)) > maxKey {
			problems = append(problems, fmt.Errorf("host %s: a ConfigMap has no key for a name of more than %d characters", h.FQDN, maxKey-len("host.")))
		}
	}
	for _, e := range b.Exceptions {
		if strings.Contains(e.What, "\n") {
			problems = append(problems, fmt.Errorf("the exception of %s from %s: a policy's params cannot hold the offence %q, with a line's end in it; mend the object, or except all its offences (without offence:)", e.Object, e.Rule, e.What))
		}
	}
	for _, m := range b.Mounts {
		texts := append([]string{m.Path}, m.Paths...)
		for _, g := range m.Given {
			texts = append(texts, g.Path)
		}
		for _, text := range texts {
			if !linear.MatchString(text) {
				problems = append(problems, fmt.Errorf("HTTPProxy %s/%s: a policy's params cannot hold the path %q, with a tab or a line's end in it; take the claim out of the plan, no request has such a path", m.Namespace, m.Name, text))
			}
		}
	}
	return errors.Join(problems...)
}

// fits says whether the API server and etcd take the data.
func (b *Borders) fits(data map[string]string) error {
	values, stored := sizes(data)
	if values <= maxValues && stored <= maxStored {
		return nil
	}
	return fmt.Errorf("ConfigMap %s/%s: %d hosts with %d objects of teams take %d bytes of values, and about %d stored; the API server takes %d, and etcd %d; "+
		"hold these borders by Gatekeeper or Conftest instead, or share the hosts out to several clusters with a plan each",
		b.Root, paramsName, len(b.Hosts), len(b.Mounts), values, stored, maxValues, maxStored)
}

func sizes(data map[string]string) (values, stored int) {
	stored = perObject
	for k, v := range data {
		values += len(v)
		stored += 2*len(k) + len(v) + perKey
	}
	return values, stored
}

// serverSide says how params of a size have to be applied.
func serverSide(params *corev1.ConfigMap) []ledger.Finding {
	values, stored := sizes(params.Data)
	if stored <= maxAnnotated {
		return nil
	}
	return []ledger.Finding{{
		Rule: "borders-size", Severity: ledger.Warning,
		Message: fmt.Sprintf("ConfigMap %s/%s has %d keys and %d bytes of values, and kubectl apply cannot keep a copy of more than %d bytes in its annotation", params.Namespace, params.Name, len(params.Data), values, maxAnnotated),
		Action:  "apply it with kubectl apply --server-side",
	}}
}

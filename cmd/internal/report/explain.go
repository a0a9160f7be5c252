package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/catalog"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/runtime/equivalence"
)

// The names under which the platform profile, and what our runtime does otherwise than
// ingress-nginx, are explained.
const (
	PlatformTopic = "platform/contour"
	RuntimeTopic  = "platform/runtime"
)

// platformTable is what differs between two data planes on every host alike.
type platformTable struct {
	topic, title string
	rows         []equivalence.Lemma
}

func platformTables() []platformTable {
	return []platformTable{
		{PlatformTopic, fmt.Sprintf("What differs on every host alike: ingress-nginx v1.15 before, Contour v1.33 after (version %d)", equivalence.ProfileVersion), equivalence.Profile()},
		{RuntimeTopic, fmt.Sprintf("What differs on every host alike: ingress-nginx v1.15 before, split-ingress-runtime after, with the Ingresses as they are (version %d)", equivalence.RuntimeVersion), equivalence.Runtime()},
	}
}

// classKey is read by every controller.
const classKey = "kubernetes.io/ingress.class"

// Topics lists what Explain knows by name, but for annotation keys.
func Topics(w io.Writer) error {
	p := &printer{Writer: bufio.NewWriter(w), Style: NewStyle(w)}
	for _, s := range []struct {
		title string
		rules []Rule
	}{{"Rules of findings", Rules()}, {"Outcomes and fates", Words()}} {
		p.line("%s", p.Heading(s.title))
		for _, r := range s.rules {
			p.line("  %s", r.ID)
		}
		p.line("")
	}
	p.line("%s\n  %s\n  %s\n", p.Heading("Platform profile"), PlatformTopic, RuntimeTopic)
	p.line("And every annotation key, with or without its prefix.")
	return p.Flush()
}

// Explain explains a topic: the platform profile, the rule of a finding, a word, or an
// annotation key with or without its prefix. It is false if there is no such topic.
func Explain(w io.Writer, keys *catalog.Catalog, topic string) (bool, error) {
	p := &printer{Writer: bufio.NewWriter(w), Style: NewStyle(w)}
	known := true
	switch {
	case topic == PlatformTopic || topic == "platform":
		p.platform(platformTables()[0])
	case topic == RuntimeTopic:
		p.platform(platformTables()[1])
	case topic == classKey:
		p.line("%s\n  %-10s %s\n  %-10s %s", p.Heading(topic), "effect", "names the Ingress's class where spec.ingressClassName does not",
			"converted", "no: the objects get the class of --target-class")
	case p.named(topic) || p.foreignKey(keys, topic):
	default:
		known = false
	}
	return known, p.Flush()
}

// NearestTopic is a topic that somebody may have meant, or nothing.
func NearestTopic(keys *catalog.Catalog, topic string) string {
	if near, ok := keys.Nearest(topic); ok {
		return near
	}
	names := []string{PlatformTopic}
	for _, r := range slices.Concat(Rules(), Words()) {
		names = append(names, r.ID)
	}
	best, gap := "", max(2, len(topic)/3)+1
	for _, n := range names {
		if d := distance(topic, n); d < gap {
			best, gap = n, d
		}
	}
	return best
}

// distance is the number of bytes to insert, drop or replace.
func distance(a, b string) int {
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := []int{i + 1}
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row = append(row, min(change, last[j+1]+1, row[j]+1))
		}
		last = row
	}
	return last[len(b)]
}

// rules explains a rule and a word of that name.
func (p *printer) rules(topic string) bool {
	known := false
	for _, r := range slices.Concat(Rules(), Words()) {
		if r.ID == topic {
			if !known {
				p.line("%s", p.Heading(topic))
			}
			p.paragraph(r.Text)
			known = true
		}
	}
	return known
}

const textWidth = 88

// paragraph wraps a text.
func (p *printer) paragraph(text string) {
	line := " "
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > textWidth {
			p.line("%s", line)
			line = " "
		}
		line += " " + word
	}
	p.line("%s", line)
}

func (p *printer) platform(t platformTable) {
	p.line("%s", p.Heading(t.title))
	for _, l := range t.rows {
		p.line("\n%s", l.ID)
		p.line("  before  %s", l.Before)
		p.line("  after   %s", l.After)
	}
}

// lemma explains one line of a platform table.
func (p *printer) lemma(topic string) bool {
	for _, t := range platformTables() {
		for _, l := range t.rows {
			if l.ID == topic {
				p.line("%s, of %s\n  before  %s\n  after   %s", p.Heading(topic), t.topic, l.Before, l.After)
				return true
			}
		}
	}
	return false
}

// named explains a line of the platform profile, a rule, or an annotation key of
// ingress-nginx, and the key of its ConfigMap that has the name, too.
func (p *printer) named(topic string) bool {
	known := p.lemma(topic) || p.rules(topic) || p.nginxKey(topic)
	setting, ok := nginx.SettingFor(topic)
	if ok && known {
		p.line("")
	}
	if ok {
		p.setting(setting)
	}
	return known || ok
}

// setting explains a key of the controller's ConfigMap.
func (p *printer) setting(s nginx.Setting) {
	p.line("%s", p.Heading(s.Key+" in the controller's ConfigMap"))
	field := func(name, text string) {
		if text != "" {
			p.line("  %-10s %s", name, text)
		}
	}
	field("effect", s.Effect)
	field("default", s.Default)
	if s.Annotation != "" {
		field("annotation", nginx.Prefix+s.Annotation+" decides for one Ingress")
	}
	field("security", yesNo(s.Security, "yes: leaving it out would be less strict, so where it cannot be carried over it blocks all routes", "no"))
	p.converted("ConfigMap " + s.Key)
	field("HTTPProxy", s.Note)
}

// nginxKey explains a key of ingress-nginx.
func (p *printer) nginxKey(topic string) bool {
	r, ok := nginx.RuleFor(strings.TrimPrefix(topic, nginx.Prefix))
	if !ok {
		return false
	}
	p.line("%s", p.Heading(nginx.Prefix+r.Key))
	field := func(name, text string) {
		if text != "" {
			p.line("  %-10s %s", name, text)
		}
	}
	field("effect", r.Effect)
	field("alias of", r.AliasOf)
	field("scope", scopeText(r.Scope))
	field("security", yesNo(r.Security, "yes: leaving it out would be less strict, so where it cannot be carried over it blocks its routes", "no"))
	field("default", r.Default)
	if r.Validate == nil {
		field("values", "any is taken")
	} else {
		field("invalid", r.Invalid.String())
	}
	switch {
	case r.EmptyCancelsRedirects:
		field("empty", "cancels all redirects of the Ingress")
	case r.Empty != nginx.InvalidIgnored:
		field("empty", r.Empty.String())
	}
	if r.Critical {
		field("risk", "critical: at the controller's default risk level the Ingress is left out")
	}
	p.converted(r.Key)
	field("HTTPProxy", r.Note)
	return true
}

func scopeText(s nginx.Scope) string {
	return string(s) + map[nginx.Scope]string{
		nginx.ScopeIngress:  ": the whole Ingress is treated differently",
		nginx.ScopeLocation: ": the paths of the Ingress",
		nginx.ScopeServer:   ": the host, whichever Ingress its paths come from",
		nginx.ScopeUpstream: ": the Service, on all hosts and Ingresses that use it",
		nginx.ScopeGlobal:   ": the controller",
	}[s]
}

func yesNo(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// foreignKey explains a key of another controller or of another program, one that
// ingress-nginx reads no more, and one that it never read.
func (p *printer) foreignKey(keys *catalog.Catalog, topic string) bool {
	cross, isCross := keys.CrossCutting(topic)
	readers := keys.Controllers(topic)
	replacement, removed, isRemoved := keys.Removed(topic)
	hint := nginx.Hint(topic)
	if !isCross && len(readers) == 0 && !isRemoved && hint == "" {
		return false
	}
	p.line("%s", p.Heading(topic))
	if isRemoved {
		p.line("  %s", removed)
	}
	switch {
	case hint != "":
		p.line("  instead    %s", hint)
	case isRemoved:
		p.line("  use        %s", cmp.Or(replacement, "nothing: there is no other key"))
	}
	if len(readers) > 0 {
		p.line("  read by    %s", strings.Join(readers, ", "))
	}
	if isCross {
		carried := cross.Disposition.String()
		if cross.NeedsCarryDNS {
			carried += ", with --carry-dns; else drop"
		}
		p.line("  family     %s", cross.Family)
		p.line("  converted  %s", carried)
		p.line("  reason     %s", cross.Reason)
	} else if !isRemoved && hint == "" {
		p.line("  converted  no: ingress-nginx does not read it")
	}
	return true
}

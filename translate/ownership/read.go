package ownership

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"time"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// maxBytes bounds what a plan's file may hold; a claim takes about 100 bytes.
const maxBytes = 64 << 20

// Read reads a plan and gives it in canonical form, with lines. Every mistake is in the
// error, one a line, as "file:line: what and what to do", sorted by line: text that is no
// YAML, a missing or unsupported apiVersion or kind, unknown, missing or doubled keys,
// values of a wrong type, teams and hosts that occur twice, a path claimed twice in one way
// on one host, a team that is not listed, a claim's namespace that is not its team's.
// Whether a plan fits the input is for Check to say. file only serves for messages.
func Read(file string, in io.Reader) (*Plan, error) {
	r := &reader{problems{file: cmp.Or(file, "plan")}}
	p := &Plan{}
	if doc := r.document(in); doc != nil {
		r.plan(p, doc)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	p.Normalize()
	return p, nil
}

// document is the root of the only YAML document, or nil after noting why there is none.
func (r *reader) document(in io.Reader) *yaml.Node {
	data, err := io.ReadAll(io.LimitReader(in, maxBytes+1))
	switch {
	case err != nil:
		r.at(0, "cannot read the plan: %w", err)
		return nil
	case len(data) > maxBytes:
		r.at(0, "a plan of more than %d MiB is not read", maxBytes>>20)
		return nil
	}
	var doc, second yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		r.notYAML(err)
		return nil
	}
	if len(doc.Content) == 0 {
		r.at(0, "the file holds no plan; write one with the plan command")
		return nil
	}
	switch err := d.Decode(&second); {
	case err == nil:
		r.at(second.Line, "a second document begins here; a file holds one plan")
	case !errors.Is(err, io.EOF):
		r.notYAML(err)
	}
	return doc.Content[0]
}

var (
	yamlError = regexp.MustCompile(`^yaml: line (\d+): (.*)$`)
	// grammarError is of the parser, which counts lines from 0; its scanner does from 1.
	grammarError = regexp.MustCompile(`^did not find expected (key|node content|'-'|',')`)
)

func (r *reader) notYAML(err error) {
	m := yamlError.FindStringSubmatch(err.Error())
	if m == nil {
		r.at(0, "not YAML: %w", err)
		return
	}
	line, err := strconv.Atoi(m[1])
	if err != nil {
		line = 0 // a number that no file has lines for
	} else if grammarError.MatchString(m[2]) {
		line++
	}
	r.at(line, "not YAML: %s", m[2])
}

func (r *reader) plan(p *Plan, doc *yaml.Node) {
	f, ok := r.mapping(doc, "plan", []string{"apiVersion", "kind", "spec"}, nil)
	if !ok || !r.only(f, "apiVersion", APIVersion) || !r.only(f, "kind", FileKind) || f.values["spec"] == nil {
		return
	}
	spec, ok := r.mapping(f.values["spec"], "spec", []string{"teams", "hosts"},
		[]string{"rootNamespace", "fanoutNamespace", "rootAdmins", "siteAdmins", "domains", "acmeSolvers", "certificateNamespaces", "exceptions"})
	if !ok {
		return
	}
	p.RootNamespace = r.label(spec, "rootNamespace")
	p.FanoutNamespace = r.label(spec, "fanoutNamespace")
	p.RootAdmins, p.SiteAdmins = r.subjects(spec, "rootAdmins"), r.subjects(spec, "siteAdmins")
	p.Domains, p.Solvers = r.domains(spec), r.solvers(spec)
	p.CertificateNamespaces = r.texts(spec, "certificateNamespaces")
	p.Teams = r.teams(spec)
	p.Hosts = r.hosts(spec, p.Teams)
	r.within(p)
	r.parted(p)
	for _, n := range r.list(spec, "exceptions") {
		if e, ok := r.exception(n); ok {
			p.Exceptions = append(p.Exceptions, e)
		}
	}
}

// only says whether a key has the one supported value; a missing one is noted already.
func (r *reader) only(f fields, key, want string) bool {
	if f.values[key] == nil {
		return true
	}
	have, line := r.text(f, key)
	if have != want && have != "" {
		r.at(line, "%s %q is not supported; want %s", key, have, want)
	}
	return have == want
}

// label is a filled text that is a DNS-1123 label.
func (r *reader) label(f fields, key string) string {
	s, line := r.filled(f, key)
	if s != sanitise(s) {
		r.at(line, "%s %q must be lower-case letters, digits and dashes, at most %d, as in %q", key, s, maxLabel, teamName(s))
	}
	return s
}

func (r *reader) teams(spec fields) []Team {
	var teams []Team
	lines := map[string]int{}
	for _, n := range r.list(spec, "teams") {
		f, ok := r.mapping(n, "team", []string{"name", "namespaces"}, []string{"subjects"})
		if !ok {
			continue
		}
		name := r.label(f, "name")
		if name == "" {
			continue
		}
		if first, twice := lines[name]; twice {
			r.at(f.values["name"].Line, "team %s is on line %d already; join the two", name, first)
			continue
		}
		lines[name] = f.values["name"].Line
		teams = append(teams, Team{Name: name, Namespaces: r.texts(f, "namespaces"), Subjects: r.subjects(f, "subjects")})
	}
	slices.SortFunc(teams, func(a, b Team) int { return cmp.Compare(a.Name, b.Name) })
	return teams
}

func (r *reader) exception(n *yaml.Node) (Exception, bool) {
	f, ok := r.mapping(n, "exception", []string{"rule", "object", "reason"}, []string{"offence", "expires"})
	if !ok {
		return Exception{}, false
	}
	var e Exception
	var line int
	e.Rule, e.Line = r.filled(f, "rule")
	e.Object, _ = r.filled(f, "object")
	e.What, _ = r.filled(f, "offence")
	e.Reason, _ = r.filled(f, "reason")
	e.Expires, line = r.filled(f, "expires")
	if _, err := time.Parse(time.DateOnly, e.Expires); e.Expires != "" && err != nil {
		r.at(line, "expires %q is no date; want it as 2006-01-02", e.Expires)
	}
	return e, true
}

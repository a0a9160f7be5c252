// Package assemble makes what the data plane serves from the objects of the input, step by
// step: a change of objects becomes the change of sites and endpoints that follows from it,
// and nothing else is made again. HTTPProxies and the Ingresses beside them are read by
// Contour's rules, host by host; Ingresses of ingress-nginx by that controller's rules, in
// groups of those that hang together. What is wrong, or not honoured, is a finding.
package assemble

import (
	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/catalog"
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/runtime/proxy"
	"github.com/split-ingress/split-ingress/runtime/source"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// Faults say what a wrong object costs.
type Faults uint8

// The kinds of faults.
const (
	Isolated Faults = iota // its own part of the host, which answers 503
	Contour                // what it costs under Contour v1.33
)

// Options are the facts that no object tells. The zero value is ready to use.
type Options struct {
	Faults Faults
	// IngressClasses are class names taken as ingress-nginx's where no IngressClass object
	// tells; default "nginx".
	IngressClasses []string
	// Classless takes Ingresses without any class for ingress-nginx's, and from Contour.
	Classless bool
	// ContourClasses are those of HTTPProxies and Ingresses that are read by Contour's
	// rules; none: "contour", and objects without a class.
	ContourClasses []string
	// Controller is the ConfigMap of ingress-nginx; the zero value means its defaults.
	Controller manifest.Name
	// ExternalNames resolves Services of type ExternalName: their name with the port
	// becomes an address. Else they have no endpoints, as under Contour's defaults.
	ExternalNames bool
	// Catalog knows the annotation keys of the field; nil: the one that is built in.
	Catalog *catalog.Catalog
}

// State is the input as it was told by all changes so far, with what was made of it. Its
// methods must not run at the same time.
type State struct {
	opts     Options
	objects  map[source.Ref]source.Object
	problems []source.Problem
	findings map[teller][]ledger.Finding
	all      []ledger.Finding            // all of them, as they were told last
	told     bool                        // and are as long as retold says nothing else
	retold   map[teller][]ledger.Finding // what those said before who have spoken since
	work     Work

	contourSide
	nginxSide
	known // in the form in which the interpreters look things up

	users     index[*unit] // who is made of an object
	parts     map[string]*sides
	sites     map[string]*site
	siteUsers index[string] // hosts whose site refers to an object
	endpoints endpoints
}

// contourSide is what is read by Contour's rules.
type contourSide struct {
	proxies map[manifest.Name]*contour.HTTPProxy // of our class
	roots   map[string]set[manifest.Name]        // by fqdn in lower case
	beside  map[string]set[*ingress]             // Ingresses by host, under rules or tls
	hosts   map[string]*unit
}

// Work counts what changes have cost so far.
type Work struct {
	Decoded     int // hosts, by Contour's rules
	Interpreted int // groups of Ingresses, by ingress-nginx's
	Built       int // sites
	Resolved    int // sets of endpoints
}

// Work says what all changes have cost so far.
func (s *State) Work() Work { return s.work }

// New is a state without objects. It panics if the built-in catalog was damaged when the
// program was built.
func New(o Options) *State {
	if o.Catalog == nil {
		c, err := catalog.New()
		if err != nil {
			panic("assemble: " + err.Error())
		}
		o.Catalog = c
	}
	return &State{
		opts: o, objects: map[source.Ref]source.Object{}, findings: map[teller][]ledger.Finding{}, retold: map[teller][]ledger.Finding{},
		contourSide: contourSide{
			proxies: map[manifest.Name]*contour.HTTPProxy{}, roots: map[string]set[manifest.Name]{},
			beside: map[string]set[*ingress]{}, hosts: map[string]*unit{},
		},
		nginxSide: newNginxSide(), known: newKnown(),
		users: index[*unit]{}, parts: map[string]*sides{}, sites: map[string]*site{}, siteUsers: index[string]{},
		endpoints: newEndpoints(),
	}
}

// Apply takes a change of objects and says what changes in the data plane by it: the sites
// that differ from those before, and the endpoints.
func (s *State) Apply(c source.Change) proxy.Change {
	s.told = s.told && len(s.problems)+len(c.Problems) == 0
	s.problems = c.Problems
	st := newStep()
	for _, ref := range c.Gone {
		s.put(ref, nil, st)
	}
	for i := range c.Set {
		s.put(c.Set[i].Ref, &c.Set[i], st)
	}
	s.decode(st)
	s.interpret(st)
	out := proxy.Change{Sites: map[string]*proxy.Site{}, Endpoints: map[upstream.Key][]string{}}
	s.build(st, out.Sites)
	s.resolve(st, out.Endpoints)
	s.review(st)
	return out
}

// unit is what is decoded or interpreted at once: a host, or a group of Ingresses.
type unit struct {
	host    string     // by Contour's rules
	members []*ingress // by those of ingress-nginx, oldest first; none of a host
	stale   bool       // something of what it is made of has changed
	plane   intent.PathForm
	made    []intent.Host
	uses    []source.Ref
}

// sides are what the two sides say of one host name.
type sides struct{ contour, nginx *part }

// part is one host as one side has it.
type part struct {
	host *intent.Host
	of   *unit
}

// serving is the part that answers: that of Contour's side, if it has one.
func (p *sides) serving() *part {
	switch {
	case p == nil:
		return nil
	case p.contour != nil:
		return p.contour
	}
	return p.nginx
}

// replace puts the hosts of a unit where the sites are built from, in place of those that
// it had before.
func (s *State) replace(u *unit, made []intent.Host, st *step) {
	for i := range u.made {
		s.place(u.made[i].Name, u, nil, st)
	}
	u.made = made
	for i := range u.made {
		s.place(u.made[i].Name, u, &part{&u.made[i], u}, st)
	}
}

func (s *State) place(name string, u *unit, p *part, st *step) {
	st.sites.add(name)
	at := s.parts[name]
	if at == nil {
		at = &sides{}
		s.parts[name] = at
	}
	if u.plane == intent.Normalized {
		at.contour = p
	} else {
		at.nginx = p
	}
	if *at == (sides{}) {
		delete(s.parts, name)
	}
	st.names.add(name)
}

package judge

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/guard/guardtest"
)

// question is one cell of the matrix: may somebody do this?
type question struct {
	who       subject
	verb      string
	kind      askable
	namespace string // "": all of them, or what has none
	name      string // "": no one in particular
}

func (q question) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s: %s %s in %q %s", q.who.label, q.verb, q.kind.qualified(), q.namespace, q.name))
}

// askable is a resource that is asked about.
type askable struct {
	kind        string // key of resources; "": nothing is kept of it
	group       string
	resource    string
	subresource string
	namespaced  bool
	verbs       []string
}

// qualified is the resource as tables name it.
func (a askable) qualified() string {
	name := a.resource
	if a.subresource != "" {
		name += "/" + a.subresource
	}
	return strings.TrimSuffix(name+"."+a.group, ".")
}

var everyVerb = []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}

// askables are all that the judge knows the paths of, with their subresources and special verbs.
func askables() []askable {
	more := map[string][]string{"Role": {"bind", "escalate"}, "ClusterRole": {"bind", "escalate"}, "ServiceAccount": {"impersonate"}}
	below := map[string]map[string][]string{
		"HTTPProxy":      {"status": {"get", "patch", "update"}},
		"ServiceAccount": {"token": {"create"}},
		"Pod":            {"exec": {"create", "get"}, "log": {"get"}},
		"Ingress":        {"status": {"patch", "update"}},
		"Namespace":      {"finalize": {"update"}},
	}
	var out []askable
	for _, kind := range slices.Sorted(maps.Keys(resources)) {
		path := strings.Split(strings.TrimPrefix(strings.TrimPrefix(resources[kind], "/apis/"), "/api/"), "/")
		a := askable{kind: kind, group: path[0], resource: path[len(path)-1], namespaced: slices.Contains(path, "%s"), verbs: slices.Concat(everyVerb, more[kind])}
		if a.group == "v1" {
			a.group = ""
		}
		out = append(out, a)
		for _, sub := range slices.Sorted(maps.Keys(below[kind])) {
			a.subresource, a.verbs = sub, below[kind][sub]
			out = append(out, a)
		}
	}
	for _, resource := range []string{"groups", "users"} {
		out = append(out, askable{resource: resource, verbs: []string{"impersonate"}})
	}
	return out
}

// questions are the whole matrix of a plan: everybody, every verb and resource, in every
// namespace and in all at once; HTTPProxies also by the names that the plan gives.
func questions(c guardtest.RolesCase, everybody []subject) []question {
	var out []question
	named := map[string][]string{}
	borders := guard.From(c.Plan)
	for _, m := range borders.Mounts {
		named[m.Namespace] = append(named[m.Namespace], m.Name)
	}
	for _, who := range everybody {
		for _, kind := range askables() {
			spaces := []string{""}
			if kind.namespaced || kind.kind == "Namespace" { // the API server takes a Namespace to be in itself
				spaces = append(spaces, spacesOf(c)...)
			}
			for _, ns := range spaces {
				names := []string{""}
				if kind.kind == "HTTPProxy" && ns != "" {
					names = slices.Concat(names, named[ns], []string{there})
				}
				for _, verb := range kind.verbs {
					for _, name := range names {
						out = append(out, question{who, verb, kind, ns, name})
					}
				}
			}
		}
	}
	return out
}

// unplanned is a namespace that no plan of the cases knows, and there the name of an object of
// each kind that anybody may have, in every namespace.
const (
	unplanned = "unplanned"
	there     = "there"
)

// spacesOf are the namespaces of a case, and one that is nobody's.
func spacesOf(c guardtest.RolesCase) []string {
	out := []string{c.Plan.RootNamespace, c.Plan.FanoutNamespace, unplanned}
	for _, t := range c.Plan.Teams {
		out = append(out, t.Namespaces...)
	}
	out = append(out, c.Plan.CertificateNamespaces...)
	slices.Sort(out)
	return slices.Compact(out)
}

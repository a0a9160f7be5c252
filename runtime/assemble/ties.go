package assemble

import (
	"slices"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/runtime/source"
)

// nginxSide is what is read by ingress-nginx's rules.
type nginxSide struct {
	ingresses map[manifest.Name]*ingress // of all classes
	nodes     map[node]set[*ingress]     // served ones by what they hang together by
	canaries  set[*ingress]              // served ones
	groupsNow set[*unit]
}

// node is a name of a server or of an upstream.
type node struct {
	upstream bool
	name     string
}

func hostNode(name string) node { return node{name: name} }

func newNginxSide() nginxSide {
	return nginxSide{
		ingresses: map[manifest.Name]*ingress{},
		nodes:     map[node]set[*ingress]{}, canaries: set[*ingress]{}, groupsNow: set[*unit]{},
	}
}

// admitToNginx enters an Ingress for the names that it hangs together with others by.
func (s *State) admitToNginx(r *ingress, st *step) {
	r.ties = nginx.TiesOf(r.Ingress, s.nginxOptions())
	for _, n := range r.nodes() {
		enter(s.nodes, n, r)
	}
	if r.ties.Canary && !r.ties.Dropped {
		s.canaries.add(r)
	}
	st.ingresses = append(st.ingresses, r)
	s.wildcardsChanged(r, st)
}

// dismissFromNginx takes an Ingress out of its group, which is then out of date.
func (s *State) dismissFromNginx(r *ingress, st *step) {
	if !r.nginx {
		return
	}
	for _, n := range r.nodes() {
		leave(s.nodes, n, r)
	}
	delete(s.canaries, r)
	s.wildcardsChanged(r, st)
	if u := r.unit; u != nil {
		u.stale = true
		st.units.add(u)
		r.unit = nil
	}
	r.nginx = false
}

// wildcardsChanged marks the groups that take the certificates of an Ingress's wildcard
// hosts.
func (s *State) wildcardsChanged(r *ingress, st *step) {
	for _, host := range r.ties.Hosts {
		if len(host) > 1 && host[0] == '*' {
			s.staleUnits(source.Ref{Kind: aWildcard, Name: host}, st)
		}
	}
}

// allIngresses makes every Ingress of ingress-nginx out of date: the controller's settings
// bear on all of them.
func (s *State) allIngresses(st *step) {
	for _, r := range s.sortedIngresses() {
		if r.nginx {
			s.dismissFromNginx(r, st)
			r.nginx = true
			s.admitToNginx(r, st)
		}
	}
}

func (r *ingress) nodes() []node {
	var out []node
	for _, name := range r.ties.Servers {
		out = append(out, hostNode(name))
	}
	for _, name := range r.ties.Upstreams {
		out = append(out, node{upstream: true, name: name})
	}
	return out
}

// lonely says whether a canary has a host of which no ordinary Ingress makes a server.
func (s *State) lonely(r *ingress) bool {
	return r.ties.Canary && slices.ContainsFunc(r.ties.Hosts, func(host string) bool {
		for other := range s.nodes[hostNode(host)] {
			if !other.ties.Canary && slices.Contains(other.ties.Hosts, host) {
				return false
			}
		}
		return true
	})
}

// neighbours walks from an Ingress to those that it hangs together with, over each name
// once.
func (s *State) neighbours() func(r *ingress, visit func(*ingress)) {
	walked := set[node]{}
	over := func(n node, visit func(*ingress)) {
		if walked.has(n) {
			return
		}
		walked.add(n)
		for other := range s.nodes[n] {
			visit(other)
		}
		if n != hostNode("") {
			return
		}
		for c := range s.canaries {
			if s.lonely(c) {
				visit(c)
			}
		}
	}
	return func(r *ingress, visit func(*ingress)) {
		for _, n := range r.nodes() {
			over(n, visit)
		}
		if s.lonely(r) {
			over(hostNode(""), visit)
		}
	}
}

// walk is all that hangs together with the Ingresses to begin with.
func walk(from []*ingress, next func(r *ingress, visit func(*ingress))) []*ingress {
	seen := set[*ingress]{}
	var queue []*ingress
	visit := func(r *ingress) {
		if !seen.has(r) {
			seen.add(r)
			queue = append(queue, r)
		}
	}
	for _, r := range from {
		visit(r)
	}
	for i := 0; i < len(queue); i++ {
		next(queue[i], visit)
	}
	return queue
}

// reached are the Ingresses that hang together with what has changed, or did before, oldest
// first.
func (s *State) reached(st *step) []*ingress {
	from := slices.Clone(st.ingresses)
	for u := range st.units {
		from = append(from, u.members...)
	}
	next := s.neighbours()
	all := walk(slices.DeleteFunc(from, func(r *ingress) bool { return !s.servedNow(r) }), func(r *ingress, visit func(*ingress)) {
		next(r, visit)
		if r.unit != nil {
			for _, other := range r.unit.members {
				if s.servedNow(other) {
					visit(other)
				}
			}
		}
	})
	slices.SortFunc(all, byAge)
	return all
}

// servedNow says whether an Ingress is there and served by ingress-nginx.
func (s *State) servedNow(r *ingress) bool {
	return r.nginx && s.ingresses[r.name] == r
}

// groups parts Ingresses into those that hang together, each oldest first.
func (s *State) groups(all []*ingress) [][]*ingress {
	var out [][]*ingress
	done, next := set[*ingress]{}, s.neighbours()
	for _, r := range all {
		if done.has(r) {
			continue
		}
		members := walk([]*ingress{r}, next)
		for _, m := range members {
			done.add(m)
		}
		slices.SortFunc(members, byAge)
		out = append(out, members)
	}
	return out
}

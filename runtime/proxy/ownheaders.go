package proxy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// ownHeaders are those that only whoever writes a message can set: they say where it ends
// and how its connection goes on.
var ownHeaders = []string{"connection", "content-length", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}

// withoutOwn is a host whose routes set no header of that kind, and for each route that did
// which it were. The host that is given does not change.
func withoutOwn(h *intent.Host) (*intent.Host, map[int][]string) {
	left := map[int][]string{}
	for i := range h.Routes {
		f := h.Routes[i].Forward
		if f == nil || !setsOwn(f) {
			continue
		}
		if len(left) == 0 {
			copied := *h
			copied.Routes = slices.Clone(h.Routes)
			h = &copied
		}
		own := *f
		own.Backends = slices.Clone(f.Backends)
		for _, list := range headerLists(&own) {
			*list = slices.DeleteFunc(slices.Clone(*list), func(c intent.HeaderChange) bool {
				if isOwn(c) {
					left[i] = append(left[i], c.Name)
				}
				return isOwn(c)
			})
		}
		h.Routes[i].Forward = &own
	}
	return h, left
}

func isOwn(c intent.HeaderChange) bool {
	return !c.Remove && slices.Contains(ownHeaders, strings.ToLower(c.Name))
}

func setsOwn(f *intent.Forward) bool {
	return slices.ContainsFunc(headerLists(f), func(list *[]intent.HeaderChange) bool { return slices.ContainsFunc(*list, isOwn) })
}

// headerLists are the changes of headers of a route and its backends.
func headerLists(f *intent.Forward) []*[]intent.HeaderChange {
	lists := []*[]intent.HeaderChange{&f.Request, &f.Response}
	for i := range f.Backends {
		lists = append(lists, &f.Backends[i].Request, &f.Backends[i].Response)
	}
	return lists
}

// tellOwn tells of headers that were left out.
func (c *compiler) tellOwn(s *site, left map[int][]string) {
	for i := range s.routes {
		if names := left[i]; len(names) > 0 {
			c.tell(s, &s.routes[i], fmt.Sprintf("the headers %q are not set: the data plane says itself where a message ends", names))
		}
	}
}

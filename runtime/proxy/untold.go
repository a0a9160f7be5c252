package proxy

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/policy"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// untold tells of what a route says and what nothing here goes by.
func (c *compiler) untold(s *site, r *route) {
	f := r.Forward
	if y := newRetry(f.Retry); y != nil && len(y.unknown) > 0 {
		c.tell(s, r, fmt.Sprintf("no request is sent again on %q, which is not known", y.unknown))
	}
	if b := f.Balance; b != nil && b.Strategy != "" && !slices.Contains(upstream.Strategies, b.Strategy) {
		c.tell(s, r, fmt.Sprintf("there is no balancing by %q: endpoints take turns", b.Strategy))
	}
	if err := policy.NewAffinity(f.Affinity, s.Plane).Problem(); err != nil {
		c.tell(s, r, err.Error())
	}
	if b := f.Buffering; b != nil {
		c.unbuffered(s, r, b)
	}
	if slices.ContainsFunc(slices.Concat(f.Request, f.Response), func(h intent.HeaderChange) bool { return h.On != "" }) {
		c.tell(s, r, "headers that go along with some statuses only are changed for none of them: only those of the route as such are")
	}
	if m := f.Mirror; m != nil && m.Backend != nil && len(m.Backend.Request) > 0 {
		c.tell(s, r, "copies have the headers of the request itself: those of their Service are not changed, as in Contour")
	}
	if limit := r.checks.body; f.HTTP10 && (limit == 0 || limit > measuredBody) {
		c.tell(s, r, fmt.Sprintf("HTTP/1.0 has to know the length of a body: one that comes without gets 413 beyond %d bytes", measuredBody))
	}
}

// variables tells of those that have no value here. What an authentication service is asked
// must not lack any: then it is an error.
func (c *compiler) variables(s *site, r *route) error {
	if names := unknownVariables(s.Plane, r.HTTPS, r.Policies, r.Forward, r.Redirect); len(names) > 0 {
		c.tell(s, r, fmt.Sprintf("the variables %q have no value here", names))
	}
	if r.Policies == nil {
		return nil
	}
	if names := unknownVariables(s.Plane, r.Policies.External); len(names) > 0 {
		return fmt.Errorf("external authentication: the variables %q have no value here", names)
	}
	return nil
}

// unbuffered tells of buffers that there are none of.
func (c *compiler) unbuffered(s *site, r *route, b *intent.Buffering) {
	if b.HeaderSize > upstream.MostHeader {
		c.tell(s, r, fmt.Sprintf("heads of responses may have %d bytes at most", upstream.MostHeader))
	}
	if b.Response || b.BufferCount != 0 || b.ClientBuffer != 0 {
		c.tell(s, r, "responses are passed on as they come: nothing is held back")
	}
}

// unknownVariables are the variables "var:NAME" in texts of the model that have no value on
// a plane, sorted.
func unknownVariables(plane intent.PathForm, parts ...any) []string {
	unknown := map[string]bool{}
	for _, part := range parts {
		eachText(reflect.ValueOf(part), func(text string) {
			intent.Template(text).Expand(func(name string) string {
				if name, ok := strings.CutPrefix(name, "var:"); ok && !knownVariable(name, plane) {
					unknown[name] = true
				}
				return ""
			})
		})
	}
	return slices.Sorted(maps.Keys(unknown))
}

// eachText gives every text below a value that may hold a variable.
func eachText(v reflect.Value, use func(string)) {
	switch v.Kind() {
	case reflect.String:
		if text := v.String(); strings.Contains(text, "{var:") {
			use(text)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			eachText(v.Elem(), use)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachText(v.Index(i), use)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			eachText(v.Field(i), use)
		}
	}
}

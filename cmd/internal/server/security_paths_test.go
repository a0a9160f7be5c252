package server

import (
	"fmt"
	"strings"
	"testing"
)

// confused are targets that somebody could read as one below /admin; what each plane's real
// data plane makes of them stands in the specifications of the table. An empty target: the
// open backend gets what was sent. "403" and "400": nobody gets it.
var confused = []struct{ target, envoy, nginx string }{
	{"/admin", "403", "403"},
	{"/admin/", "403", "403"},
	{"/admin?x", "403", "403"},
	{"/admin/x", "403", "403"},
	{"/adminx", "403", ""}, // a prefix of Contour's is one of the text
	{"/ADMIN", "", ""},
	{"//admin", "403", "403"},
	{"///admin//x", "403", "403"},
	{"/./admin", "403", "403"},
	{"/x/../admin", "403", "403"},
	{"/x/y/../../admin", "403", "403"},
	{"/x/..//admin", "403", "403"},
	{"/admin/../admin", "403", "403"},
	{"/%61dmin", "403", "403"},
	{"/ad%6Din", "403", "403"},
	{"/%61%64%6d%69%6e", "403", "403"},
	{"/%2e/admin", "403", "403"},
	{"/x/%2e%2e/admin", "403", "403"},
	{"/x/%2E./admin", "403", "403"},
	{"/x/.%2e/admin", "403", "403"},
	{"/%2fadmin", "", "403"}, // Envoy keeps escaped slashes, which Contour leaves at its default
	{"/%2Fadmin", "", "403"},
	{"/x%2f..%2fadmin", "", "403"},
	{"/x/..%2fadmin", "", "403"},
	{"/admin%2fx", "403", "403"},
	{"/\\admin", "403", ""}, // nginx knows no backslash on this system
	{"/x\\..\\admin", "403", ""},
	{"/x/..\\admin", "403", ""},
	{"/%5cadmin", "", ""},
	{"/x/..%5cadmin", "", ""},
	{"/x/..;/admin", "", ""},
	{"/;/admin", "", ""},
	{"/admin;x", "403", ""},
	{"/;x=y/admin", "", ""},
	{"/%00admin", "400", "400"},
	{"/admin%00", "400", "400"},
	{"/x%00/../admin", "400", "400"},
	{"/%c0%afadmin", "", ""},
	{"/%c0%ae%c0%ae/admin", "", ""},
	{"/%e0%80%afadmin", "", ""},
	{"/\xc0\xafadmin", "400", ""},
	{"/%252fadmin", "", ""},
	{"/x/%252e%252e/admin", "", ""},
	{"/%2561dmin", "", ""},
	{"/%u0061dmin", "400", "400"},
	{"/%admin", "", ""}, // %ad is an escape,
	{"/%", "400", "400"},
	{"/..", "/", "400"},
	{"/../admin", "403", "400"},
	{"/../../admin", "403", "400"},
	{"/x/../../admin", "403", "400"},
	{"/admin/..", "/", ""},
	{"/admin/../x", "/x", ""},
	{"/admin/%2e%2e/x", "/x", ""},
	{"/admin/..;/x", "403", "403"},
	{"/admin#x", "400", "403"},
	{"/x#/../admin", "400", ""},
	{"/#/../admin", "400", ""},
	{"/x?/../admin", "", ""},
	{"/?../admin", "", ""},
	{"/x/.../admin", "", ""},
	{"/.admin", "", ""},
	{"/admin.", "403", ""},
	{"/admin%20", "403", ""},
	{"/admin/.", "403", "403"},
	{"/admin%2f..%2fx", "403", ""},
	{"/%2e%2e%2fadmin", "/..%2fadmin", "400"},
	{"/x/./.././admin", "403", "403"},
}

// TestPathConfusion: the guarded backend is never reached, and the open one only with
// targets that the real data plane would pass on, too.
func TestPathConfusion(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for _, c := range confused {
		for _, plane := range planes {
			want := map[string]string{"e": c.envoy, "n": c.nginx}[plane]
			s.t = t
			status := statuses(s.wire(fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s.test\r\nConnection: close\r\n\r\n", c.target, plane)))
			got := s.saw()
			switch {
			case want == "403" || want == "400":
				if status != want || len(got) != 0 {
					t.Errorf("%s %s: status %s, upstreams saw %v; want %s", plane, c.target, status, got, want)
				}
			case len(got) != 1 || status != "200":
				t.Errorf("%s %s: status %s, upstreams saw %v", plane, c.target, status, got)
			case want == "" && got[0].target != c.target || want != "" && got[0].target != want:
				t.Errorf("%s %s: the open backend got %s, want %q", plane, c.target, got[0].target, want)
			}
		}
	}
}

// TestSpoofedAddress: an allow list goes by the connection's address, not by what a client
// says of itself.
func TestSpoofedAddress(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "X-Client-Ip", "X-Envoy-External-Address", "X-Original-Forwarded-For", "True-Client-Ip", "X-Envoy-Internal", "X-Forwarded-Client-Cert"} {
		for _, value := range []string{"203.0.113.9", "203.0.113.9, 203.0.113.9", "for=203.0.113.9", "true"} {
			for _, plane := range planes {
				for _, first := range []string{"", "Connection: close, " + name + "\r\n", "Connection: " + name + "\r\n"} {
					got := statuses(s.wire("GET /admin HTTP/1.1\r\nHost: " + plane + ".test\r\n" + first + name + ": " + value + "\r\nConnection: close\r\n\r\n"))
					if want := "403"; got != want && !(got == "400" && plane == "e" && strings.Contains(first, "X-Forwarded-For")) {
						t.Errorf("%s %s%s: %s: status %s, want %s", plane, first, name, value, got, want)
					}
				}
			}
		}
	}
	if got := s.saw(); len(got) > 0 {
		t.Errorf("upstreams saw %v", got)
	}
}

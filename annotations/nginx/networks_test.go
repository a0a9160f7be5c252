package nginx

import (
	"slices"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

// TestMappedNetworksHoldNobody: nginx compares IPv4 clients with IPv4 networks only, but in
// annotations the controller writes IPv4 networks as such.
func TestMappedNetworksHoldNobody(t *testing.T) {
	allow, deny, err := lists([]rule{{Access: snippet.Access{Allow: true, Network: "::ffff:10.0.0.0/104"}}, {Access: snippet.Access{Network: "all"}}}, false)
	if err != nil || !slices.Equal(allow, []string{"255.255.255.255/32"}) || deny != nil {
		t.Errorf("a snippet: allow %v, deny %v, %v", allow, deny, err)
	}
	got, bad := asWritten("::ffff:10.0.0.0/104, ::ffff:10.1.2.3, 2001:db8::/32, 10.0.0.1, 172.16.0.0/255.240.0.0")
	if want := []string{"10.0.0.1/32", "172.16.0.0/12", "2001:db8::/32", "255.255.255.255/32"}; !slices.Equal(got, want) || bad != "" {
		t.Errorf("a setting: %v, and %q is none", got, bad)
	}
	if got, bad := asWritten("all"); !slices.Equal(got, []string{"0.0.0.0/0", "::/0"}) || bad != "" {
		t.Errorf("all: %v, and %q is none", got, bad)
	}
	for _, none := range []string{"office", "10.0.0.0/8, office", "10.0.0.0/33", "10.0.0.0/255.0.255.0", "2001:db8::/255.0.0.0"} {
		if got, bad := asWritten(none); bad == "" {
			t.Errorf("%s: %v", none, got)
		}
	}
	if got := networks("::ffff:10.0.0.0/104, ::ffff:10.1.2.3"); !slices.Equal(got, []string{"10.0.0.0/8", "10.1.2.3/32"}) {
		t.Errorf("an annotation: %v", got)
	}
}

package ownership

import (
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

func TestDecide(t *testing.T) {
	p := &Plan{
		Teams: []Team{{Name: "site", Namespaces: []string{"site"}}, {Name: "login", Namespaces: []string{"login"}}},
		Hosts: []HostRule{
			{Host: "example.com", Claims: []Claim{
				{Path: "/login/health", Kind: Exact, Team: "sre", Namespace: "sre"},
				{Path: "/login/", Team: "login", Namespace: "login"},
				{Path: "^/old", Kind: Regex, Team: "login", Namespace: "login"},
				{Path: "/", Kind: StringPrefix, Team: "site", Namespace: "site"},
			}},
			{Host: "*.example.com", Claims: []Claim{{Path: "/a", Team: "site", Namespace: "site"}}},
		},
	}
	p.Normalize()
	tests := []struct {
		host, path string
		implicit   bool
		team       string // empty: nobody
		namespaces int    // of the team; none for one that the plan does not list
	}{
		{"example.com", "segment /login", false, "login", 1},
		{"example.com", "exact /login/health", false, "sre", 0},
		{"example.com", "segment /login/health", false, "login", 1},
		{"example.com", "segment /loginfoo", false, "site", 1},
		{"example.com", "regex-fold ^/old", false, "login", 1},
		{"example.com", "regex-fold ^/other[", false, "site", 1},
		{"example.com", "segment /", true, "", 0},
		{"*.example.com", "exact /a/b", false, "site", 1},
		{"*.example.com", "segment /", false, "", 0},
		{"", "segment /", false, "", 0},
	}
	for _, tt := range tests {
		r := intent.Route{Respond: &intent.Respond{Status: 404, Implicit: tt.implicit}}
		if err := r.Match.Path.UnmarshalText([]byte(tt.path)); err != nil {
			t.Fatal(err)
		}
		d, ok := p.Decide(tt.host, r)
		if ok != (tt.team != "") || d.Team.Name != tt.team || d.Claim.Team != tt.team || len(d.Team.Namespaces) != tt.namespaces {
			t.Errorf("%q %s: have %v %+v, want %q", tt.host, tt.path, ok, d, tt.team)
		}
	}
}

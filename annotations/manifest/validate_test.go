package manifest

import "testing"

func TestHosts(t *testing.T) {
	for host, want := range map[string]bool{
		"example.com": true, "*.example.com": true, "a": true, "1a.b-c": true, "a.b.1": true,
		"": false, "A.com": false, "a_b.com": false, "-a.com": false, "a..b": false, "a.com.": false, "*": false, "*.*.com": false,
		"10.0.0.1": false, "a.*.com": false, "::1": false, "a.com:80": false, "x/": false,
	} {
		what, action := hostFault(host)
		if (what == "") != want || (action == "") != want {
			t.Errorf("%q: %q, %q", host, what, action)
		}
	}
}

func TestNames(t *testing.T) {
	tests := []struct {
		check     func(string) bool
		text      string
		want      bool
		whatCheck string
	}{
		{isPortName, "http", true, "port"}, {isPortName, "80", false, "port"}, {isPortName, "a--b", false, "port"}, {isPortName, "a234567890123456", false, "port"},
		{isQualifiedName, "example.com/A_b.c", true, "key"}, {isQualifiedName, "a", true, "key"}, {isQualifiedName, "/a", false, "key"},
		{isQualifiedName, "a/", false, "key"}, {isQualifiedName, "a/b/c", false, "key"}, {isQualifiedName, "a b", false, "key"},
		{isLabelValue, "", true, "value"}, {isLabelValue, "-a", false, "value"}, {isLabelValue, "a-", false, "value"},
	}
	for _, test := range tests {
		if got := test.check(test.text); got != test.want {
			t.Errorf("%s %q: %t", test.whatCheck, test.text, got)
		}
	}
}

func TestPaths(t *testing.T) {
	tests := []struct {
		path, pathType string
		ok             bool
	}{
		{"/a", "Exact", true}, {"", "Exact", false}, {"a", "Prefix", false}, {"/a//b", "Prefix", false}, {"/a/..", "Prefix", false}, {"/a%2Fb", "Exact", false},
		{"/a//b", "ImplementationSpecific", true}, {"", "", true}, {"a", "", false}, {"^/a", "ImplementationSpecific", false},
	}
	for _, test := range tests {
		if got := pathFault(test.path, test.pathType); (got == "") != test.ok {
			t.Errorf("%q %s: %q", test.path, test.pathType, got)
		}
	}
}

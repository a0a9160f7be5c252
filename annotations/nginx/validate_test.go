package nginx

import "testing"

func TestValidate(t *testing.T) {
	tests := []struct {
		key, value string
		valid      bool
	}{
		{"use-regex", "True", true},
		{"use-regex", "1", true},
		{"use-regex", "t", true},
		{"use-regex", "yes", false},
		{"use-regex", " true", false},
		{"canary-weight", "-5", true},
		{"canary-weight", "10%", false},
		{"proxy-read-timeout", "1s", false},
		{"rewrite-target", "/$1", true},
		{"rewrite-target", "/a?b", false},
		{"rewrite-target", "/a b", false},
		{"rewrite-target", "/a;", false},
		{"rewrite-target", "/a\n", false},
		{"rewrite-target", "  ", false},
		{"x-forwarded-prefix", "/a b", true},
		{"x-forwarded-prefix", "  ", false},
		{"permanent-redirect", "https://o.t/x?y=z", true},
		{"permanent-redirect", "https://o.t$request_uri", false},
		{"permanent-redirect", "o.t", true},
		{"permanent-redirect", "http://x.t/{}", false},
		{"auth-type", "xbasicx", true},
		{"auth-type", "bearer", false},
		{"auth-url", "http://a.t/x y", true},
		{"auth-realm", "  ", false},
		{"auth-realm", "My realm", true},
		{"custom-http-errors", "401, 404", true},
		{"custom-http-errors", "404404", true},
		{"custom-http-errors", "302", false},
		{"backend-protocol", "https", true},
		{"backend-protocol", "GRPC", true},
		{"backend-protocol", "h2c", false},
		{"affinity", "Cookie", false},
		{"affinity", "cookie ", true},
		{"session-cookie-samesite", "LAX", true},
		{"allowlist-source-range", "10.0.0.0/8, 192.168.0.1,::1", true},
		{"allowlist-source-range", "10.0.0.0/33", false},
		{"allowlist-source-range", "10.0.0.1,", false},
		{"whitelist-source-range", "any", false},
		{"server-alias", "a.t, *.b.t,~^c\\d+$", true},
		{"server-alias", "a.t,", true},
		{"server-alias", "a b.t", false},
		{"server-alias", "a_b.t", true},
		{"server-alias", "a%.t", false},
		{"upstream-vhost", "$host.x", true},
		{"mirror-target", "http://m.t$request_uri", true},
		{"mirror-target", "http://m.t/a b", false},
		{"auth-tls-match-cn", "CN=^(a|b)$", true},
		{"auth-tls-match-cn", "CN=(", false},
		{"auth-tls-match-cn", "a", false},
		{"default-backend", "err-pages", true},
		{"default-backend", "Err", false},
		{"default-backend", "1err", false},
		{"default-backend", "a-very-long-name-of-a-service-that-has-more-than-sixty-three-letters", false},
		{"proxy-body-size", "8M", true},
		{"proxy-body-size", "8 m", true},
		{"proxy-body-size", "8mb", false},
		{"cors-allow-origin", "https://*.a.t:8080, null", true},
		{"cors-allow-origin", "a/b", false},
	}
	for _, tt := range tests {
		rule, ok := RuleFor(tt.key)
		if !ok {
			t.Fatalf("%s: no rule", tt.key)
		}
		err := rule.Validate(tt.value)
		if (err == nil) != tt.valid {
			t.Errorf("%s: %q: %v, want valid %v", tt.key, tt.value, err, tt.valid)
		}
	}
}

// FuzzValidate holds that no value makes a validator panic, and that none of blanks is valid.
func FuzzValidate(f *testing.F) {
	for _, seed := range []string{" ", "true", "CN=[", "10.0.0.0/8,", "a\nb", "~^(", "\xff"} {
		f.Add(seed)
	}
	rules := Rules()
	f.Fuzz(func(t *testing.T, value string) {
		for _, r := range rules {
			if r.Validate == nil || value == "" {
				continue
			}
			if err := r.Validate(value); err != nil && err.Error() == "" {
				t.Errorf("%s: %q: an error without words", r.Key, value)
			}
			if r.Validate(" \t") == nil {
				t.Errorf("%s: a value of blanks is valid", r.Key)
			}
		}
	})
}

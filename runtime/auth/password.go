package auth

import (
	"crypto/subtle"
	"strconv"
	"strings"

	"github.com/tg123/go-htpasswd"
	"golang.org/x/crypto/bcrypt"
)

// secret is what a password is compared with.
type secret struct {
	hash    string // as it stands in the file
	matches func(password string) bool
	cost    int // comparable among secrets; below slow a comparison takes microseconds
}

const slow = 1000

// What a comparison may take at most: a hash with more is one that no password matches.
const (
	maxBcryptCost = 16        // about four seconds
	maxRounds     = 9_999_999 // of SHA-crypt, as in musl
	maxSHACrypt   = 256       // bytes of a password for SHA-crypt, as in musl
)

// readSecret knows the forms that nginx's own code and the C library of its image know, but
// for the DES ones: $apr1$, {PLAIN}, {SSHA}, {SHA}, $1$, $2a$, $2b$, $2x$, $2y$, $5$ and $6$.
// A password without any form is a hash that nothing matches, as in nginx.
func readSecret(hash string) secret {
	s := secret{hash: hash}
	switch {
	case strings.HasPrefix(hash, "{PLAIN}"):
		want := []byte(hash[len("{PLAIN}"):])
		s.matches = func(password string) bool { return subtle.ConstantTimeCompare([]byte(password), want) == 1 }
	case strings.HasPrefix(hash, "{SSHA}"):
		s.matches = accepted(htpasswd.AcceptSsha(hash))
	case strings.HasPrefix(hash, "{SHA}"):
		s.matches = accepted(htpasswd.AcceptSha(hash))
	case strings.HasPrefix(hash, "$apr1$"), strings.HasPrefix(hash, "$1$"):
		s.matches, s.cost = accepted(htpasswd.AcceptMd5(hash)), slow
	case strings.HasPrefix(hash, "$2"):
		if cost, err := bcrypt.Cost([]byte(hash)); err == nil && cost <= maxBcryptCost {
			s.matches, s.cost = accepted(htpasswd.AcceptBcrypt(hash)), slow<<cost
		}
	case strings.HasPrefix(hash, "$5$"), strings.HasPrefix(hash, "$6$"):
		if n := rounds(hash); n <= maxRounds {
			s.matches, s.cost = short(accepted(htpasswd.AcceptCryptSha(hash))), slow+n
		}
	}
	return s
}

// accepted drops the error of a parser: its text holds the hash.
func accepted(p htpasswd.EncodedPasswd, err error) func(string) bool {
	if err != nil || p == nil {
		return nil
	}
	return p.MatchesPassword
}

// short refuses passwords that are too long for SHA-crypt, whose cost grows with them.
func short(matches func(string) bool) func(string) bool {
	if matches == nil {
		return nil
	}
	return func(password string) bool { return len(password) <= maxSHACrypt && matches(password) }
}

// rounds of a SHA-crypt hash; those that cannot be read are too many.
func rounds(hash string) int {
	given, ok := strings.CutPrefix(hash[len("$5$"):], "rounds=")
	if !ok {
		return 5000
	}
	number, _, _ := strings.Cut(given, "$")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 {
		return maxRounds + 1
	}
	return n
}

// usable says whether any password can match.
func (s secret) usable() bool { return s.matches != nil }

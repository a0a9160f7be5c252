package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"runtime"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// maxProven is how many passwords a Basic remembers as right.
const maxProven = 1024

// Hashing bounds how many passwords are hashed at once, so that a flood of wrong ones takes
// some of the processors and not all: who comes later waits, those whose password was right
// before do not. Every Basic of a data plane should share one.
type Hashing chan struct{}

// NewHashing allows n hashes at once; 0 is half of the processors, but at least one.
func NewHashing(n int) Hashing {
	if n <= 0 {
		n = max(1, runtime.GOMAXPROCS(0)/2)
	}
	return make(Hashing, n)
}

// Basic asks for a name and a password.
type Basic struct {
	digest    *digest // instead of all that follows
	challenge string
	users     users
	decoy     secret // compared with for users that do not exist
	proven    *lru[struct{}]
	key       []byte // of the stamps in proven; nobody else has it
	hashing   Hashing
}

// NewBasic compiles a policy with the data of its Secret: the key "auth" is an htpasswd file,
// with Digest an htdigest file, or with Map every key is a user and its value the rest of the
// line. Nil data is a missing Secret. The error is a *SecretError, or wraps ErrNotHonoured.
// Without a hashing the Basic has its own.
func NewBasic(b *intent.BasicAuth, data map[string][]byte, hashing ...Hashing) (*Basic, error) {
	if data == nil {
		return nil, &SecretError{b.Secret, "it does not exist"}
	}
	auth, ok := data["auth"]
	file := string(auth)
	if b.Map {
		file, ok = mapped(data), true
	}
	if !ok {
		return nil, &SecretError{b.Secret, `it has no key "auth"`}
	}
	if b.Digest {
		d, err := newDigest(b, file)
		if err != nil {
			return nil, err
		}
		return &Basic{digest: d}, nil
	}
	all := readFile(file)
	x := &Basic{
		challenge: `Basic realm="` + quoted(b.Realm) + `"`,
		users:     all, decoy: all.costliest(),
		proven: newLRU[struct{}](maxProven), key: newKey(),
	}
	if len(hashing) > 0 {
		x.hashing = hashing[0]
	} else {
		x.hashing = NewHashing(0)
	}
	return x, nil
}

// Unusable is the number of users that no password lets in, since their hash has no form
// that is known: they are worth a finding.
func (b *Basic) Unusable() (n int) {
	for _, s := range b.users {
		if !s.usable() {
			n++
		}
	}
	return n
}

// Check lets the request of a known user with the right password through, without its
// Authorization header. It waits while too many passwords are hashed; a request that ends
// meanwhile is refused with 503.
func (b *Basic) Check(r *http.Request) Verdict { return b.CheckOf(address(r.RemoteAddr), r) }

// CheckOf is Check for a client of an address, which is another one than that of the
// connection where trusted proxies say so: a digest counts its failures.
func (b *Basic) CheckOf(client string, r *http.Request) Verdict {
	if b.digest != nil {
		return b.digest.check(client, r)
	}
	user, password, ok := credentials(r)
	if !ok {
		return b.refusal()
	}
	right, err := b.right(r.Context(), user, password)
	switch {
	case err != nil:
		return Verdict{Status: http.StatusServiceUnavailable, Err: fmt.Errorf("waiting to compare a password: %w", err)}
	case !right:
		return b.refusal()
	}
	return Verdict{Allowed: true, User: user, Upstream: b.Skipped()}
}

// Skipped are the edits of a request that gets through without a question, because another
// check was enough: nginx takes the Authorization header away all the same.
func (b *Basic) Skipped() []HeaderEdit { return []HeaderEdit{{Name: "Authorization", Op: Remove}} }

func (b *Basic) refusal() Verdict {
	return Verdict{Status: http.StatusUnauthorized, Header: http.Header{"Www-Authenticate": {b.challenge}}}
}

// right says whether the password is the user's. For a user that does not exist it does the
// work of the costliest one that does.
func (b *Basic) right(ctx context.Context, user, password string) (bool, error) {
	s, known := b.users[user]
	if !known || !s.usable() {
		s, known = b.decoy, false
	}
	if !s.usable() {
		return false, nil
	}
	if s.cost < slow {
		return s.matches(password) && known, nil
	}
	k := b.stamp(user, s.hash, password)
	if _, ok := b.proven.get(k); ok && known {
		return true, nil
	}
	select {
	case b.hashing <- struct{}{}:
		defer func() { <-b.hashing }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	// Somebody before in the queue may have brought the same password.
	if _, ok := b.proven.get(k); ok && known {
		return true, nil
	}
	if !s.matches(password) || !known {
		return false, nil
	}
	b.proven.put(k, struct{}{})
	return true, nil
}

// stamp stands for a user with a password in proven.
func (b *Basic) stamp(parts ...string) (k key) {
	mac := hmac.New(sha256.New, b.key)
	for _, p := range parts {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		mac.Write([]byte(p))
	}
	mac.Sum(k[:0])
	return k
}

// quoted is a text as it stands in a quoted string (RFC 9110, 5.6.4). nginx writes it as it
// is, and ingress-nginx lets no realm through for which that is another text.
func quoted(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c < ' ' || c == 0x7f:
			continue
		case c == '"' || c == '\\':
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

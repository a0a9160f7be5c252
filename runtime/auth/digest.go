package auth

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// What the digest module of ingress-nginx's image does when nothing else is configured.
const (
	maxReplays  = 20              // counts of a nonce, with 0 that no client uses
	maxFailures = 5               // of one address, until it is not listened to
	evasion     = 5 * time.Minute // how long it is not, after its last failure
)

// digest asks for a proof that the client knows a password (RFC 7616 with MD5 and qop=auth).
type digest struct {
	realm  string
	ha1    map[string]string // MD5 of user, realm and password, by user
	nonces *nonces
	now    func() time.Time

	mu     sync.Mutex
	failed *lru[failures] // by the client's address
}

type failures struct {
	count int
	until time.Time
}

// newDigest reads the lines "user:realm:MD5" of an htdigest file.
func newDigest(b *intent.BasicAuth, file string) (*digest, error) {
	if b.Realm == "" {
		return nil, fmt.Errorf("digest authentication with Secret %s: nginx asks nobody where there is no realm: %w", b.Secret, ErrNotHonoured)
	}
	d := &digest{realm: b.Realm, ha1: map[string]string{}, nonces: newNonces(), now: time.Now, failed: newLRU[failures](4096)}
	for line := range strings.Lines(file) {
		parts := strings.Split(strings.TrimRight(line, "\r\n"), ":")
		if len(parts) < 3 || parts[0] == "" || parts[1] != b.Realm || strings.Contains(line, "#") {
			continue
		}
		if raw, err := hex.DecodeString(parts[2]); err != nil || len(raw) != md5.Size {
			continue
		}
		if _, twice := d.ha1[parts[0]]; !twice {
			d.ha1[parts[0]] = parts[2]
		}
	}
	return d, nil
}

// check is Basic's for a digest.
func (d *digest) check(client string, r *http.Request) Verdict {
	peer := key(sha256.Sum256([]byte(client)))
	if d.evades(peer) {
		return Verdict{Status: http.StatusUnauthorized, Header: http.Header{}}
	}
	p, ok := readProof(r)
	if !ok || p.realm != d.realm {
		return d.challenge(false)
	}
	right, stale := d.right(r, p)
	d.count(peer, right)
	if !right {
		return d.challenge(stale)
	}
	info := fmt.Sprintf(`qop="auth", rspauth="%s", cnonce="%s", nc=%s`, p.response("", d.ha1[p.user]), quoted(p.cnonce), p.nc)
	return Verdict{
		Allowed: true, User: p.user,
		Upstream: []HeaderEdit{{Name: "Authorization", Op: Remove}},
		Client:   []HeaderEdit{{Name: "Authentication-Info", Value: info, Op: Append}},
	}
}

// right says whether a proof is one of the user's password for this request, and was not
// given before. A stale one is of the right password with a nonce that cannot be used.
func (d *digest) right(r *http.Request, p proof) (right, stale bool) {
	ha1, known := d.ha1[p.user]
	if !known {
		ha1 = strings.Repeat("0", 2*md5.Size)
	}
	same := subtle.ConstantTimeCompare([]byte(p.response(r.Method, ha1)), []byte(p.given)) == 1
	if !same || !known || !meant(p.uri, target(r)) {
		return false, false
	}
	count, err := strconv.ParseUint(p.nc, 16, 32)
	if err != nil || count == 0 {
		return false, false
	}
	if count >= maxReplays {
		return false, true
	}
	return d.nonces.use(p.nonce, uint(count), d.now())
}

// challenge is a refusal with a new nonce.
func (d *digest) challenge(stale bool) Verdict {
	ask := fmt.Sprintf(`Digest algorithm="MD5", qop="auth", realm="%s", nonce="%s"`, quoted(d.realm), d.nonces.next(d.now()))
	if stale {
		ask += `, stale="true"`
	}
	return Verdict{Status: http.StatusUnauthorized, Header: http.Header{"Www-Authenticate": {ask}}}
}

// evades says whether an address failed so often that it is not listened to.
func (d *digest) evades(peer key) bool {
	f, ok := d.failed.get(peer)
	return ok && f.count >= maxFailures && d.now().Before(f.until)
}

// count notes how a proof of an address turned out.
func (d *digest) count(peer key, right bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if right {
		d.failed.drop(peer)
		return
	}
	now := d.now()
	f, ok := d.failed.get(peer)
	if !ok || now.After(f.until) {
		f.count = 0
	}
	d.failed.put(peer, failures{f.count + 1, now.Add(evasion)})
}

// meant says whether a proof for uri is one for the target of the request: some clients
// leave the query out, and nginx lets them.
func meant(uri, target string) bool {
	rest, ok := strings.CutPrefix(target, uri)
	return ok && uri != "" && (rest == "" || rest[0] == '?')
}

// target is path and query as sent.
func target(r *http.Request) string {
	t := r.RequestURI
	if t == "" {
		return r.URL.RequestURI()
	}
	if _, after, absolute := strings.Cut(t, "://"); absolute && t[0] != '/' {
		t = after[strings.IndexAny(after+"/", "/?"):]
	}
	return t
}

func address(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}

package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync"
	"time"
)

// How long nonces are good, as in the digest module of ingress-nginx's image.
const (
	untilUsed = 60 * time.Second // from when it is given out until its first use
	afterUse  = 10 * time.Second // from its first use on
	maxNonces = 16384            // in use at once
)

// nonces gives out nonces and lets each count of one be used once. A nonce carries the proof
// that it was given out, so only those that somebody with the right password has used take
// memory; when there are too many of them, new ones are stale at once.
type nonces struct {
	key []byte

	mu     sync.Mutex
	used   map[string]*usedNonce
	pruned time.Time
}

type usedNonce struct {
	expires time.Time
	counts  uint32 // a bit for each
}

func newNonces() *nonces { return &nonces{key: newKey(), used: map[string]*usedNonce{}} }

// newKey is a key that nobody else has.
func newKey() []byte {
	k := make([]byte, 32)
	fill(k)
	return k
}

// fill writes chance; package crypto/rand promises that it never fails.
func fill(b []byte) { _, _ = rand.Read(b) }

// The parts of a nonce in bytes: time, chance, proof.
const (
	nonceBody = 16
	nonceSize = nonceBody + 16
)

// next is a new nonce.
func (n *nonces) next(now time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(now.UnixNano()))
	b = append(b, make([]byte, nonceBody-len(b))...)
	fill(b[8:nonceBody])
	return hex.EncodeToString(n.sign(b))
}

func (n *nonces) sign(body []byte) []byte {
	mac := hmac.New(sha256.New, n.key)
	mac.Write(body)
	return append(body[:nonceBody:nonceBody], mac.Sum(nil)[:nonceSize-nonceBody]...)
}

// issued is when a nonce was given out; false: it never was.
func (n *nonces) issued(nonce string) (time.Time, bool) {
	raw, err := hex.DecodeString(nonce)
	if err != nil || len(raw) != nonceSize || !hmac.Equal(n.sign(raw[:nonceBody]), raw) {
		return time.Time{}, false
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(raw))), true
}

// use takes a count of a nonce, below 32. It is stale if it was given out, but is over.
func (n *nonces) use(nonce string, count uint, now time.Time) (ok, stale bool) {
	issued, ok := n.issued(nonce)
	if !ok {
		return false, false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	u := n.used[nonce]
	if u == nil {
		if now.Sub(issued) >= untilUsed || !n.room(now) {
			return false, true
		}
		u = &usedNonce{expires: now.Add(afterUse)}
		n.used[nonce] = u
	}
	if !now.Before(u.expires) {
		return false, true
	}
	if u.counts&(1<<count) != 0 {
		return false, false
	}
	u.counts |= 1 << count
	return true, false
}

// room makes place for one more nonce, by forgetting those that are over for good: before
// that they could be used a first time again.
func (n *nonces) room(now time.Time) bool {
	if len(n.used) < maxNonces/2 || now.Sub(n.pruned) < time.Second {
		return len(n.used) < maxNonces
	}
	n.pruned = now
	for nonce, u := range n.used {
		if now.Sub(u.expires) >= untilUsed {
			delete(n.used, nonce)
		}
	}
	return len(n.used) < maxNonces
}

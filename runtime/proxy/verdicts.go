package proxy

import (
	"crypto/sha256"
	"crypto/x509"
	"sync"
	"time"
)

const (
	mostVerdicts = 4096        // client certificates of one site
	verdictHolds = time.Minute // before the dates are looked at again
)

// verdicts remembers what was found about certificates. The zero value is empty.
type verdicts struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]verdict
}

type verdict struct {
	err   error
	until time.Time
}

// get is the verdict on a chain, asked for anew where none holds.
func (v *verdicts) get(chain []*x509.Certificate, now time.Time, verify func() error) error {
	h := sha256.New()
	for _, c := range chain {
		h.Write(c.Raw)
	}
	key := [sha256.Size]byte(h.Sum(nil))
	v.mu.Lock()
	found, ok := v.known[key]
	v.mu.Unlock()
	if ok && now.Before(found.until) {
		return found.err
	}
	err := verify()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.known == nil || len(v.known) >= mostVerdicts {
		v.known = map[[sha256.Size]byte]verdict{}
	}
	v.known[key] = verdict{err, now.Add(verdictHolds)}
	return err
}

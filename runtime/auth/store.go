package auth

import (
	"crypto/sha256"
	"fmt"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/kept"
)

// Store keeps what checks have found out when they are compiled again: passwords that are
// right, nonces and failures of digests, answers of services. It goes with the last check
// that refers to it.
type Store struct {
	basics  kept.Things[key, Basic]
	answers kept.Things[key, answers]
}

// NewStore is empty.
func NewStore() *Store {
	return &Store{kept.New[key, Basic](), kept.New[key, answers]()}
}

// identity is a digest of values that print alike only if they are.
func identity(parts ...any) key {
	h := sha256.New()
	for _, p := range parts {
		text := fmt.Sprintf("%#v", p)
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	return key(h.Sum(nil))
}

// Basic is NewBasic, but the same one for the same policy and data as long as it is in use.
func (s *Store) Basic(b *intent.BasicAuth, data map[string][]byte, hashing Hashing) (*Basic, error) {
	fresh, err := NewBasic(b, data, hashing)
	if err != nil {
		return nil, err
	}
	return s.basics.Get(identity(*b, data), func() *Basic { return fresh }), nil
}

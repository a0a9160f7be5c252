package policy

import (
	"math/bits"
	"net/http"
	"net/netip"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Hash is the number that a request's endpoint is chosen by, made of parts in their order as
// Envoy puts its hash policies together; false if no part is in the request. The address is
// the client's. The number is the same in every process.
func Hash(parts []intent.HashPart, r *http.Request, addr netip.Addr) (hash uint64, ok bool) {
	for i := range parts {
		one, found := hashPart(&parts[i], r, addr)
		if !found {
			continue
		}
		hash, ok = bits.RotateLeft64(hash, 1)^one, true
		if parts[i].Terminal {
			break
		}
	}
	return hash, ok
}

func hashPart(p *intent.HashPart, r *http.Request, addr netip.Addr) (hash uint64, ok bool) {
	switch {
	case p.Header != "":
		return hashHeader(p.Header, r)
	case p.Query != "":
		value, ok := argument(r.URL.RawQuery, p.Query)
		return HashText(value), ok
	case p.Source && addr.IsValid():
		a := plain(addr).As16()
		h := basis
		for _, c := range a {
			h = (h ^ uint64(c)) * prime
		}
		return mix(h), true
	}
	return 0, false
}

// hashHeader takes all values of a header, in any order. Envoy's pseudo header ":authority"
// and Host are one.
func hashHeader(name string, r *http.Request) (hash uint64, ok bool) {
	if name == ":authority" || strings.EqualFold(name, "Host") {
		return HashText(r.Host), r.Host != ""
	}
	values := r.Header[http.CanonicalHeaderKey(name)]
	for _, v := range values {
		hash += HashText(v)
	}
	return hash, len(values) > 0
}

// argument is the first value of an argument of the query, as it stands there.
func argument(query, name string) (value string, ok bool) {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if key, value, _ := strings.Cut(pair, "="); key == name {
			return value, true
		}
	}
	return "", false
}

// Parameters of FNV-1a with 64 bits.
const (
	basis uint64 = 14695981039346656037
	prime uint64 = 1099511628211
)

// HashText is the number that stands for a text: FNV-1a, with its bits mixed so that similar
// texts lie far apart. It is the same in every process.
func HashText(s string) uint64 {
	h := basis
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return mix(h)
}

// mix spreads the bits (the finaliser of MurmurHash3).
func mix(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

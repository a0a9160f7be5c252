package policy

import "math/rand/v2"

const hexDigits = "0123456789abcdef"

// random is where ids come from: Arrival.ID, or the runtime's own generator, which is
// seeded by the system. An id names a request in logs; it is no secret.
func (a *Arrival) random() (high, low uint64) {
	if a.ID != nil {
		return a.ID()
	}
	return rand.Uint64(), rand.Uint64()
}

// nginxID is 32 hex digits, as in nginx's $request_id.
func (a *Arrival) nginxID() string {
	high, low := a.random()
	var id [32]byte
	hexInto(id[:16], high)
	hexInto(id[16:], low)
	return string(id[:])
}

// envoyID is a UUID of version 4.
func (a *Arrival) envoyID() string {
	high, low := a.random()
	high = high&^0xf000 | 0x4000
	low = low&^(3<<62) | 2<<62
	var digits [32]byte
	hexInto(digits[:16], high)
	hexInto(digits[16:], low)
	var id [36]byte
	to := id[:0]
	for i, c := range digits {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			to = append(to, '-')
		}
		to = append(to, c)
	}
	return string(to)
}

// hexInto writes the last digits of v.
func hexInto(to []byte, v uint64) {
	for i := len(to) - 1; i >= 0; i-- {
		to[i] = hexDigits[v&15]
		v >>= 4
	}
}

package policy

// requests counts the requests of each client as nginx's limit_req with nodelay does: a
// bucket that leaks at the rate and holds the burst, in 1/1000 requests. A client that was
// pushed out of the table by newer ones starts anew.
type requests struct {
	second, minute int64 // rates: 1/1000 requests a second; 0 is none
	clients        *table[leaky]
}

// leaky is one client's: how far it is beyond the rates, and when that was (milliseconds).
type leaky struct {
	second, minute int64
	last           int64
}

// maxRate keeps rate times time within 64 bits.
const maxRate = 1e9

// newRequests takes the rates a second and a minute; nginx rounds the latter down to
// 1/1000 requests a second.
func newRequests(r rates) *requests {
	out := &requests{second: min(int64(r.second)*1000, maxRate), clients: newTable[leaky]()}
	if r.minute > 0 {
		out.minute = min(max(int64(r.minute)*1000/60, 1), maxRate)
	}
	return out
}

// take counts a request at a time (milliseconds) unless it goes beyond a burst.
func (q *requests) take(key address, now, burstSecond, burstMinute int64) bool {
	s := q.clients.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(key)
	if i == none {
		i = s.add(key) // never none, as no slot is held
		s.slots[i].value = leaky{last: now}
		s.letGo(i)
		return true
	}
	s.hold(i)
	s.letGo(i)
	c := &s.slots[i].value
	passed := c.since(now)
	second, ok := leak(c.second, q.second, passed, burstSecond)
	minute, also := leak(c.minute, q.minute, passed, burstMinute)
	if !ok || !also {
		return false
	}
	c.second, c.minute = second, minute
	if passed > 0 {
		c.last = now
	}
	return true
}

// leak is what a bucket holds with one request more, and whether that is within the burst.
func leak(held, rate, passed, burst int64) (int64, bool) {
	if rate == 0 {
		return 0, true
	}
	held = max(held-rate*passed/1000+1000, 0)
	return held, held <= burst
}

// since is the time that passed, in milliseconds. A clock that was set back by a little has
// stood still; by more than a minute, it goes on from there.
func (c *leaky) since(now int64) int64 {
	passed := now - c.last
	if passed < -60_000 {
		c.last = now
	}
	return min(max(passed, 0), 1e9)
}

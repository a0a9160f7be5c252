package policy

// connections counts the requests of each client that are under way, as nginx's limit_conn
// does. A client with none of them may be forgotten; if the table is full of others, further
// clients are refused.
type connections struct{ clients *table[open] }

// open is one client's: how many there are, and what takes one of them away.
type open struct {
	count int32
	leave func()
}

func newConnections() *connections { return &connections{newTable[open]()} }

// enter counts one more, unless there are already as many as may be.
func (c *connections) enter(key address, most int32) (leave func(), ok bool) {
	s := c.clients.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(key)
	known := i != none
	if !known {
		if i = s.add(key); i == none {
			return leaveNothing, false
		}
	}
	v := &s.slots[i].value
	if v.count >= most {
		return leaveNothing, false
	}
	if known && v.count == 0 {
		s.hold(i)
	}
	if v.leave == nil {
		v.leave = func() { leaveSlot(s, i) }
	}
	v.count++
	return v.leave, true
}

// leaveSlot takes one away. A slot is its client's as long as one is left.
func leaveSlot(s *shard[open], i int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slots[i].value.count--; s.slots[i].value.count == 0 {
		s.letGo(i)
	}
}

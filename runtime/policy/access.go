package policy

import (
	"fmt"
	"net/netip"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Access is an intent.Access ready to be asked. A nil one lets everybody in.
type Access struct {
	allow, deny             addresses
	allowRemote, denyRemote addresses
	limited                 bool // somebody is allowed by name, so others are not
}

// NewAccess compiles the lists. A nil policy gives a nil Access; a list with an entry that
// is no network gives an error that names it, and no Access.
func NewAccess(a *intent.Access) (*Access, error) {
	if a == nil {
		return nil, nil
	}
	out := &Access{limited: len(a.Allow)+len(a.AllowRemote) > 0}
	for _, l := range []struct {
		name string
		from []string
		to   *addresses
	}{
		{"allow", a.Allow, &out.allow}, {"deny", a.Deny, &out.deny},
		{"allow-remote", a.AllowRemote, &out.allowRemote}, {"deny-remote", a.DenyRemote, &out.denyRemote},
	} {
		set, err := parseAddresses(l.from)
		if err != nil {
			return nil, fmt.Errorf("access list %s: %w", l.name, err)
		}
		*l.to = set
	}
	return out, nil
}

// Allows says whether a client comes in: not on a deny list, and on an allow list if there
// is one. The peer is the other end of the connection, the remote address what trusted
// proxies in front say (ClientAddress); one of the two on its allow list is enough, as in
// Envoy's role based access control. An address that is not valid is on every deny list.
func (a *Access) Allows(peer, remote netip.Addr) bool {
	allowed, _ := a.Judge(peer, remote)
	return allowed
}

// Judge is Allows, and says whether a list names the client: one that comes in because no
// list says anything of it is not known.
func (a *Access) Judge(peer, remote netip.Addr) (allowed, known bool) {
	if a == nil {
		return true, false
	}
	peer, remote = plain(peer), plain(remote)
	if refused(a.deny, peer) || refused(a.denyRemote, remote) {
		return false, true
	}
	return !a.limited || a.allow.has(peer) || a.allowRemote.has(remote), a.limited
}

func refused(deny addresses, a netip.Addr) bool {
	return len(deny) > 0 && (!a.IsValid() || deny.has(a))
}

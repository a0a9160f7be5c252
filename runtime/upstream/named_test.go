package upstream

import (
	"net"
	"net/netip"
	"testing"
)

func TestInside(t *testing.T) {
	for text, want := range map[string]bool{
		"127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true, "169.254.169.254": true, "fe80::1": true,
		"fe80::1%eth0": true, "224.0.0.1": true, "ff02::1": true, "0.0.0.0": true, "::": true,
		"10.0.0.1": false, "192.0.2.1": false, "2001:db8::1": false, "::ffff:10.0.0.1": false,
	} {
		if got := Inside(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// TestNamesLeadOutside: a name that leads to this machine is not connected to, an address is.
func TestNamesLeadOutside(t *testing.T) {
	address := answer(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	name := net.JoinHostPort("localhost", port)
	if _, body := do(t, cluster(t, Options{}, name).Pick(0, nil), get()); body != "ok" {
		t.Errorf("without the limit: %q", body)
	}
	if _, body := do(t, cluster(t, Options{Outside: true}, address).Pick(0, nil), get()); body != "ok" {
		t.Errorf("an address: %q", body)
	}
	if err := fails(t, cluster(t, Options{Outside: true}, name).Pick(0, nil), get()); err.Kind != Connect || err.Sent {
		t.Errorf("a name: %v", err)
	}
}

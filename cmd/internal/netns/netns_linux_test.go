package netns

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"testing"
)

// TestLoopback runs itself again in a namespace of its own, where any address of the network
// can be listened on, and one outside cannot.
func TestLoopback(t *testing.T) {
	const inside = "NETNS_TEST_INSIDE"
	if os.Getenv(inside) == "" {
		c := exec.Command("/proc/self/exe", "-test.run=^TestLoopback$", "-test.v")
		c.Env, c.SysProcAttr = append(os.Environ(), inside+"=1"), Own(0)
		out, err := c.CombinedOutput()
		if c.ProcessState == nil {
			t.Skip("SKIPPED: no user and network namespace can be made here: ", err)
		}
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	if err := Loopback("lo:1", netip.MustParsePrefix("198.18.0.1/15")); err != nil {
		t.Fatal(err)
	}
	for address, there := range map[string]bool{"127.0.0.1": true, "198.18.0.1": true, "198.19.255.7": true, "198.20.0.1": false} {
		l, err := net.Listen("tcp", address+":0")
		if there != (err == nil) {
			t.Errorf("%s: %v", address, err)
		}
		if err == nil {
			l.Close()
		}
	}
}

//go:build unix

// Package upstreamtest is what tests of upstreams have in common.
package upstreamtest

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"
)

// Refusing is an address of loopback, HOST:PORT, that refuses connections until the test ends.
// Its port is taken all the time: a port that is merely free may be another program's by the
// time that it is dialled.
func Refusing(t testing.TB) string {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Close(fd); err != nil {
			t.Error(err)
		}
	})
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port)
}

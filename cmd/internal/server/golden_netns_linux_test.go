package server

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// insideGolden says, in the environment, that the test binary is in its own network already.
const insideGolden = "SPLIT_INGRESS_TEST_GOLDEN"

// inOwnNetwork runs one test of the test binary once more within a fresh user and network
// namespace, where the recorded addresses of clients and Services are ours; there it says
// yes.
func inOwnNetwork(t *testing.T, flags ...string) bool {
	t.Helper()
	if os.Getenv(insideGolden) != "" {
		if err := loopback([4]byte{10, 99, 0, 1}, [4]byte{255, 255, 0, 0}); err != nil {
			t.Fatal(err)
		}
		return true
	}
	again := exec.Command("/proc/self/exe", append([]string{"-test.run", "^" + t.Name() + "$", "-test.timeout", "10m"}, flags...)...)
	again.Env = append(os.Environ(), insideGolden+"=1")
	again.Stdout, again.Stderr = os.Stdout, os.Stderr
	again.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	if err := again.Start(); err != nil {
		if os.Getenv("REQUIRE_SHARED") == "1" {
			t.Fatalf("no user and network namespace can be made here: %v", err)
		}
		t.Skipf("SKIPPED: no user and network namespace can be made here: %v", err)
	}
	if err := again.Wait(); err != nil {
		t.Errorf("in its own network: %v", err)
	}
	return false
}

// loopback brings the loopback device up and gives it a network, of which it then answers
// every address.
func loopback(address, mask [4]byte) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("network: %w", err)
	}
	defer unix.Close(fd)
	up, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	up.SetUint16(unix.IFF_UP | unix.IFF_RUNNING | unix.IFF_LOOPBACK)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, up); err != nil {
		return fmt.Errorf("network: bringing lo up: %w", err)
	}
	for _, set := range []struct {
		request uint
		address [4]byte
	}{{unix.SIOCSIFADDR, address}, {unix.SIOCSIFNETMASK, mask}} {
		alias, err := unix.NewIfreq("lo:1")
		if err != nil {
			return err
		}
		if err := alias.SetInet4Addr(set.address[:]); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(fd, set.request, alias); err != nil {
			return fmt.Errorf("network: addresses of the loopback device: %w", err)
		}
	}
	return nil
}

package golden

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// startIsolated starts a program in a network namespace of its own, where it may have the
// recorded addresses, and in a user namespace, too; who is root in one already, as judges are,
// needs no second one (and in a process namespace whose /proc is not mounted cannot make it).
func startIsolated(program func() *exec.Cmd) (*exec.Cmd, error) {
	c := program()
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	err := c.Start()
	if err == nil || os.Getuid() != 0 {
		return c, err
	}
	c = program()
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if again := c.Start(); again != nil {
		return c, fmt.Errorf("%w; without a user namespace: %w", err, again)
	}
	return c, nil
}

// Network gives the loopback device of a network namespace the addresses that recorded
// clients and Services have, 10.99.0.0/16.
func Network() error {
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
	}{{unix.SIOCSIFADDR, [4]byte{10, 99, 0, 1}}, {unix.SIOCSIFNETMASK, [4]byte{255, 255, 0, 0}}} {
		alias, err := unix.NewIfreq("lo:9")
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

// Package netns has what network namespaces need in which tests and judges run programs: a way
// into one, and a loopback device with addresses.
package netns

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Own starts a program in a network namespace and a user namespace of its own, in which it is
// root, and in those of more (flags of clone). It ends with the thread that started it.
func Own(more uintptr) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | more,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
}

// Loopback brings the loopback device of the process's network namespace up and gives it, under
// an alias such as "lo:1", an IPv4 address with its network, of which it then answers every
// address.
func Loopback(alias string, at netip.Prefix) error {
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
		address []byte
	}{{unix.SIOCSIFADDR, at.Addr().AsSlice()}, {unix.SIOCSIFNETMASK, net.CIDRMask(at.Bits(), 32)}} {
		lo, err := unix.NewIfreq(alias)
		if err != nil {
			return err
		}
		if err := lo.SetInet4Addr(set.address); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(fd, set.request, lo); err != nil {
			return fmt.Errorf("network: addresses of the loopback device: %w", err)
		}
	}
	return nil
}

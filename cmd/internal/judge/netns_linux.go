package judge

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// insideMark says, in the environment, that the process is in the namespace already.
const insideMark = "JUDGE_INSIDE"

// Isolate runs the own program again inside a fresh user, network and process namespace and
// returns its exit code; inside, it sets the network up and returns -1. When the program
// ends inside, all that it has started ends with it.
func Isolate() (code int, err error) {
	if os.Getenv(insideMark) != "" {
		return -1, network()
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), insideMark+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("no user and network namespace can be made here (unprivileged user namespaces may be switched off): %w", err)
	}
	if err := cmd.Wait(); cmd.ProcessState == nil {
		return 1, err
	}
	return cmd.ProcessState.ExitCode(), nil
}

// network brings the loopback device up and gives it the endpoints' network, of which it
// then answers every address: 198.18.0.0/15, meant for benchmarks (RFC 2544), since an
// EndpointSlice may not name the loopback network.
func network() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("network: %w", err)
	}
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
	}{{unix.SIOCSIFADDR, [4]byte{198, 18, 0, 1}}, {unix.SIOCSIFNETMASK, [4]byte{255, 254, 0, 0}}} {
		alias, err := unix.NewIfreq("lo:1")
		if err != nil {
			return err
		}
		if err := alias.SetInet4Addr(set.address[:]); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(fd, set.request, alias); err != nil {
			return fmt.Errorf("network: the endpoints' addresses: %w", err)
		}
	}
	return unix.Close(fd)
}

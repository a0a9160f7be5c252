package judge

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"syscall"

	"github.com/split-ingress/split-ingress/cmd/internal/netns"
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
	cmd.SysProcAttr = netns.Own(syscall.CLONE_NEWPID)
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
	return netns.Loopback("lo:1", netip.MustParsePrefix("198.18.0.1/15"))
}

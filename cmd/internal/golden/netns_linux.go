package golden

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/split-ingress/split-ingress/cmd/internal/netns"
)

// startIsolated starts a program in a network namespace of its own, where it may have the
// recorded addresses, and in a user namespace, too; who is root in one already, as judges are,
// needs no second one (and in a process namespace whose /proc is not mounted cannot make it).
func startIsolated(program func() *exec.Cmd) (*exec.Cmd, error) {
	c := program()
	c.SysProcAttr = netns.Own(0)
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

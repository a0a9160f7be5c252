//go:build !linux

package golden

import (
	"errors"
	"os/exec"
)

func startIsolated(program func() *exec.Cmd) (*exec.Cmd, error) { return program(), Network() }

// Network needs Linux.
func Network() error {
	return errors.New("recorded runs are played in network namespaces, which only Linux has")
}

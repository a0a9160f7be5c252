//go:build !linux

package golden

import (
	"errors"
	"os/exec"
)

func isolated(*exec.Cmd) {}

// Network needs Linux.
func Network() error {
	return errors.New("recorded runs are played in network namespaces, which only Linux has")
}

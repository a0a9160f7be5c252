//go:build !linux

package golden

import "os/exec"

func startIsolated(program func() *exec.Cmd) (*exec.Cmd, error) { return program(), Network() }

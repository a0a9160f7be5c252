//go:build unix

package server

import (
	"math"
	"syscall"
)

// filesAllowed is how many files the process may have open at once. Package os has raised
// the soft limit to the hard one when the program began.
func filesAllowed() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return math.MaxUint64 // it is not known, and nothing is said of it
	}
	return uint64(limit.Cur)
}

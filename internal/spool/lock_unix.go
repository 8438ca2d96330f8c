//go:build unix

package spool

import (
	"os"

	"golang.org/x/sys/unix"
)

// own takes the folder for this process; the system gives it back when the process ends,
// however it ends.
func own(lock *os.File) error { return unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) }

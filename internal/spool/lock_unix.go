//go:build unix

package spool

import (
	"os"

	"golang.org/x/sys/unix"
)

// own takes the folder for this process; the system gives it back when the process ends,
// however it ends.
func own(lock *os.File) error { return unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) }

// disown gives it back at once. Closing the file alone would not, while a child process that
// is just being started still has its copy of it.
func disown(lock *os.File) error { return unix.Flock(int(lock.Fd()), unix.LOCK_UN) }

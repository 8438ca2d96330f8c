//go:build !linux

package pgchild

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

const locale = "en_US.UTF-8" // macOS has no C.UTF-8

// signalWhenOrphaned does nothing where the kernel cannot tell a child that its parent died. The
// next Start stops what is left.
func signalWhenOrphaned(*syscall.SysProcAttr, syscall.Signal) {}

// runsOn says whether pid is a postmaster of the data directory.
func runsOn(pid int, data string) bool {
	line, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(line), "postgres -D "+data+" ")
}

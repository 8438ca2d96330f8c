package pgchild

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const locale = "C.UTF-8" // a fresh system has no other, and without one the encoding would be SQL_ASCII

// signalWhenOrphaned has the kernel send sig to the child when we die, however we die.
func signalWhenOrphaned(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }

// runsOn says whether pid is a postmaster of the data directory, which is where each of them works.
func runsOn(pid int, data string) bool {
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil || !strings.HasPrefix(filepath.Base(exe), "postgres") { // "postgres (deleted)" after an upgrade
		return false
	}
	folder, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	return err == nil && folder == data
}

package pgchild

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// OrphanCommand is a postmaster on an existing data directory, tied to nobody.
func OrphanCommand(data string) (*exec.Cmd, error) {
	install, err := Find(0)
	if err != nil {
		return nil, err
	}
	account, err := accountFor(data)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(filepath.Join(install.Bin, "postgres"), "-D", data, "-k", data, "-c", "listen_addresses=")
	cmd.Env = append(install.env(), "LC_ALL="+locale)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: account.credential()}
	return cmd, nil
}

// ProcessesUnder lists the live processes that were given a path under folder.
func ProcessesUnder(folder string) (found []string) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err != nil || pid == os.Getpid() {
			continue
		}
		line, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if strings.Contains(string(line), folder+"/") {
			found = append(found, fmt.Sprintf("%s %q", e.Name(), line))
		}
	}
	return found
}

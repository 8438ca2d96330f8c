package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"recado/internal/db/pgchild"
)

// tick is the unit of the times in /proc/<pid>/stat: USER_HZ, 100 a second on every Linux
// architecture that Go supports. See proc(5).
const tick = 10 * time.Millisecond

// stat is the part of /proc/<pid>/stat that the lab reads.
type stat struct {
	parent int
	own    time.Duration // user and system time of its threads
	reaped time.Duration // and of its children that it has waited for
}

func readStat(pid int) (stat, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	return parseStat(string(b))
}

// parseStat reads fields 4 (ppid) and 14 to 17 (utime, stime, cutime, cstime). The command's
// name, field 2, is in parentheses and may contain anything.
func parseStat(line string) (stat, error) {
	_, rest, ok := strings.Cut(line[max(0, strings.LastIndexByte(line, ')')):], ") ")
	f := strings.Fields(rest)
	if !ok || len(f) < 15 {
		return stat{}, fmt.Errorf("not a /proc/pid/stat: %q", line)
	}
	var n [5]int64
	var errs [5]error
	for i, at := range []int{1, 11, 12, 13, 14} {
		n[i], errs[i] = strconv.ParseInt(f[at], 10, 64)
	}
	return stat{int(n[0]), time.Duration(n[1]+n[2]) * tick, time.Duration(n[3]+n[4]) * tick}, errors.Join(errs[:]...)
}

// family is a process and its children.
func family(pid int) (pids []int) {
	pids = []int{pid}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if s, err := readStat(child); err == nil && s.parent == pid {
			pids = append(pids, child)
		}
	}
	return pids
}

// cpuOf is the processor time of a process and all the children it ever had.
func cpuOf(pid int) (total time.Duration) {
	for i, p := range family(pid) {
		s, err := readStat(p)
		if err != nil {
			continue // it ended just now; its parent has its time
		}
		total += s.own
		if i == 0 {
			total += s.reaped
		}
	}
	return total
}

// rss is the resident memory of one process in bytes.
func rss(pid int) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, after, ok := strings.Cut(string(b), "VmRSS:")
	f := strings.Fields(after)
	if !ok || len(f) < 2 || f[1] != "kB" {
		return 0, errors.New("no VmRSS in /proc/pid/status")
	}
	kb, err := strconv.ParseInt(f[0], 10, 64)
	return kb << 10, err
}

// load is the machine's load average over the last minute.
func load() string {
	b, _ := os.ReadFile("/proc/loadavg") // empty where there is none
	l, _, _ := strings.Cut(string(b), " ")
	return l
}

// crash ends PostgreSQL as a loss of power would: the postmaster and every process of it at
// once, with SIGKILL. Restart the server afterwards.
func crash(pg *pgchild.Server) {
	for _, pid := range family(pg.Pid()) {
		_ = syscall.Kill(pid, syscall.SIGKILL) // an error says that it has ended already
	}
	pg.Kill() // waits
}

// folderSize is the sum of the sizes of the files in dir that match pattern.
func folderSize(dir, pattern string) (sum int64) {
	files, _ := filepath.Glob(filepath.Join(dir, pattern))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			sum += info.Size()
		}
	}
	return sum
}

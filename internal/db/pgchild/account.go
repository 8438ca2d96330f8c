package pgchild

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// account is whom the server runs as when we are root, which PostgreSQL refuses to be. A nil
// *account means "as we are".
type account struct {
	name     string
	uid, gid uint32
}

// accountFor picks the account for a data directory: its owner if there is one already, else
// "postgres", else "nobody". (initdb wants a passwd entry, so a bare number will not do.)
func accountFor(data string) (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	if info, err := os.Lstat(data); err == nil && ownerOf(info) != 0 {
		stat := info.Sys().(*syscall.Stat_t)
		return &account{name: "uid " + strconv.Itoa(int(stat.Uid)), uid: stat.Uid, gid: stat.Gid}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		return &account{name, uint32(uid), uint32(gid)}, errors.Join(err1, err2)
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as")
}

func (a *account) credential() *syscall.Credential {
	if a == nil {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid}
}

// ownFolder makes a folder that only the account may enter. One that is there already must be ours
// or the account's: the temporary folder is everybody's.
func (a *account) ownFolder(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	owner := ownerOf(info)
	ours := owner == uint32(os.Geteuid()) || a != nil && owner == a.uid
	if !info.IsDir() || info.Mode().Perm() != 0o700 || !ours {
		return fmt.Errorf("%s must be a folder of mode 0700 that belongs to us; it is %s of uid %d", path, info.Mode(), owner)
	}
	if a == nil {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

func ownerOf(info os.FileInfo) uint32 { return info.Sys().(*syscall.Stat_t).Uid }

// walkable says whether any account can walk to path. Root's home, for one, is usually closed.
// Folders that do not exist yet will be made open.
func walkable(path string) bool {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// lock takes the file lock that makes us the only owner. The kernel gives it up however we die.
func lock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil && !errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(fmt.Errorf("locking %s: %w", path, err), file.Close())
	}
	if err != nil {
		owner, _ := os.ReadFile(path)
		file.Close()
		return nil, fmt.Errorf("%s is in use by another process (pid %s)",
			strings.TrimSuffix(path, ".lock"), strings.TrimSpace(string(owner)))
	}
	if err := file.Truncate(0); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if _, err := fmt.Fprintln(file, os.Getpid()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// fingerprint is a short name for a path, the same on every run.
func fingerprint(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:6])
}

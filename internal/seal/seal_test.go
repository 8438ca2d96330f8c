package seal

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestSealOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys", "secret.key")
	k, err := FromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed := k.Seal("channel 1", []byte("hunter2"))
	if bytes.Contains(sealed, []byte("hunter2")) {
		t.Fatal("the sealed text shows the secret")
	}
	again, err := FromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open("channel 1", sealed); err != nil || string(got) != "hunter2" {
		t.Fatalf("Open = %q, %v", got, err)
	}
	if _, err := k.Open("channel 2", sealed); err == nil {
		t.Error("opened in another place")
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := k.Open("channel 1", sealed); err == nil {
		t.Error("opened although altered")
	}
	if bytes.Equal(k.Derive("a"), k.Derive("b")) {
		t.Error("two purposes share a key")
	}
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v; want mode 0600", fi, err)
	}
}

func TestFromTextRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "abc", "bm90IGxvbmcgZW5vdWdo", "!!!!"} {
		if _, err := FromText(s); err == nil {
			t.Errorf("FromText(%q) was accepted", s)
		}
	}
}

// Processes that start at once on an empty folder come to share one key.
func TestFromFileAtOnce(t *testing.T) {
	t.Parallel()
	for range 20 {
		path := filepath.Join(t.TempDir(), "secret.key")
		keys := make([]*Keys, 16)
		var wg sync.WaitGroup
		for i := range keys {
			wg.Go(func() {
				var err error
				if keys[i], err = FromFile(path); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		for _, k := range keys {
			if k.master != keys[0].master {
				t.Fatal("two keys")
			}
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".secret-*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

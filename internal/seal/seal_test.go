package seal

import (
	"bytes"
	"os"
	"path/filepath"
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

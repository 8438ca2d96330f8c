// Package seal keeps secrets that lie in the database unreadable without a key that does
// not: a copy of the database alone gives nobody a token, a password or an identity.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const keySize = 32

// Keys is the installation's master key. All nodes share it.
type Keys struct {
	master [keySize]byte
	aead   cipher.AEAD
}

// FromText reads a master key of 32 bytes in base64, as RECADO_SECRET carries it.
func FromText(s string) (*Keys, error) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s))
	if err != nil || len(b) != keySize {
		return nil, errors.New("the secret must be 32 random bytes in base64: make one with `openssl rand -base64 32`")
	}
	k := &Keys{master: [keySize]byte(b)}
	block, err := aes.NewCipher(k.Derive("seal"))
	if err != nil {
		return nil, err
	}
	k.aead, err = cipher.NewGCMWithRandomNonce(block)
	return k, err
}

// FromFile reads the master key from a file, making one that only its owner may read when
// there is none.
func FromFile(path string) (*Keys, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		b, err = create(path)
	}
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	return FromText(string(b))
}

func create(path string) ([]byte, error) {
	var key [keySize]byte
	_, _ = rand.Read(key[:])
	text := []byte(base64.StdEncoding.EncodeToString(key[:]) + "\n")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	// It gets its name when it is whole: a crash in between, or another process that looks,
	// must not find half a key.
	f, err := os.CreateTemp(filepath.Dir(path), ".secret-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // an unnamed leftover harms nobody
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	err = os.Link(f.Name(), path)
	if errors.Is(err, os.ErrExist) { // another process was first
		return os.ReadFile(path)
	}
	return text, err
}

// Derive gives the key for one purpose, so that no two kinds of signature can pass for one
// another (HKDF-SHA256, RFC 5869).
func (k *Keys) Derive(purpose string) []byte {
	b, err := hkdf.Key(sha256.New, k.master[:], nil, "recado "+purpose, keySize)
	if err != nil {
		panic(err) // only for a length above 8160 bytes
	}
	return b
}

// Seal encrypts (AES-256-GCM). what names the place the text belongs to; Open refuses it
// anywhere else.
func (k *Keys) Seal(what string, plain []byte) []byte {
	return k.aead.Seal(nil, nil, plain, []byte(what))
}

// Open decrypts what Seal made for the same place with the same master key.
func (k *Keys) Open(what string, sealed []byte) ([]byte, error) {
	plain, err := k.aead.Open(nil, nil, sealed, []byte(what))
	if err != nil {
		return nil, fmt.Errorf("open %s: wrong key, or not sealed for this place", what)
	}
	return plain, nil
}

package s3_test

import (
	"bytes"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"recado/internal/blob"
	"recado/internal/blob/blobtest"
	"recado/internal/blob/s3"
)

func open(t *testing.T, f *fake, secret string) *s3.Store {
	t.Helper()
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	s, err := s3.New(s3.Config{Endpoint: srv.URL, Bucket: f.bucket, AccessKey: f.access, SecretKey: secret, PathStyle: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(t *testing.T) blob.Store {
		f := newFake(t)
		return open(t, f, f.secret)
	})
}

func TestWrongSecretIsNotMissingFile(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.objects["tienda/a"] = []byte("x")
	s := open(t, f, "guessed")
	if _, err := s.Open(t.Context(), "tienda/a"); err == nil || errors.Is(err, blob.ErrNotFound) {
		t.Errorf("open: %v", err)
	}
	if err := s.Put(t.Context(), "tienda/b", strings.NewReader("hola"), 4); err == nil || len(f.objects) != 1 {
		t.Errorf("put: %v, %d objects", err, len(f.objects))
	}
	for _, err := range s.List(t.Context()) {
		if err == nil {
			t.Error("listed")
		}
	}
}

func TestPutIsRepeatedWhenTheServerFalters(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.falters = 1
	s := open(t, f, f.secret)
	body := bytes.Repeat([]byte("recado"), 20_000)
	r := bytes.NewReader(append([]byte("skipped"), body...))
	if _, err := r.Seek(7, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "tienda/a", r, int64(len(body))); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(f.objects["tienda/a"], body) {
		t.Error("the second try stored something else")
	}
}

func TestListPassesOverForeignObjects(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	for _, k := range []string{"backup.tar", "tienda/a", "other/deep/er", "tienda/b", "UPPER/x"} {
		f.objects[k] = nil
	}
	var got []string
	for k, err := range open(t, f, f.secret).List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, k)
	}
	if strings.Join(got, " ") != "tienda/a tienda/b" {
		t.Errorf("listed %q", got)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := s3.Config{Endpoint: "https://s3.example", Bucket: "media", AccessKey: "a", SecretKey: "b"}
	if _, err := s3.New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*s3.Config){
		"no scheme": func(c *s3.Config) { c.Endpoint = "s3.example" }, "other scheme": func(c *s3.Config) { c.Endpoint = "ftp://s3.example" },
		"no bucket": func(c *s3.Config) { c.Bucket = "" }, "no key": func(c *s3.Config) { c.AccessKey = "" }, "no secret": func(c *s3.Config) { c.SecretKey = "" },
	} {
		c := good
		spoil(&c)
		if _, err := s3.New(c); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

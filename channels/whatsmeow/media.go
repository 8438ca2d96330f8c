package whatsmeow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	wa "go.mau.fi/whatsmeow"

	"recado/channels"
	"recado/internal/errs"
)

// reference is all that a file on WhatsApp's hosts needs to be had and read.
type reference struct {
	Kind   wa.MediaType `json:"kind"`
	Path   string       `json:"path"`
	Key    []byte       `json:"key"`
	Sealed []byte       `json:"sealed"` // SHA-256 of the bytes there
	Hash   []byte       `json:"hash"`   // SHA-256 of the file
}

// valid refuses what the library would stumble over, an absolute address among it.
func (r reference) valid() bool {
	return strings.HasPrefix(r.Path, "/") && !strings.HasPrefix(r.Path, "//") && len(r.Path) < 2000 && strings.Contains(r.Path, "?") &&
		len(r.Key) == 32 && len(r.Sealed) == 32 && len(r.Hash) == 32
}

// Fetch implements channels.MediaFetcher. The file passes through one on disk, for a video
// need not fit in memory.
func (a *Adapter) Fetch(ctx context.Context, c channels.Channel, m channels.MediaRef) (io.ReadCloser, error) {
	var r reference
	if json.Unmarshal([]byte(m.Ref), &r) != nil || !r.valid() {
		return nil, &errs.Send{Op: "whatsapp fetch", Class: errs.Permanent, Code: "bad_reference", Err: errors.New("the reference cannot be read")}
	}
	s := a.session(c)
	if s == nil || !s.online.Load() {
		return nil, &errs.Send{Op: "whatsapp fetch", Class: errs.Retryable, Code: codeOffline, Err: errors.New("the session is not connected")}
	}
	f, err := os.CreateTemp("", "recado-whatsapp-*")
	if err != nil {
		return nil, err
	}
	got := &scratch{f}
	if err := s.cli.DownloadMediaWithPathToFile(ctx, r.Path, r.Sealed, r.Hash, r.Key, r.Kind, "", false, f); err != nil {
		_ = got.Close()
		return nil, fetchError(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		_ = got.Close()
		return nil, err
	}
	return got, nil
}

// fetchError tells what is gone for good, or false, from what may come right.
func fetchError(err error) error {
	out := &errs.Send{Op: "whatsapp fetch", Class: errs.Retryable, Code: "download", Err: err}
	for _, gone := range []error{wa.ErrMediaDownloadFailedWith403, wa.ErrMediaDownloadFailedWith404, wa.ErrMediaDownloadFailedWith410} {
		if errors.Is(err, gone) {
			out.Class, out.Code = errs.Permanent, "gone"
		}
	}
	for _, bad := range []error{wa.ErrInvalidMediaHMAC, wa.ErrInvalidMediaEncSHA256, wa.ErrInvalidMediaSHA256, wa.ErrTooShortFile} {
		if errors.Is(err, bad) {
			out.Class, out.Code = errs.Permanent, "damaged"
		}
	}
	return out
}

// scratch is a file that is gone when it is closed.
type scratch struct{ *os.File }

func (s *scratch) Close() error { return errors.Join(s.File.Close(), os.Remove(s.Name())) }

// upload puts a file on WhatsApp's hosts. Nothing has been sent by that.
func (s *session) upload(ctx context.Context, m channels.Outgoing, kind wa.MediaType) (wa.UploadResponse, error) {
	if m.Open == nil {
		return wa.UploadResponse{}, refuse(errs.Permanent, "unfit", errors.New("a file without bytes"))
	}
	from, err := m.Open(ctx)
	if err != nil {
		return wa.UploadResponse{}, refuse(errs.Retryable, "file", fmt.Errorf("opening the file: %w", err))
	}
	defer from.Close()
	u, err := s.cli.UploadReader(ctx, from, nil, kind)
	if err != nil {
		return u, refuse(errs.Retryable, "upload", err)
	}
	return u, nil
}

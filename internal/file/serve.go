package file

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"recado/internal/blob"
	"recado/internal/db"
	"recado/internal/errs"
)

// Handler answers GET and HEAD of Path: links that Link made. No cookie is looked at; the
// token in the path is the permission.
//
// Every answer is sandboxed: a file that a browser were to take for a page would run no
// script, load nothing and have an origin of its own. Ranges and If-None-Match work.
func (f *Files) Handler(log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		harden(w.Header())
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "method")
			return
		}
		err := f.serve(w, r)
		var p *errs.Problem
		switch {
		case err == nil:
		case errors.Is(err, errExpired):
			refuse(w, http.StatusGone, errExpired.Code)
		case errors.As(err, &p):
			refuse(w, http.StatusNotFound, p.Code)
		case errors.Is(err, context.Canceled): // the reader has gone
		default:
			// The token must not reach the log: it still opens the file.
			log.Error("media not served", "err", err)
			w.Header().Set("Retry-After", "5")
			refuse(w, http.StatusServiceUnavailable, "unavailable")
		}
	})
}

func harden(h http.Header) {
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// refuse writes a problem (RFC 9457). Its words are never shown: what asks for media is an
// <img> or a download.
func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "code": code, "title": http.StatusText(status)})
}

func (f *Files) serve(w http.ResponseWriter, r *http.Request) error {
	token, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Path), "/")
	g, err := f.open(token)
	if err != nil {
		return err
	}
	file, body, err := f.read(r.Context(), g)
	if err != nil {
		return err
	}
	defer body.Close()
	h := w.Header()
	describe(h, file, r.URL.Query().Has("download"))
	left := g.expires.Sub(f.now()) / time.Second
	h.Set("Cache-Control", fmt.Sprintf("private, max-age=%d, immutable", left))
	http.ServeContent(w, r, "", time.Time{}, body)
	return nil
}

// read finds the row and opens its bytes.
func (f *Files) read(ctx context.Context, g grant) (row, io.ReadSeekCloser, error) {
	var file row
	err := f.db.ForCompany(ctx, g.company, func(tx db.CompanyTx) error {
		found, err := find(ctx, tx, g.file)
		if err != nil {
			return err
		}
		var ok bool
		if file, ok = found[g.file]; !ok {
			return errs.Missing("file")
		}
		return nil
	})
	if err != nil {
		return row{}, nil, err
	}
	body, err := f.store.Open(ctx, objectKey(g.company, g.file))
	if errors.Is(err, blob.ErrNotFound) {
		return row{}, nil, errs.Missing("file")
	}
	return file, body, err
}

// describe sets the headers that say what the file is and what to do with it.
func describe(h http.Header, r row, download bool) {
	k, known := kinds[r.MIME]
	disposition, contentType := "attachment", "application/octet-stream"
	if known && !k.markup {
		contentType = r.MIME // platforms that fetch by link go by it
	}
	if k.inline {
		if !download {
			disposition = "inline"
		}
		// The widget shows pictures, sound and film inside the shop's own pages.
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": r.Name}))
	h.Set("ETag", `"`+hex.EncodeToString(r.sum[:16])+`"`)
}

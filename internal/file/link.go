package file

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"time"

	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
)

// A link's token is base64url of
//
//	company 16 bytes | file 16 bytes | expiry 8 bytes, Unix seconds, big-endian | HMAC-SHA256 of the foregoing
//
// Whoever holds it may read that one file until then. Whether it is shown or downloaded is
// not in it: that follows from the file's kind, and asking for a download is always safe.
const (
	tokenBody = 16 + 16 + 8
	tokenLen  = tokenBody + sha256.Size
)

// Path is where Handler must be mounted.
const Path = "/media/"

// Link returns the address of m, relative to our origin. It lasts at least ttl and at most
// twice that: expiries are rounded up, so that links made again within a ttl are equal and
// browsers find the file in their cache. A reader who prefers a download appends
// "?download=1". The name in it is for people; the one saved under comes from the row.
func (f *Files) Link(company id.Company, m chat.Media, ttl time.Duration) string {
	step := max(int64(ttl/time.Second), 1)
	expires := ((f.now().Unix()+step-1)/step + 1) * step
	name := m.Name
	if name == "" {
		name = "file"
	}
	return Path + f.token(company, m.File, expires) + "/" + url.PathEscape(name)
}

func (f *Files) token(company id.Company, file id.File, expires int64) string {
	b := make([]byte, 0, tokenLen)
	b = append(b, company[:]...)
	b = append(b, file[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(expires))
	return base64.RawURLEncoding.EncodeToString(append(b, f.sign(b)...))
}

func (f *Files) sign(b []byte) []byte {
	mac := hmac.New(sha256.New, f.key)
	mac.Write(b)
	return mac.Sum(nil)
}

// grant is what a token allows.
type grant struct {
	company id.Company
	file    id.File
	expires time.Time
}

// open checks a token. One that we did not sign is simply not found; that a link has
// expired is told only to those who once held a good one.
func (f *Files) open(token string) (grant, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != tokenLen || !hmac.Equal(b[tokenBody:], f.sign(b[:tokenBody])) {
		return grant{}, errs.Missing("file")
	}
	g := grant{
		company: id.Company(b[:16]),
		file:    id.File(b[16:32]),
		expires: time.Unix(int64(binary.BigEndian.Uint64(b[32:tokenBody])), 0),
	}
	if !f.now().Before(g.expires) {
		return grant{}, errExpired
	}
	return g, nil
}

var errExpired = errs.New(errs.NotFound, "file.link_expired")

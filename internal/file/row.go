package file

import (
	"context"
	"strings"

	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// row is a stored file.
type row struct {
	chat.Media
	Origin Origin
	Owner  string
	sum    []byte // SHA-256 of the stored bytes
}

func insert(ctx context.Context, tx db.CompanyTx, r row) error {
	_, err := tx.Exec(ctx, `
		insert into file (id, company_id, name, mime, size, width, height, sha256, origin, owner)
		values ($1, $2, $3, $4, $5, nullif($6, 0), nullif($7, 0), $8, $9, $10)`,
		r.File, tx.Company(), r.Name, r.MIME, r.Size, r.Width, r.Height, r.sum, r.Origin, r.Owner)
	return err
}

// find returns the rows of ids that this company has.
func find(ctx context.Context, tx db.CompanyTx, ids ...id.File) (map[id.File]row, error) {
	rows, err := tx.Query(ctx, `
		select id, name, mime, size, coalesce(width, 0), coalesce(height, 0), sha256, origin, owner
		from file where id = any($1::uuid[])`, uuids(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[id.File]row, len(ids))
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.File, &r.Name, &r.MIME, &r.Size, &r.Width, &r.Height, &r.sum, &r.Origin, &r.Owner); err != nil {
			return nil, err
		}
		found[r.File] = r
	}
	return found, rows.Err()
}

func uuids(ids []id.File) []string {
	out := make([]string, len(ids))
	for i, v := range ids {
		out[i] = v.String()
	}
	return out
}

// Resolve returns what is known of each file. A file that does not exist, or is another
// company's, is not in the map.
func (f *Files) Resolve(ctx context.Context, tx db.CompanyTx, ids ...id.File) (map[id.File]chat.Media, error) {
	found, err := find(ctx, tx, ids...)
	if err != nil {
		return nil, err
	}
	out := make(map[id.File]chat.Media, len(found))
	for k, r := range found {
		out[k] = r.Media
	}
	return out, nil
}

// Complete replaces whatever the sender wrote about the files in contents by what is known
// of them, keeping only the length in time, which no row has. owner restricts it to the
// files that this visitor uploaded; empty, as for agents and bots, allows all of the
// company's. Problems: file.missing for a file that does not exist or is not the sender's,
// file.kind (args type) when a picture, sound or film is none; both at "media.file".
func (f *Files) Complete(ctx context.Context, tx db.CompanyTx, owner string, contents ...*chat.Content) error {
	var ids []id.File
	for _, c := range contents {
		if c.Media != nil {
			ids = append(ids, c.Media.File)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := find(ctx, tx, ids...)
	if err != nil {
		return err
	}
	for _, c := range contents {
		if c.Media == nil {
			continue
		}
		r, ok := found[c.Media.File]
		if !ok || (owner != "" && r.Owner != owner) {
			return errs.New(errs.Invalid, "file.missing").At("media.file")
		}
		if !strings.HasPrefix(r.MIME, family[c.Type]) || (c.Type == chat.Image && !kinds[r.MIME].inline) {
			return errs.New(errs.Invalid, "file.kind", "type", string(c.Type)).At("media.file")
		}
		m := r.Media
		m.Duration = max(c.Media.Duration, 0)
		c.Media = &m
	}
	return nil
}

// family is how a content type's MIME types begin; documents may be anything.
var family = map[chat.Type]string{chat.Image: "image/", chat.Audio: "audio/", chat.Voice: "audio/", chat.Video: "video/"}

package channel

import (
	"context"
	"errors"
	"regexp"
	"strconv"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// KnownTemplate is a platform's template as it stood when last heard of.
type KnownTemplate struct {
	channels.Template
	ID      id.Template `json:"id" format:"uuid"`
	Channel id.Channel  `json:"channel_id" format:"uuid"`
}

const templateSQL = `select id, channel_id, platform_id, name, language, category, status, quality, reason, header, body, footer, samples, buttons
	from template where ($1::uuid is null or channel_id = $1) and ($2::uuid is null or id = $2) order by name, language`

// Templates lists a channel's templates, or the company's when c is zero.
func Templates(ctx context.Context, tx db.CompanyTx, c id.Channel) ([]KnownTemplate, error) {
	rows, err := tx.Query(ctx, templateSQL, c, id.Template{})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanTemplate)
}

func scanTemplate(r pgx.CollectableRow) (t KnownTemplate, err error) {
	err = r.Scan(&t.ID, &t.Channel, &t.Template.ID, &t.Name, &t.Language, &t.Category, &t.Status, &t.Quality, &t.Reason, &t.Header, &t.Body, &t.Footer, &t.Samples, &t.Buttons)
	return t, err
}

const putTemplateSQL = `insert into template (id, company_id, channel_id, platform_id, name, language, category, status, quality, reason, header, body, footer, samples, buttons)
	values ($1, $2, $3, $4, $5, $6, $7, coalesce(nullif($8, ''), 'pending'), coalesce(nullif($9, ''), 'unknown'), $10, $11, $12, $13, $14, $15)
	on conflict (channel_id, name, language) do update set platform_id = excluded.platform_id, category = excluded.category,
		status = excluded.status, quality = excluded.quality, reason = excluded.reason, header = excluded.header, body = excluded.body,
		footer = excluded.footer, samples = excluded.samples, buttons = excluded.buttons, updated_at = now()
	returning id`

func putArgs(tx db.CompanyTx, c id.Channel, t channels.Template) []any {
	return []any{id.New[id.Template](), tx.Company(), c, t.ID, t.Name, t.Language, t.Category, t.Status, t.Quality, t.Reason, t.Header, t.Body, t.Footer,
		orNone(t.Samples), orNone(t.Buttons)}
}

// PutTemplate stores one template, new or known.
func PutTemplate(ctx context.Context, tx db.CompanyTx, c id.Channel, t channels.Template) (out KnownTemplate, err error) {
	out = KnownTemplate{Template: t, Channel: c}
	err = tx.QueryRow(ctx, putTemplateSQL, putArgs(tx, c, t)...).Scan(&out.ID)
	return out, err
}

// SetTemplates makes a channel's templates exactly these.
func SetTemplates(ctx context.Context, tx db.CompanyTx, c id.Channel, list []channels.Template) error {
	b := &pgx.Batch{}
	keys := make([]string, 0, len(list))
	for _, t := range list {
		keys = append(keys, t.Name+" "+t.Language)
		b.Queue(putTemplateSQL, putArgs(tx, c, t)...)
	}
	b.Queue(`delete from template where channel_id = $1 and name || ' ' || language <> all($2)`, c, keys)
	return tx.SendBatch(ctx, b).Close()
}

// GetTemplate returns one template.
func GetTemplate(ctx context.Context, tx db.CompanyTx, t id.Template) (KnownTemplate, error) {
	rows, err := tx.Query(ctx, templateSQL, id.Channel{}, t)
	if err != nil {
		return KnownTemplate{}, err
	}
	out, err := pgx.CollectExactlyOneRow(rows, scanTemplate)
	if errors.Is(err, pgx.ErrNoRows) {
		err = errs.Missing("template")
	}
	return out, err
}

// DropTemplate forgets a template in all its languages.
func DropTemplate(ctx context.Context, tx db.CompanyTx, c id.Channel, name string) error {
	_, err := tx.Exec(ctx, `delete from template where channel_id = $1 and name = $2`, c, name)
	return err
}

var place = regexp.MustCompile(`\{\{([^}]*)\}\}`)

// Places is how many numbered places a template's body has; a Problem when they do not
// count up from {{1}}.
func Places(body string) (int, error) {
	top := 0
	seen := map[int]bool{}
	for _, m := range place.FindAllStringSubmatch(body, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil || n < 1 || n > 30 {
			return 0, errs.New(errs.Invalid, "template.place", "place", m[0]).At("body")
		}
		seen[n] = true
		top = max(top, n)
	}
	if len(seen) != top {
		return 0, errs.New(errs.Invalid, "template.place_missing").At("body")
	}
	return top, nil
}

// CheckTemplate refuses what the platform would refuse days later.
func CheckTemplate(t channels.Template) error {
	n, err := Places(t.Body)
	if err != nil {
		return err
	}
	if len(t.Samples) != n {
		return errs.New(errs.Invalid, "template.samples", "want", n, "have", len(t.Samples)).At("samples")
	}
	return nil
}

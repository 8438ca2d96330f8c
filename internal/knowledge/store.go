package knowledge

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// Query asks for a page of a bot's entries.
type Query struct {
	Text   string // entries in which these words stand, whatever their accents and case; "" for all
	Before id.FAQ // entries older than this one; zero for the newest
	Limit  int
}

// matching finds the entries of bot $1 with the pattern $2 in any of their texts.
const matching = `f.bot_id = $1 and ($2 = '' or lower(unaccent(
	concat_ws(' ', f.external_id, f.question, f.answer, array_to_string(f.variants, ' ')))) like lower(unaccent($2)))`

// List returns a page, the newest entries first.
func List(ctx context.Context, tx db.CompanyTx, bot id.Bot, q Query) ([]FAQ, error) {
	rows, err := tx.Query(ctx, `
		with page as (
			select * from faq f where `+matching+` and ($3::uuid is null or f.id < $3) order by f.id desc limit $4
		), hits as (
			select object_id, sum(n)::bigint as n from answer_count
			where bot_id = $1 and kind = 'faq' and day > current_date - 7 and object_id in (select id from page)
			group by object_id
		)
		select p.id, coalesce(p.external_id, ''), p.question, p.answer, p.variants, p.enabled, coalesce(h.n, 0), p.updated_at
		from page p left join hits h on h.object_id = p.id order by p.id desc`, bot, pattern(q.Text), q.Before, q.Limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[FAQ])
}

// Count is how many entries List finds on all its pages.
func Count(ctx context.Context, tx db.CompanyTx, bot id.Bot, text string) (n int, err error) {
	err = tx.QueryRow(ctx, `select count(*) from faq f where `+matching, bot, pattern(text)).Scan(&n)
	return n, err
}

// pattern is text anywhere, for LIKE.
func pattern(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

const columns = `id, coalesce(external_id, ''), question, answer, variants, enabled, 0::bigint, updated_at`

// All returns every entry of a bot, the oldest first, without Hits.
func All(ctx context.Context, tx db.CompanyTx, bot id.Bot) ([]FAQ, error) {
	rows, err := tx.Query(ctx, `select `+columns+` from faq where bot_id = $1 order by id`, bot)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[FAQ])
}

// Draft is a new entry.
type Draft struct {
	ExternalID string
	Question   string
	Answer     string
	Variants   []string
	Enabled    bool
}

// Create adds an entry. Problems: faq.* at the draft's fields; Conflict faq.taken for an
// external id that another entry of the bot has, faq.too_many when the bot is full.
func Create(ctx context.Context, tx db.CompanyTx, bot id.Bot, d Draft) (FAQ, error) {
	f := FAQ{ID: id.New[id.FAQ](), ExternalID: d.ExternalID, Question: d.Question, Answer: d.Answer, Variants: d.Variants, Enabled: d.Enabled}
	if err := f.clean(); err != nil {
		return f, err
	}
	err := tx.QueryRow(ctx, `insert into faq (id, company_id, bot_id, external_id, question, answer, variants, enabled)
		values ($1, $2, $3, nullif($4, ''), $5, $6, $7, $8) returning updated_at`,
		f.ID, tx.Company(), bot, f.ExternalID, f.Question, f.Answer, f.Variants, f.Enabled).Scan(&f.UpdatedAt)
	if err != nil {
		return f, taken(err, f)
	}
	return f, fits(ctx, tx, bot)
}

// Change names what to change; nil leaves it as it is. An empty ExternalID takes it away.
type Change struct {
	ExternalID *string   `json:"external_id,omitempty" maxLength:"200"`
	Question   *string   `json:"question,omitempty" maxLength:"2000"`
	Answer     *string   `json:"answer,omitempty" maxLength:"16384"`
	Variants   *[]string `json:"variants,omitempty" maxItems:"50"`
	Enabled    *bool     `json:"enabled,omitempty"`
}

// Update changes an entry and returns it as it was and as it is now, without Hits.
func Update(ctx context.Context, tx db.CompanyTx, bot id.Bot, which id.FAQ, ch Change) (before, after FAQ, err error) {
	before, err = one(tx.Query(ctx, `select `+columns+` from faq where bot_id = $1 and id = $2`, bot, which))
	if err != nil {
		return before, before, err
	}
	after = before
	set(&after.ExternalID, ch.ExternalID)
	set(&after.Question, ch.Question)
	set(&after.Answer, ch.Answer)
	set(&after.Variants, ch.Variants)
	set(&after.Enabled, ch.Enabled)
	if err := after.clean(); err != nil || after.same(&before) {
		return before, after, err
	}
	err = tx.QueryRow(ctx, `update faq set external_id = nullif($2, ''), question = $3, answer = $4, variants = $5, enabled = $6, updated_at = now()
		where id = $1 returning updated_at`, which, after.ExternalID, after.Question, after.Answer, after.Variants, after.Enabled).Scan(&after.UpdatedAt)
	if err != nil {
		return before, after, taken(err, after)
	}
	return before, after, fits(ctx, tx, bot)
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// Delete removes an entry and returns it as it was.
func Delete(ctx context.Context, tx db.CompanyTx, bot id.Bot, which id.FAQ) (FAQ, error) {
	return one(tx.Query(ctx, `delete from faq where bot_id = $1 and id = $2 returning `+columns, bot, which))
}

func one(rows pgx.Rows, err error) (FAQ, error) {
	if err != nil {
		return FAQ{}, err
	}
	f, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[FAQ])
	if errors.Is(err, pgx.ErrNoRows) {
		err = errs.Missing("faq")
	}
	return f, err
}

func taken(err error, f FAQ) error {
	if db.Violates(err, "faq_bot_id_external_id_key") {
		return errs.New(errs.Conflict, "faq.taken", "external_id", f.ExternalID).At("external_id")
	}
	return err
}

// fits refuses, within the transaction that wrote, what has outgrown an index in memory.
func fits(ctx context.Context, tx db.CompanyTx, bot id.Bot) error {
	var entries, examples, text int
	err := tx.QueryRow(ctx, `select count(*), coalesce(sum(1 + cardinality(variants)), 0),
		coalesce(sum(octet_length(question) + octet_length(answer) + pg_column_size(variants)), 0) from faq where bot_id = $1`, bot).
		Scan(&entries, &examples, &text)
	if err == nil && (entries > MaxEntries || examples > MaxExamples || text > MaxText) {
		err = errs.New(errs.Conflict, "faq.too_many", "entries", MaxEntries, "examples", MaxExamples, "megabytes", MaxText>>20)
	}
	return err
}

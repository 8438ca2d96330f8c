package knowledge

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// File is a file that was read.
type File struct {
	format  Format
	rows    []row
	refused []Refusal
}

// Read reads a file of at most MaxRows rows to its end; limiting its bytes is the caller's.
// It needs no database, so that a slow upload holds nothing. Problems, for the file as a
// whole: faq.utf16, faq.columns, faq.column_twice, faq.too_many_rows.
func Read(r io.Reader, f Format) (*File, error) {
	in, err := read(r, f)
	if err != nil {
		return nil, err
	}
	return &File{f, in.rows, in.refused}, nil
}

// Tally is what an import did. Unchanged entries were not touched.
type Tally struct {
	Added     int
	Updated   int
	Unchanged int
	Refused   []Refusal // rows that were left out, by line
}

// batch is how many rows one statement writes.
const batch = 2000

// Import merges a file into a bot's entries: all of it or, with an error, nothing. A row
// changes the entry with its external id (or whose own id it gives, as Write does), and
// without one the entry with the same question; where there is none it adds one. So the
// same file again changes nothing. No other transaction may write the bot's entries
// meanwhile.
func Import(ctx context.Context, tx db.CompanyTx, bot id.Bot, f *File) (Tally, error) {
	t := Tally{Refused: slices.Clone(f.refused)}
	have, err := All(ctx, tx, bot)
	if err != nil {
		return t, err
	}
	add, change := f.merge(have, &t)
	b := &pgx.Batch{}
	for part := range slices.Chunk(add, batch) {
		b.Queue(`insert into faq (id, company_id, bot_id, external_id, question, answer, variants, enabled)
			select id, $1, $2, nullif(external_id, ''), question, answer, variants, enabled
			from json_to_recordset($3) as i(id uuid, external_id text, question text, answer text, variants text[], enabled boolean)`,
			tx.Company(), bot, asJSON(part))
	}
	for part := range slices.Chunk(change, batch) {
		b.Queue(`update faq f set question = i.question, answer = i.answer, variants = i.variants, enabled = i.enabled, updated_at = now()
			from json_to_recordset($2) as i(id uuid, question text, answer text, variants text[], enabled boolean)
			where f.bot_id = $1 and f.id = i.id`, bot, asJSON(part))
	}
	if b.Len() == 0 {
		return t, nil
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return t, err
	}
	return t, fits(ctx, tx, bot)
}

// merge sorts the rows into new and changed entries.
func (f *File) merge(have []FAQ, t *Tally) (add, change []FAQ) {
	byName, byQuestion := make(map[string]*FAQ, len(have)), make(map[string]*FAQ, len(have))
	for i := range slices.Backward(have) { // of several, the oldest is meant
		h := &have[i]
		byName[h.ID.String()] = h
		byQuestion[h.Question] = h
	}
	for i := range have {
		if h := &have[i]; h.ExternalID != "" {
			byName[h.ExternalID] = h
		}
	}
	met := map[*FAQ]int{} // line of the row
	for _, r := range f.rows {
		old := byName[r.ExternalID]
		if r.ExternalID == "" {
			old = byQuestion[r.Question]
		}
		next := r.FAQ
		if old == nil {
			next.ID, next.Enabled = id.New[id.FAQ](), r.enabled == nil || *r.enabled
			add = append(add, next)
			continue
		}
		if first, ok := met[old]; ok {
			t.Refused = append(t.Refused, Refusal{r.line, errs.New(errs.Invalid, "faq.twice", "line", first)})
			continue
		}
		met[old] = r.line
		next.ID, next.ExternalID, next.Enabled = old.ID, old.ExternalID, old.Enabled
		set(&next.Enabled, r.enabled)
		if f.format == CSV {
			keepBreaks(&next.Question, old.Question)
			keepBreaks(&next.Answer, old.Answer)
		}
		if next.same(old) {
			t.Unchanged++
			continue
		}
		change = append(change, next)
	}
	t.Added, t.Updated = len(add), len(change)
	slices.SortStableFunc(t.Refused, func(a, b Refusal) int { return a.Line - b.Line })
	return add, change
}

// keepBreaks leaves a text as it is stored when all that CSV changed of it are line breaks:
// in a cell they are always a mere line feed.
func keepBreaks(text *string, stored string) {
	if *text == strings.ReplaceAll(stored, "\r\n", "\n") {
		*text = stored
	}
}

func asJSON(faqs []FAQ) string {
	b, err := json.Marshal(faqs)
	if err != nil {
		panic("knowledge: entries do not marshal: " + err.Error()) // they are plain texts
	}
	return string(b)
}

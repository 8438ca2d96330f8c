// Package knowledge keeps what a company's bots may answer in its own words: frequent
// questions, each with other ways to ask it and one answer that is said as it stands.
//
// Store functions work in the company's transaction and check every entry before it is
// stored. They do not know about bots: internal/assistant locks the bot, makes its
// compiled form stale in the same transaction, and records who did it.
package knowledge

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
)

// FAQ is one entry. Without a question it is a passage: it is found by what its answer says.
type FAQ struct {
	ID         id.FAQ    `json:"id" format:"uuid"`
	ExternalID string    `json:"external_id,omitempty" doc:"Your own name for it: an import changes the entry that has it"`
	Question   string    `json:"question"`
	Answer     string    `json:"answer" doc:"Said as it stands, byte for byte"`
	Variants   []string  `json:"variants" doc:"Other ways to ask it; the more, the better it is found"`
	Enabled    bool      `json:"enabled"`
	Hits       int64     `json:"hits_7d" doc:"How often it answered in the last seven days"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// Name is what the entry goes by outside: its ExternalID, or else its ID.
func (f FAQ) Name() string {
	if f.ExternalID != "" {
		return f.ExternalID
	}
	return f.ID.String()
}

// Limits of an entry, in characters but for the answer.
const (
	MaxExternalID = 200
	MaxQuestion   = 2000
	MaxAnswer     = chat.MaxText // bytes of UTF-8
	MaxVariants   = 50
	MaxVariant    = 500
)

// Limits of a bot's entries together: an index of this size takes some 150 MB and seconds
// to build.
const (
	MaxEntries  = 50_000
	MaxExamples = 100_000 // questions and variants
	MaxText     = 64 << 20
)

// clean trims what surrounds the texts, but never the answer, and drops variants that are
// blank or said twice. The error joins one *errs.Problem per fault.
func (f *FAQ) clean() error {
	f.ExternalID, f.Question = strings.TrimSpace(f.ExternalID), strings.TrimSpace(f.Question)
	variants := make([]string, 0, len(f.Variants))
	for _, v := range f.Variants {
		if v = strings.Join(strings.Fields(v), " "); v != "" && !slices.Contains(variants, v) {
			variants = append(variants, v)
		}
	}
	f.Variants = variants
	return f.check()
}

func (f *FAQ) check() error {
	var faults []error
	bad := func(field, code string, kv ...any) {
		faults = append(faults, errs.New(errs.Invalid, code, kv...).At(field))
	}
	if utf8.RuneCountInString(f.ExternalID) > MaxExternalID || strings.ContainsFunc(f.ExternalID, unicode.IsControl) {
		bad("external_id", "faq.external_id", "max", MaxExternalID)
	}
	if utf8.RuneCountInString(f.Question) > MaxQuestion {
		bad("question", "faq.question", "max", MaxQuestion)
	}
	switch {
	case strings.TrimSpace(f.Answer) == "":
		bad("answer", "faq.no_answer")
	case len(f.Answer) > MaxAnswer:
		bad("answer", "faq.answer", "max", MaxAnswer)
	}
	if len(f.Variants) > MaxVariants || slices.ContainsFunc(f.Variants, func(v string) bool { return utf8.RuneCountInString(v) > MaxVariant }) {
		bad("variants", "faq.variants", "max", MaxVariants, "length", MaxVariant)
	}
	for _, t := range append([]string{f.ExternalID, f.Question, f.Answer}, f.Variants...) {
		if !utf8.ValidString(t) || strings.IndexByte(t, 0) >= 0 {
			faults = append(faults, errs.New(errs.Invalid, "faq.bad_text"))
			break
		}
	}
	return errors.Join(faults...)
}

// same reports whether two entries say the same; when they did, and how often, is not asked.
func (f *FAQ) same(g *FAQ) bool {
	return f.ID == g.ID && f.ExternalID == g.ExternalID && f.Question == g.Question && f.Answer == g.Answer &&
		f.Enabled == g.Enabled && slices.Equal(f.Variants, g.Variants)
}

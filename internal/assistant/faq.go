package assistant

import (
	"context"
	"io"

	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/knowledge"
)

// FAQs returns a page of a bot's questions, and how many there are on all pages.
func (s *Service) FAQs(ctx context.Context, tx db.CompanyTx, bot id.Bot, q knowledge.Query) (page []knowledge.FAQ, total int, err error) {
	if err := exists(ctx, tx, bot); err != nil {
		return nil, 0, err
	}
	if total, err = knowledge.Count(ctx, tx, bot, q.Text); err != nil {
		return nil, 0, err
	}
	page, err = knowledge.List(ctx, tx, bot, q)
	return page, total, err
}

// CreateFAQ adds a question.
func (s *Service) CreateFAQ(ctx context.Context, tx db.CompanyTx, by company.Actor, bot id.Bot, d knowledge.Draft) (knowledge.FAQ, error) {
	if _, err := touch(ctx, tx, bot); err != nil {
		return knowledge.FAQ{}, err
	}
	f, err := knowledge.Create(ctx, tx, bot, d)
	if err != nil {
		return f, err
	}
	return f, company.Record(ctx, tx, by, "faq.create", faqObject(f), nil)
}

// UpdateFAQ changes a question and returns it as it is now.
func (s *Service) UpdateFAQ(ctx context.Context, tx db.CompanyTx, by company.Actor, bot id.Bot, which id.FAQ, ch knowledge.Change) (knowledge.FAQ, error) {
	if _, err := touch(ctx, tx, bot); err != nil {
		return knowledge.FAQ{}, err
	}
	before, after, err := knowledge.Update(ctx, tx, bot, which, ch)
	if err != nil {
		return after, err
	}
	changes := company.Diff(before, after)
	delete(changes, "updated_at")
	return after, company.Record(ctx, tx, by, "faq.update", faqObject(after), changes)
}

// DeleteFAQ removes a question.
func (s *Service) DeleteFAQ(ctx context.Context, tx db.CompanyTx, by company.Actor, bot id.Bot, which id.FAQ) error {
	if _, err := touch(ctx, tx, bot); err != nil {
		return err
	}
	f, err := knowledge.Delete(ctx, tx, bot, which)
	if err != nil {
		return err
	}
	return company.Record(ctx, tx, by, "faq.delete", faqObject(f), nil)
}

// ImportFAQs reads a file to its end and merges it into a bot's questions, all of it or
// nothing; see knowledge.Read and knowledge.Import. A company imports one file at a time:
// Conflict faq.importing.
func (s *Service) ImportFAQs(ctx context.Context, at id.Company, by company.Actor, bot id.Bot, format knowledge.Format, r io.Reader) (t knowledge.Tally, err error) {
	if _, busy := s.importing.LoadOrStore(at, true); busy { // files are held in memory
		return t, errs.New(errs.Conflict, "faq.importing")
	}
	defer s.importing.Delete(at)
	if err := s.db.ForCompany(ctx, at, func(tx db.CompanyTx) error { return exists(ctx, tx, bot) }); err != nil {
		return t, err
	}
	f, err := knowledge.Read(r, format)
	if err != nil {
		return t, err
	}
	err = s.db.ForCompany(ctx, at, func(tx db.CompanyTx) (err error) {
		t, err = s.importInto(ctx, tx, by, bot, f)
		return err
	})
	return t, err
}

func (s *Service) importInto(ctx context.Context, tx db.CompanyTx, by company.Actor, bot id.Bot, f *knowledge.File) (knowledge.Tally, error) {
	name, err := lock(ctx, tx, bot)
	if err != nil {
		return knowledge.Tally{}, err
	}
	t, err := knowledge.Import(ctx, tx, bot, f)
	if err != nil || t.Added+t.Updated == 0 {
		return t, err
	}
	if _, err := touch(ctx, tx, bot); err != nil {
		return t, err
	}
	return t, company.Record(ctx, tx, by, "faq.import", company.Object{Kind: "bot", ID: bot.String(), Name: name},
		company.Changes{"added": {To: t.Added}, "updated": {To: t.Updated}})
}

// ExportFAQs returns all of a bot's questions, the oldest first.
func (s *Service) ExportFAQs(ctx context.Context, tx db.CompanyTx, bot id.Bot) ([]knowledge.FAQ, error) {
	if err := exists(ctx, tx, bot); err != nil {
		return nil, err
	}
	return knowledge.All(ctx, tx, bot)
}

func faqObject(f knowledge.FAQ) company.Object {
	name := []rune(f.Question)
	if len(name) == 0 {
		name = []rune(f.Answer)
	}
	return company.Object{Kind: "faq", ID: f.ID.String(), Name: string(name[:min(len(name), 120)])}
}

package api

import (
	"bytes"
	"context"
	"io"
	"mime"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"recado/internal/auth"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/knowledge"
)

func (a *API) faqs() {
	add(a, operation{ID: "listFaqs", Method: "GET", Path: "/bots/{id}/faqs", Tag: "Questions", Needs: seeBots,
		Summary: "List a bot's questions", Description: "The newest first."}, a.listFAQs)
	add(a, operation{ID: "createFaq", Method: "POST", Path: "/bots/{id}/faqs", Tag: "Questions", Needs: writeBots, Status: 201, Refusals: []int{409},
		Summary: "Add a question"}, a.createFAQ)
	add(a, operation{ID: "updateFaq", Method: "PATCH", Path: "/bots/{id}/faqs/{faq}", Tag: "Questions", Needs: writeBots, Refusals: []int{409},
		Summary: "Change a question", Description: "What is not named stays."}, a.updateFAQ)
	add(a, operation{ID: "deleteFaq", Method: "DELETE", Path: "/bots/{id}/faqs/{faq}", Tag: "Questions", Needs: writeBots, Status: 204,
		Summary: "Delete a question"}, a.deleteFAQ)
	add(a, operation{ID: "exportFaqs", Method: "GET", Path: "/bots/{id}/faqs/export", Tag: "Questions", Needs: seeBots,
		Summary:     "Download a bot's questions",
		Description: "In the form that the import reads. In CSV, cells that a spreadsheet would take for formulas begin with an apostrophe, which the import takes away again."}, a.exportFAQs)

	// The file is read as it arrives, so huma must not see a body; it is described by hand.
	op := a.describe(operation{ID: "importFaqs", Method: "POST", Path: "/bots/{id}/faqs/import", Tag: "Questions", Needs: writeBots, Refusals: []int{409, 422},
		MaxBody: knowledge.MaxFile,
		Summary: "Upload questions", Description: "Up to 20,000 rows and 20 MB of JSON lines, `{\"id\", \"question\", \"answer\", \"variants\": []}`, " +
			"or of CSV with a first line that names the columns `external_id`, `question`, `answer`, `variants` (separated by `|` or line breaks) and `enabled`; " +
			"cells may be separated by commas, semicolons or tabs. A row changes the question with its id, or without one the question with the same words; " +
			"otherwise it adds one. The same file again changes nothing. Rows that cannot be taken are named, and the others are taken."})
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	for name := range importFormats {
		op.RequestBody.Content[name] = &huma.MediaType{}
	}
	huma.Register(a.huma, *op, a.importFAQs)
}

type listFAQsInput struct {
	BotPath
	Page
	Q string `query:"q" maxLength:"200" doc:"Words in the question, its variants, its answer or its external id; accents and case do not matter"`
}

// FAQPage is one page of questions.
type FAQPage struct {
	List[knowledge.FAQ]
	Total int `json:"total" doc:"How many there are on all pages"`
}

func (a *API) listFAQs(ctx context.Context, in *listFAQsInput) (*Out[FAQPage], error) {
	q := knowledge.Query{Text: in.Q, Limit: in.Limit + 1}
	if _, err := in.After(&q.Before); err != nil {
		return nil, err
	}
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (p FAQPage, err error) {
		items, total, err := a.Bots.FAQs(ctx, tx, in.ID, q)
		p.Total = total
		p.List, err = pageOf(items, in.Limit, func(f knowledge.FAQ) any { return f.ID }, err)
		return p, err
	}))
}

type createFAQInput struct {
	BotPath
	Body struct {
		ExternalID string   `json:"external_id,omitempty" maxLength:"200"`
		Question   string   `json:"question,omitempty" maxLength:"2000" doc:"Empty for a passage, which is found by its answer"`
		Answer     string   `json:"answer" minLength:"1" maxLength:"16384"`
		Variants   []string `json:"variants,omitempty" maxItems:"50"`
		Enabled    *bool    `json:"enabled,omitempty" default:"true"`
	}
}

func (a *API) createFAQ(ctx context.Context, in *createFAQInput) (*Out[knowledge.FAQ], error) {
	b := in.Body
	d := knowledge.Draft{ExternalID: b.ExternalID, Question: b.Question, Answer: b.Answer, Variants: b.Variants, Enabled: *b.Enabled}
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (knowledge.FAQ, error) {
		return a.Bots.CreateFAQ(ctx, tx, actor(ctx), in.ID, d)
	}))
}

// FAQPath names a question of a bot.
type FAQPath struct {
	BotPath
	FAQ id.FAQ `path:"faq" format:"uuid"`
}

type updateFAQInput struct {
	FAQPath
	Body knowledge.Change
}

func (a *API) updateFAQ(ctx context.Context, in *updateFAQInput) (*Out[knowledge.FAQ], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (knowledge.FAQ, error) {
		return a.Bots.UpdateFAQ(ctx, tx, actor(ctx), in.ID, in.FAQ, in.Body)
	}))
}

func (a *API) deleteFAQ(ctx context.Context, in *FAQPath) (*struct{}, error) {
	return nil, a.DB.ForCompany(ctx, auth.From(ctx).Company, func(tx db.CompanyTx) error {
		return a.Bots.DeleteFAQ(ctx, tx, actor(ctx), in.ID, in.FAQ)
	})
}

var importFormats = map[string]knowledge.Format{
	"application/jsonl": knowledge.JSONL, "application/x-ndjson": knowledge.JSONL, "text/csv": knowledge.CSV,
}

const importWithin = 2 * time.Minute

type importFAQsInput struct {
	BotPath
	Mode   string `query:"mode" enum:"upsert" default:"upsert"`
	format knowledge.Format
	body   io.Reader
}

// Resolve implements huma.Resolver: it takes hold of the body.
func (in *importFAQsInput) Resolve(c huma.Context) []error {
	kind, _, err := mime.ParseMediaType(c.Header("Content-Type"))
	format, ok := importFormats[kind]
	if err != nil || !ok {
		return []error{errs.New(errs.Invalid, "faq.file_type").At("body")}
	}
	// The server's read timeout is for small bodies.
	_ = c.SetReadDeadline(time.Now().Add(importWithin))
	in.format, in.body = format, c.BodyReader()
	return nil
}

// Imported is what an upload did.
type Imported struct {
	Added        int          `json:"added"`
	Updated      int          `json:"updated"`
	Unchanged    int          `json:"unchanged"`
	Refused      []RefusedRow `json:"refused" doc:"The rows that were not taken, at most 500 of them"`
	RefusedTotal int          `json:"refused_total"`
}

// RefusedRow is a row that was not taken, and why.
type RefusedRow struct {
	Line   int    `json:"line" doc:"Where it begins, from 1"`
	Code   string `json:"code" example:"faq.no_answer"`
	Detail string `json:"detail" doc:"A sentence for people"`
	Field  string `json:"field,omitempty" doc:"The column at fault"`
}

const maxRefused = 500

func (a *API) importFAQs(ctx context.Context, in *importFAQsInput) (*Out[Imported], error) {
	t, err := a.Bots.ImportFAQs(ctx, auth.From(ctx).Company, actor(ctx), in.ID, in.format, in.body)
	if err != nil {
		return nil, err
	}
	out := Imported{Added: t.Added, Updated: t.Updated, Unchanged: t.Unchanged, Refused: []RefusedRow{}, RefusedTotal: len(t.Refused)}
	lang := scopeOf(ctx).lang
	for _, r := range t.Refused[:min(len(t.Refused), maxRefused)] {
		out.Refused = append(out.Refused, RefusedRow{r.Line, r.Problem.Code, sentence(lang, r.Problem.Code, r.Problem.Args), r.Problem.Field})
	}
	return &Out[Imported]{out}, nil
}

type exportFAQsInput struct {
	BotPath
	Format knowledge.Format `query:"format" enum:"jsonl,csv" default:"jsonl"`
}

type exportFAQsOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte `contentType:"application/octet-stream"`
}

func (a *API) exportFAQs(ctx context.Context, in *exportFAQsInput) (*exportFAQsOutput, error) {
	list, err := inCompany(ctx, a, func(tx db.CompanyTx) ([]knowledge.FAQ, error) { return a.Bots.ExportFAQs(ctx, tx, in.ID) })
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := knowledge.Write(&b, in.Format, list); err != nil {
		return nil, err
	}
	kind := "application/jsonl"
	if in.Format == knowledge.CSV {
		kind = "text/csv; charset=utf-8"
	}
	return &exportFAQsOutput{kind, `attachment; filename="faqs.` + string(in.Format) + `"`, b.Bytes()}, nil
}

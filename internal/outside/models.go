package outside

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/llm"
	"recado/internal/seal"
)

// OpenAI is the provider of any endpoint that speaks OpenAI's protocol.
const OpenAI = "openai"

const (
	defaultBudget = 200_000 // tokens a day
	maxBudget     = 1_000_000_000
	modelTime     = 6 * time.Second // a whole turn has eight
)

// ModelKey is a company's own access to a language model. The key itself is never read back.
type ModelKey struct {
	Provider    string    `json:"provider" enum:"openai"`
	BaseURL     string    `json:"base_url" example:"https://api.openai.com/v1"`
	Model       string    `json:"model" example:"gpt-5-mini"`
	Last4       string    `json:"last4" doc:"The key's last characters"`
	Budget      int64     `json:"budget" doc:"Tokens a day; 0: no limit"`
	TokensToday int64     `json:"tokens_today"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// ModelKeyChange is what to set; a nil field stays. A new base URL wants the key anew: else
// whoever may set one could have the old key sent to themselves.
type ModelKeyChange struct {
	BaseURL *string
	Model   *string
	Key     *string
	Budget  *int64
}

const modelKeySQL = `select k.provider, k.base_url, k.model, k.last4, k.budget, k.updated_at, k.sealed,
	coalesce((select sum(u.tokens_in + u.tokens_out) from model_usage u where u.provider = k.provider and u.day = (now() at time zone co.time_zone)::date), 0)
	from model_key k join company co on co.id = k.company_id where k.provider = $1`

func modelKey(ctx context.Context, tx db.CompanyTx, provider string) (k ModelKey, sealed []byte, err error) {
	err = tx.QueryRow(ctx, modelKeySQL, provider).Scan(&k.Provider, &k.BaseURL, &k.Model, &k.Last4, &k.Budget, &k.UpdatedAt, &sealed, &k.TokensToday)
	if errors.Is(err, pgx.ErrNoRows) {
		err = errs.Missing("model_key")
	}
	return k, sealed, err
}

// ModelKeyOf returns a company's key for a provider, without the key.
func ModelKeyOf(ctx context.Context, tx db.CompanyTx, provider string) (ModelKey, error) {
	k, _, err := modelKey(ctx, tx, provider)
	return k, err
}

// ModelAccount opens a company's key for those who ask the model.
func ModelAccount(ctx context.Context, tx db.CompanyTx, keys *seal.Keys, provider string) (llm.Account, error) {
	k, sealed, err := modelKey(ctx, tx, provider)
	if err != nil {
		return llm.Account{}, err
	}
	plain, err := keys.Open(modelPlace(tx, provider), sealed)
	return llm.Account{BaseURL: k.BaseURL, Key: string(plain), Model: k.Model}, err
}

func modelPlace(tx db.CompanyTx, provider string) string {
	return "model key " + tx.Company().String() + " " + provider
}

// SetModelKey makes or changes a company's key.
func SetModelKey(ctx context.Context, tx db.CompanyTx, by company.Actor, keys *seal.Keys, provider string, c ModelKeyChange) (ModelKey, error) {
	if provider != OpenAI {
		return ModelKey{}, errs.Missing("model_key")
	}
	old, sealed, err := modelKey(ctx, tx, provider)
	if err != nil && !errs.Is(err, "not_found") {
		return old, err
	}
	fresh := err != nil
	k := old
	if fresh {
		k = ModelKey{Provider: provider, BaseURL: "https://api.openai.com/v1", Budget: defaultBudget}
	}
	set(&k.BaseURL, c.BaseURL)
	set(&k.Model, c.Model)
	if c.Budget != nil {
		k.Budget = *c.Budget
	}
	if err := k.check(); err != nil {
		return old, err
	}
	key := ""
	set(&key, c.Key)
	switch {
	case key == "" && (fresh || k.BaseURL != old.BaseURL):
		return old, errs.New(errs.Invalid, "model.key_needed").At("key")
	case key != "":
		if len(key) < 4 || len(key) > 500 || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return old, errs.New(errs.Invalid, "model.key").At("key")
		}
		k.Last4, sealed = key[max(len(key)-4, len(key)/2):], keys.Seal(modelPlace(tx, provider), []byte(key))
	}
	_, err = tx.Exec(ctx, `insert into model_key (company_id, provider, base_url, model, sealed, last4, budget) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (company_id, provider) do update set base_url = excluded.base_url, model = excluded.model, sealed = excluded.sealed,
			last4 = excluded.last4, budget = excluded.budget, updated_at = now()`,
		tx.Company(), provider, k.BaseURL, k.Model, sealed, k.Last4, k.Budget)
	if err != nil {
		return old, err
	}
	k, err = ModelKeyOf(ctx, tx, provider)
	if err != nil {
		return k, err
	}
	return k, company.Record(ctx, tx, by, "model_key.update", company.Object{Kind: "model_key", ID: provider, Name: provider}, company.Diff(old.audited(), k.audited()))
}

// DeleteModelKey takes a key away; what was spent stays on record.
func DeleteModelKey(ctx context.Context, tx db.CompanyTx, by company.Actor, provider string) error {
	tag, err := tx.Exec(ctx, `delete from model_key where provider = $1`, provider)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return errs.Missing("model_key")
	}
	return company.Record(ctx, tx, by, "model_key.delete", company.Object{Kind: "model_key", ID: provider, Name: provider}, nil)
}

func set(to *string, s *string) {
	if s != nil {
		*to = strings.TrimSpace(*s)
	}
}

func (k ModelKey) audited() any {
	return struct {
		BaseURL string `json:"base_url"`
		Model   string `json:"model"`
		Last4   string `json:"last4"`
		Budget  int64  `json:"budget"`
	}{k.BaseURL, k.Model, k.Last4, k.Budget}
}

func (k *ModelKey) check() error {
	var faults []error
	u, err := url.Parse(k.BaseURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(k.BaseURL) > 500 {
		faults = append(faults, errs.New(errs.Invalid, "model.base_url").At("base_url"))
	}
	if k.Model == "" || len(k.Model) > 120 || strings.ContainsFunc(k.Model, func(r rune) bool { return r <= ' ' || r > '~' }) {
		faults = append(faults, errs.New(errs.Invalid, "model.name").At("model"))
	}
	if k.Budget < 0 || k.Budget > maxBudget {
		faults = append(faults, errs.New(errs.Invalid, "model.budget", "max", maxBudget).At("budget"))
	}
	return errors.Join(faults...)
}

// model asks the company's model once, within its budget and the turn's time.
func (h *host) model(ctx context.Context, r llm.Request) (llm.Response, error) {
	if h.Model == nil {
		return llm.Response{}, &callError{"not_configured", "no models here"}
	}
	var account llm.Account
	// A token is at least a byte or so in any language: what is set aside is not too little.
	reserve := llm.Usage{In: (len(r.System) + len(r.User)) / 2, Out: r.MaxTokens}
	err := h.inCompany(ctx, func(tx db.CompanyTx) (err error) {
		if account, err = ModelAccount(ctx, tx, h.Keys, OpenAI); err != nil {
			return err
		}
		return spend(ctx, tx, account.Model, reserve, 1)
	})
	if errs.Is(err, "not_found") {
		return llm.Response{}, &callError{"not_configured", "the company has no model key"}
	}
	if err != nil {
		return llm.Response{}, err
	}
	limited, cancel := within(ctx, modelTime)
	defer cancel()
	resp, failed := h.Model(account).Complete(limited, r)
	if failed == nil && resp.Usage == (llm.Usage{}) {
		resp.Usage = reserve // an endpoint that does not count
	}
	back := llm.Usage{In: resp.Usage.In - reserve.In, Out: resp.Usage.Out - reserve.Out}
	// What was spent is written down even if nobody waits for the answer any more.
	err = h.inCompany(context.WithoutCancel(ctx), func(tx db.CompanyTx) error { return spend(ctx, tx, account.Model, back, 0) })
	if failed != nil {
		return resp, asCallError(failed)
	}
	return resp, err
}

func asCallError(err error) error {
	var e *llm.Error
	if !errors.As(err, &e) {
		return err
	}
	code := map[llm.Class]string{llm.Refused: "refused", llm.Limited: "limit", llm.Timeout: "timeout", llm.BadAnswer: "bad_answer"}[e.Class]
	return &callError{cmp.Or(code, "unavailable"), "model: " + string(e.Class)}
}

// CheckModel asks the provider whether it would serve the company. Problems: not_found,
// model.refused, model.limited, model.unavailable, model.bad_answer, model.no_model.
func (o *Outside) CheckModel(ctx context.Context, c id.Company, provider string) error {
	var account llm.Account
	err := o.DB.ForCompany(ctx, c, func(tx db.CompanyTx) (err error) {
		account, err = ModelAccount(ctx, tx, o.Keys, provider)
		return err
	})
	if err != nil {
		return err
	}
	if o.Model == nil {
		return errs.New(errs.Conflict, "model.unavailable")
	}
	m, ok := o.Model(account).(llm.Checker)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, modelTime)
	defer cancel()
	err = m.Check(ctx)
	var e *llm.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, llm.ErrNoModel):
		return errs.New(errs.Conflict, "model.no_model", "model", account.Model)
	case errors.As(err, &e) && (e.Class == llm.Refused || e.Class == llm.Limited || e.Class == llm.BadAnswer):
		return errs.New(errs.Conflict, "model."+string(e.Class))
	}
	return errs.New(errs.Conflict, "model.unavailable")
}

// spend adds to today's usage, and refuses to begin a call that the day's budget no longer
// covers. Calls at the same time wait for each other here, so that they cannot all be the last.
func spend(ctx context.Context, tx db.CompanyTx, model string, u llm.Usage, calls int) error {
	ctx = context.WithoutCancel(ctx)
	var in, out int64
	err := tx.QueryRow(ctx, `insert into model_usage as u (company_id, provider, model, day, calls, tokens_in, tokens_out)
			select id, $1, $2, (now() at time zone time_zone)::date, $3, greatest($4, 0), greatest($5, 0) from company
		on conflict (company_id, day, provider, model) do update set calls = u.calls + $3,
			tokens_in = greatest(u.tokens_in + $4, 0), tokens_out = greatest(u.tokens_out + $5, 0)
		returning tokens_in, tokens_out`, OpenAI, model, calls, u.In, u.Out).Scan(&in, &out)
	if err != nil || calls == 0 {
		return err
	}
	k, err := ModelKeyOf(ctx, tx, OpenAI)
	if err == nil && k.Budget > 0 && k.TokensToday > k.Budget {
		return &callError{"limit", "the day's budget of tokens is spent"}
	}
	return err
}

// Spent is what a company's models cost on one day.
type Spent struct {
	Day       string `json:"day" format:"date"`
	Provider  string `json:"provider"`
	Model     string `json:"model"`
	Calls     int64  `json:"calls"`
	TokensIn  int64  `json:"tokens_in"`
	TokensOut int64  `json:"tokens_out"`
}

// Spending lists the last days' usage, the newest first.
func Spending(ctx context.Context, tx db.CompanyTx, days int) ([]Spent, error) {
	rows, err := tx.Query(ctx, `select day::text, provider, model, calls, tokens_in, tokens_out from model_usage
		where day > current_date - $1::int order by day desc, provider, model`, days)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Spent])
}

// Package company knows the shops that use the program: their settings, the people who
// work there, their labels, and the record of who changed what.
package company

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/currency"

	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/hours"
	"recado/internal/id"
)

// Company is one shop and its settings.
type Company struct {
	ID        id.Company  `json:"id" format:"uuid"`
	Name      string      `json:"name"`
	TimeZone  string      `json:"time_zone" doc:"IANA name" example:"America/Bogota"`
	Language  string      `json:"language" enum:"es,en"`
	Currency  string      `json:"currency" doc:"ISO 4217" example:"COP"`
	Hours     hours.Hours `json:"hours" doc:"Opening hours, in the company's time zone"`
	Address   string      `json:"address,omitempty"`
	Demo      bool        `json:"demo" doc:"Filled with invented people and messages"`
	CreatedAt time.Time   `json:"created_at"`
}

// New is what it takes to found a company; empty fields take the defaults.
type New struct {
	Name, Language, TimeZone string
	Demo                     bool
}

// Found inserts a company.
func Found(ctx context.Context, tx db.SystemTx, n New) (id.Company, error) {
	name, err := CleanName("name", n.Name)
	if err != nil {
		return id.Company{}, err
	}
	n.Language, n.TimeZone = cmp.Or(n.Language, "es"), cmp.Or(n.TimeZone, "UTC")
	if err := errors.Join(CheckLanguage(n.Language), checkZone(n.TimeZone)); err != nil {
		return id.Company{}, err
	}
	c := id.New[id.Company]()
	_, err = tx.Exec(ctx, `insert into company (id, name, time_zone, language, demo) values ($1, $2, $3, $4, $5)`,
		c, name, n.TimeZone, n.Language, n.Demo)
	return c, err
}

// Get reads the company of the transaction.
func Get(ctx context.Context, tx db.CompanyTx) (Company, error) {
	rows, err := tx.Query(ctx,
		`select id, name, time_zone, language, currency, hours, address, demo, created_at from company where id = $1`, tx.Company())
	if err != nil {
		return Company{}, err
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Company])
	if errors.Is(err, pgx.ErrNoRows) {
		err = errs.Missing("company")
	}
	return c, err
}

// SettingsChange names the settings to change; nil leaves one as it is.
type SettingsChange struct {
	Name     *string      `json:"name,omitempty" minLength:"1" maxLength:"120"`
	TimeZone *string      `json:"time_zone,omitempty" maxLength:"64" doc:"IANA name" example:"America/Bogota"`
	Language *string      `json:"language,omitempty" enum:"es,en"`
	Currency *string      `json:"currency,omitempty" pattern:"^[A-Z]{3}$" doc:"ISO 4217" example:"COP"`
	Hours    *hours.Hours `json:"hours,omitempty"`
	Address  *string      `json:"address,omitempty" maxLength:"300"`
}

// Update applies ch, records who did it, and returns the company as it is now.
func Update(ctx context.Context, tx db.CompanyTx, by Actor, ch SettingsChange) (Company, error) {
	// The lock makes the recorded change the true one when two people save at once.
	if _, err := tx.Exec(ctx, `select 1 from company where id = $1 for update`, tx.Company()); err != nil {
		return Company{}, err
	}
	before, err := Get(ctx, tx)
	if err != nil {
		return before, err
	}
	after, err := before.with(ch)
	if err != nil {
		return before, err
	}
	_, err = tx.Exec(ctx,
		`update company set name = $2, time_zone = $3, language = $4, currency = $5, hours = $6, address = $7 where id = $1`,
		tx.Company(), after.Name, after.TimeZone, after.Language, after.Currency, after.Hours, after.Address)
	if err != nil {
		return before, err
	}
	return after, Record(ctx, tx, by, "company.update", Object{"company", after.ID.String(), after.Name}, Diff(before, after))
}

// with returns c with ch applied, or every fault of ch joined.
func (c Company) with(ch SettingsChange) (Company, error) {
	var faults []error
	if ch.Name != nil {
		name, err := CleanName("name", *ch.Name)
		faults, c.Name = append(faults, err), name
	}
	if ch.TimeZone != nil {
		faults, c.TimeZone = append(faults, checkZone(*ch.TimeZone)), *ch.TimeZone
	}
	if ch.Language != nil {
		faults, c.Language = append(faults, CheckLanguage(*ch.Language)), *ch.Language
	}
	if ch.Currency != nil {
		faults, c.Currency = append(faults, checkCurrency(*ch.Currency)), *ch.Currency
	}
	if ch.Hours != nil {
		_, err := ch.Hours.Compile("")
		faults, c.Hours = append(faults, errs.Under("hours", err)), *ch.Hours
	}
	if ch.Address != nil {
		c.Address = strings.TrimSpace(*ch.Address)
	}
	return c, errors.Join(faults...)
}

// maxName is the longest name of a company, person or label, in characters.
const maxName = 120

// CleanName trims a name and refuses one that is empty, too long, or not a line of text;
// field is where the refusal points.
func CleanName(field, s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" || utf8.RuneCountInString(s) > maxName || strings.ContainsFunc(s, unicode.IsControl) {
		return "", errs.New(errs.Invalid, "company.name", "max", maxName).At(field)
	}
	return s, nil
}

// CheckLanguage refuses a language the program does not speak.
func CheckLanguage(s string) error {
	if s != "es" && s != "en" {
		return errs.New(errs.Invalid, "company.language", "language", s).At("language")
	}
	return nil
}

// checkZone asks the same zone database as opening hours do.
func checkZone(name string) error {
	if _, err := (hours.Hours{Zone: name}).Compile(""); name == "" || err != nil {
		return errs.New(errs.Invalid, "company.time_zone", "zone", name).At("time_zone")
	}
	return nil
}

func checkCurrency(code string) error {
	if u, err := currency.ParseISO(code); err != nil || u.String() != code {
		return errs.New(errs.Invalid, "company.currency", "currency", code).At("currency")
	}
	return nil
}

package inbox

import (
	"context"
	"fmt"
	"net/mail"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/flows"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// ListContacts returns people, the newest first, below an id when it is not zero. search
// looks into name, e-mail address and phone.
func ListContacts(ctx context.Context, tx db.CompanyTx, search string, before id.Contact, limit int) ([]RowContact, error) {
	rows, err := tx.Query(ctx, `select id, name, phone, email from contact
		where ($1 = '' or lower(name || ' ' || email || ' ' || phone) like $2) and ($3::uuid is null or id < $3)
		order by id desc limit $4`, search, "%"+like.Replace(strings.ToLower(strings.TrimSpace(search)))+"%", before, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (c RowContact, err error) {
		err = r.Scan(&c.ID, &c.Name, &c.Phone, &c.Email)
		c.Initials = Initials(c.Name)
		return c, err
	})
}

var like = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// ContactPatch names what to change; nil leaves it as it is.
type ContactPatch struct {
	Name       *string        `json:"name,omitempty" maxLength:"200"`
	Email      *string        `json:"email,omitempty" maxLength:"254"`
	Phone      *string        `json:"phone,omitempty" maxLength:"16" doc:"E.164, +34600111222; empty for none"`
	Notes      *string        `json:"notes,omitempty" maxLength:"4000"`
	Attributes map[string]any `json:"attributes,omitempty" doc:"Merged into those it has; null removes one"`
	Tags       *[]string      `json:"tags,omitempty" maxItems:"100" doc:"All of them; a tag that was not there before starts the flows that wait for it"`
}

const maxTag = 60 // characters

var e164 = regexp.MustCompile(`^\+[0-9]{6,15}$`)

func (p *ContactPatch) check() error {
	if p.Email != nil && *p.Email != "" {
		a, err := mail.ParseAddress(*p.Email)
		if err != nil || a.Address != *p.Email {
			return errs.New(errs.Invalid, "contact.email").At("email")
		}
	}
	if p.Phone != nil && *p.Phone != "" && !e164.MatchString(*p.Phone) {
		return errs.New(errs.Invalid, "contact.phone").At("phone")
	}
	if p.Tags != nil {
		for i, t := range *p.Tags {
			(*p.Tags)[i] = strings.TrimSpace(t)
			if n := utf8.RuneCountInString((*p.Tags)[i]); n == 0 || n > maxTag {
				return errs.New(errs.Invalid, "contact.tag", "max", maxTag).At(fmt.Sprintf("tags[%d]", i))
			}
		}
		slices.Sort(*p.Tags)
		*p.Tags = slices.Compact(*p.Tags)
	}
	if len(p.Attributes) > 100 {
		return errs.New(errs.Invalid, "contact.too_many_attributes", "max", 100).At("attributes")
	}
	return nil
}

// UpdateContact changes a person's record.
func UpdateContact(ctx context.Context, tx db.CompanyTx, by company.Actor, c id.Contact, p ContactPatch) (Contact, error) {
	if err := p.check(); err != nil {
		return Contact{}, err
	}
	old, err := GetContact(ctx, tx, c)
	if err != nil {
		return old, err
	}
	if p.Attributes == nil {
		p.Attributes = map[string]any{}
	}
	_, err = tx.Exec(ctx, `update contact set name = coalesce($2, name), email = coalesce($3, email), phone = coalesce($4, phone),
		notes = coalesce($5, notes), attributes = jsonb_strip_nulls(attributes || $6::jsonb), tags = coalesce($7, tags), updated_at = now() where id = $1`,
		c, p.Name, p.Email, p.Phone, p.Notes, p.Attributes, p.Tags)
	if err != nil {
		return old, err
	}
	v, err := GetContact(ctx, tx, c)
	if err != nil {
		return v, err
	}
	if err := tellChanges(ctx, tx, old, v); err != nil {
		return v, err
	}
	return v, company.Record(ctx, tx, by, "contact.update", company.Object{Kind: "contact", ID: c.String(), Name: v.Name}, company.Diff(old, v))
}

// tellChanges tells flows of tags that came and of fields that changed.
func tellChanges(ctx context.Context, tx db.CompanyTx, old, v Contact) error {
	tell := func(name string, data map[string]any) error {
		_, err := TellContact(ctx, tx, v.ID, bots.Happening{Event: flows.Event{Name: name, Data: data}})
		return err
	}
	for _, t := range v.Tags {
		if !slices.Contains(old.Tags, t) {
			if err := tell("tag.added", map[string]any{"tag": t}); err != nil {
				return err
			}
		}
	}
	before, after := fieldsOf(old), fieldsOf(v)
	for name := range before {
		if _, ok := after[name]; !ok {
			after[name] = nil
		}
	}
	for name, x := range after {
		if !reflect.DeepEqual(before[name], x) {
			if err := tell("field.changed", map[string]any{"field": name, "value": x}); err != nil {
				return err
			}
		}
	}
	return nil
}

func fieldsOf(c Contact) map[string]any {
	out := map[string]any{"name": c.Name, "email": c.Email, "phone": c.Phone}
	for k, x := range c.Attributes {
		out[k] = x
	}
	return out
}

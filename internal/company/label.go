package company

import (
	"context"
	"errors"
	"regexp"

	"github.com/jackc/pgx/v5"

	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// Label is a coloured word that people put on conversations.
type Label struct {
	ID    id.Label `json:"id" format:"uuid"`
	Name  string   `json:"name"`
	Color string   `json:"color" example:"#0f766e"`
}

// Labels lists all labels by name.
func Labels(ctx context.Context, tx db.CompanyTx) ([]Label, error) {
	rows, err := tx.Query(ctx, `select id, name, color from label order by lower(name), id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Label])
}

// A company has few labels: they are shown all at once, in every list and every filter.
const (
	maxLabels    = 200
	maxLabelName = 60 // characters
)

// CreateLabel adds a label; l.ID is ignored.
func CreateLabel(ctx context.Context, tx db.CompanyTx, by Actor, l Label) (Label, error) {
	l.ID = id.New[id.Label]()
	if err := l.clean(); err != nil {
		return l, err
	}
	var n int
	if err := tx.QueryRow(ctx, `select count(*) from label`).Scan(&n); err != nil {
		return l, err
	}
	if n >= maxLabels {
		return l, errs.New(errs.Conflict, "label.too_many", "max", maxLabels)
	}
	_, err := tx.Exec(ctx, `insert into label (id, company_id, name, color) values ($1, $2, $3, $4)`, l.ID, tx.Company(), l.Name, l.Color)
	if err != nil {
		return l, labelTaken(err, l)
	}
	return l, Record(ctx, tx, by, "label.create", l.object(), nil)
}

// LabelChange names what to change; nil leaves it as it is.
type LabelChange struct {
	Name  *string `json:"name,omitempty" minLength:"1" maxLength:"60"`
	Color *string `json:"color,omitempty" pattern:"^#[0-9a-f]{6}$"`
}

// UpdateLabel changes a label and returns it as it is now.
func UpdateLabel(ctx context.Context, tx db.CompanyTx, by Actor, which id.Label, ch LabelChange) (Label, error) {
	before, err := oneLabel(tx.Query(ctx, `select id, name, color from label where id = $1 for update`, which))
	if err != nil {
		return before, err
	}
	l := before
	if ch.Name != nil {
		l.Name = *ch.Name
	}
	if ch.Color != nil {
		l.Color = *ch.Color
	}
	if err := l.clean(); err != nil {
		return before, err
	}
	if _, err := tx.Exec(ctx, `update label set name = $2, color = $3 where id = $1`, which, l.Name, l.Color); err != nil {
		return before, labelTaken(err, l)
	}
	return l, Record(ctx, tx, by, "label.update", l.object(), Diff(before, l))
}

// DeleteLabel removes a label, also from the conversations that carry it.
func DeleteLabel(ctx context.Context, tx db.CompanyTx, by Actor, which id.Label) error {
	l, err := oneLabel(tx.Query(ctx, `delete from label where id = $1 returning id, name, color`, which))
	if err != nil {
		return err
	}
	return Record(ctx, tx, by, "label.delete", l.object(), nil)
}

func oneLabel(rows pgx.Rows, err error) (Label, error) {
	if err != nil {
		return Label{}, err
	}
	l, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Label])
	if errors.Is(err, pgx.ErrNoRows) {
		err = errs.Missing("label")
	}
	return l, err
}

var color = regexp.MustCompile(`^#[0-9a-f]{6}$`)

func (l *Label) clean() (err error) {
	if l.Name, err = CleanName("name", l.Name); err != nil || len([]rune(l.Name)) > maxLabelName {
		return errs.New(errs.Invalid, "company.name", "max", maxLabelName).At("name")
	}
	if !color.MatchString(l.Color) {
		return errs.New(errs.Invalid, "label.color").At("color")
	}
	return nil
}

func (l Label) object() Object { return Object{"label", l.ID.String(), l.Name} }

func labelTaken(err error, l Label) error {
	if db.Violates(err, "label_name") {
		return errs.New(errs.Conflict, "label.taken", "name", l.Name).At("name")
	}
	return err
}

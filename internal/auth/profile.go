package auth

import (
	"context"

	"github.com/jackc/pgx/v5"

	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/id"
)

// Profile is a person as they see themselves.
type Profile struct {
	ID       id.User `json:"id" format:"uuid"`
	Name     string  `json:"name"`
	Email    string  `json:"email" format:"email"`
	Language string  `json:"language" enum:"es,en"`
	Theme    string  `json:"theme" enum:"light,dark,system"`
}

// ProfileOf reads p's own profile.
func ProfileOf(ctx context.Context, tx db.CompanyTx, p Principal) (u Profile, err error) {
	err = tx.QueryRow(ctx, `select id, name, email, language, theme from app_user where id = $1`, p.User).
		Scan(&u.ID, &u.Name, &u.Email, &u.Language, &u.Theme)
	return u, err
}

// ProfileChange names what a person changes about themselves; nil leaves it as it is.
type ProfileChange struct {
	Name     *string `json:"name,omitempty" minLength:"1" maxLength:"120"`
	Language *string `json:"language,omitempty" enum:"es,en"`
	Theme    *string `json:"theme,omitempty" enum:"light,dark,system"`
}

// ChangeProfile changes p's own profile.
func ChangeProfile(ctx context.Context, tx db.CompanyTx, p Principal, c ProfileChange) error {
	if c.Name != nil {
		name, err := company.CleanName("name", *c.Name)
		if err != nil {
			return err
		}
		c.Name = &name
	}
	_, err := tx.Exec(ctx,
		`update app_user set name = coalesce($2, name), language = coalesce($3, language), theme = coalesce($4, theme) where id = $1`,
		p.User, c.Name, c.Language, c.Theme)
	return err
}

// Membership is one of a person's companies.
type Membership struct {
	ID   id.Company `json:"id" format:"uuid"`
	Name string     `json:"name"`
	Role Role       `json:"role" enum:"owner,admin,agent,marketing,read_only"`
}

// Memberships lists all companies of p's person, the oldest membership first.
func (s *Service) Memberships(ctx context.Context, p Principal) ([]Membership, error) {
	rows, err := s.db.Direct(db.Door).Query(ctx,
		`select c.id, c.name, m.role from member m join company c on c.id = m.company_id
		 where m.user_id = $1 order by m.created_at, c.id`, p.User)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Membership])
}

package company

import (
	"context"

	"github.com/jackc/pgx/v5"

	"recado/internal/db"
	"recado/internal/id"
)

// Member is a person who works in a company.
type Member struct {
	ID    id.User `json:"id" format:"uuid"`
	Name  string  `json:"name"`
	Email string  `json:"email" format:"email"`
	Role  string  `json:"role" enum:"owner,admin,agent,marketing,read_only"`
}

// Members lists everybody of the transaction's company by name.
func Members(ctx context.Context, tx db.CompanyTx) ([]Member, error) {
	rows, err := tx.Query(ctx,
		`select u.id, u.name, u.email, m.role from member m join app_user u on u.id = m.user_id order by lower(u.name), u.id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Member])
}

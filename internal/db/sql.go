package db

import (
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// SQL opens the database for a library that keeps its own tables in a schema of its own and
// speaks database/sql. An empty role is the owner, for making the tables. The caller closes it.
func SQL(url string, role Role, schema string, conns int) (*sql.DB, error) {
	c, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	if role != "" {
		c.RuntimeParams["role"] = string(role)
		c.RuntimeParams["statement_timeout"] = ms(statementTimeout)
	}
	c.RuntimeParams["application_name"] = "recado " + schema
	c.RuntimeParams["search_path"] = schema
	d := stdlib.OpenDB(*c)
	d.SetMaxOpenConns(conns)
	d.SetMaxIdleConns(conns)
	return d, nil
}

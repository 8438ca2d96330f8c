package company

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/internal/db"
	"recado/internal/id"
)

// Actor is who did something. It is written down by name too, so that the record can still
// be read when the person is gone.
type Actor struct {
	ID   id.User `json:"id,omitzero" format:"uuid"`
	Name string  `json:"name"`
	IP   string  `json:"-"`
}

// System is the actor of what the program or its operator does.
var System = Actor{Name: "recado"}

// Object is what something was done to.
type Object struct {
	Kind string `json:"kind" example:"label"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Changes is what was changed, by field.
type Changes map[string]FromTo

// FromTo is a value before and after; nil where there was or is none.
type FromTo struct {
	From any `json:"from"`
	To   any `json:"to"`
}

// Diff compares two values of one type by their JSON fields. Secrets must not have any
// (json:"-"). It is empty when nothing changed.
func Diff(before, after any) Changes {
	b, a := fields(before), fields(after)
	out := Changes{}
	for k, to := range a {
		if from, ok := b[k]; !ok || !bytes.Equal(from, to) {
			out[k] = FromTo{value(from), to}
		}
	}
	for k, from := range b {
		if _, ok := a[k]; !ok {
			out[k] = FromTo{from, nil}
		}
	}
	return out
}

func fields(v any) map[string]json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return nil // our own types always marshal; a caller's mistake shows as an empty diff
	}
	var m map[string]json.RawMessage
	_ = json.Unmarshal(b, &m) // stays nil for what is not an object
	return m
}

func value(r json.RawMessage) any {
	if r == nil {
		return nil
	}
	return r
}

// Record writes down who did what, in the transaction that does it. An update that changed
// nothing, with empty changes that are not nil, is not recorded.
func Record(ctx context.Context, tx db.CompanyTx, by Actor, action string, o Object, c Changes) error {
	return record(ctx, tx, tx.Company(), by, action, o, c)
}

// RecordAt is Record for what happens at the door, before a company's transaction exists.
func RecordAt(ctx context.Context, tx db.SystemTx, at id.Company, by Actor, action string, o Object, c Changes) error {
	return record(ctx, tx, at, by, action, o, c)
}

func record(ctx context.Context, q db.Querier, at id.Company, by Actor, action string, o Object, c Changes) error {
	if c != nil && len(c) == 0 {
		return nil
	}
	_, err := q.Exec(ctx,
		`insert into audit (id, company_id, actor_id, actor_name, action, kind, object_id, name, changes, ip)
		 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		id.New[AuditID](), at, by.ID, by.Name, action, o.Kind, o.ID, o.Name, c, by.IP)
	return err
}

// AuditID orders the record by time.
type AuditID = id.ID[AuditEntry]

// AuditEntry is one line of the record.
type AuditEntry struct {
	ID      AuditID   `json:"id" format:"uuid"`
	At      time.Time `json:"at"`
	Actor   Actor     `json:"actor"`
	Action  string    `json:"action" example:"label.create"`
	Object  Object    `json:"object"`
	Changes Changes   `json:"changes,omitempty"`
	IP      string    `json:"ip"`
}

// ListAudit returns up to limit lines older than the line before (zero for the newest),
// newest first.
func ListAudit(ctx context.Context, tx db.CompanyTx, before AuditID, limit int) ([]AuditEntry, error) {
	rows, err := tx.Query(ctx,
		`select id, at, actor_id, actor_name, action, kind, object_id, name, changes, ip from audit
		 where company_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`, tx.Company(), before, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (e AuditEntry, err error) {
		err = r.Scan(&e.ID, &e.At, &e.Actor.ID, &e.Actor.Name, &e.Action, &e.Object.Kind, &e.Object.ID, &e.Object.Name, &e.Changes, &e.IP)
		return e, err
	})
}

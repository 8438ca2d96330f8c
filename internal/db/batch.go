package db

import (
	"github.com/jackc/pgx/v5/pgtype"
)

// UUIDs turns typed ids into an array parameter; zero ids become null.
func UUIDs[T ~[16]byte](ids []T) []pgtype.UUID {
	out := make([]pgtype.UUID, len(ids))
	for i, v := range ids {
		out[i] = pgtype.UUID{Bytes: v, Valid: [16]byte(v) != [16]byte{}}
	}
	return out
}

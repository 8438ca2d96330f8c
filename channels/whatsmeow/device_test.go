package whatsmeow

import (
	"database/sql"
	"sync"
	"testing"

	"recado/internal/db/dbtest"
)

func TestUpgradeWorksInItsSchemaOnly(t *testing.T) {
	t.Parallel()
	db := tables(t) // upgraded once
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := Upgrade(t.Context(), db); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	other, err := sql.Open("pgx", dbtest.New(t).URL)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := Upgrade(t.Context(), other); err == nil {
		t.Error("the library's tables went among ours")
	}
}

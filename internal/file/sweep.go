package file

import (
	"context"
	"fmt"
	"strings"
	"time"

	"recado/internal/db"
	"recado/internal/id"
)

// sweepAge is how long an object may wait for its row. Between the two lie one write to the
// store and one to the database: minutes at the very worst.
const sweepAge = time.Hour

// sweepBatch bounds how many keys are looked up in one transaction.
const sweepBatch = 500

// Sweep deletes the stored objects that no row knows and that are older than an hour, and
// returns how many. It is safe to run on several nodes at once, and beside uploads.
func (f *Files) Sweep(ctx context.Context) (deleted int, err error) {
	var company id.Company
	var batch []id.File
	flush := func() error {
		n, err := f.sweepCompany(ctx, company, batch)
		deleted += n
		batch = batch[:0]
		return err
	}
	for key, err := range f.store.List(ctx) {
		if err != nil {
			return deleted, err
		}
		c, file, ok := parseKey(key)
		if !ok || f.now().Sub(file.Time()) < sweepAge {
			continue
		}
		if len(batch) > 0 && (c != company || len(batch) == sweepBatch) {
			if err := flush(); err != nil {
				return deleted, err
			}
		}
		company, batch = c, append(batch, file)
	}
	if len(batch) == 0 {
		return deleted, nil
	}
	err = flush()
	return deleted, err
}

// sweepCompany deletes those of files that have no row.
func (f *Files) sweepCompany(ctx context.Context, company id.Company, files []id.File) (deleted int, err error) {
	var known map[id.File]row
	err = f.db.ForCompany(ctx, company, func(tx db.CompanyTx) (err error) {
		known, err = find(ctx, tx, files...)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sweep files: %w", err)
	}
	for _, v := range files {
		if _, ok := known[v]; ok {
			continue
		}
		if err := f.store.Delete(ctx, objectKey(company, v)); err != nil {
			return deleted, fmt.Errorf("sweep files: %w", err)
		}
		deleted++
	}
	return deleted, nil
}

// parseKey reads what objectKey wrote; the store may hold other things, which are not ours
// to sweep.
func parseKey(key string) (id.Company, id.File, bool) {
	c, v, _ := strings.Cut(key, "/")
	company, err := id.Parse[id.Company](c)
	if err != nil {
		return id.Company{}, id.File{}, false
	}
	file, err := id.Parse[id.File](v)
	return company, file, err == nil
}

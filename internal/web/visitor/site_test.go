package visitor

import (
	"context"
	"testing"

	"recado/internal/db"
	"recado/internal/inbox/inboxtest"
)

// A flood of strangers neither fills the memory nor lets go whoever is being held back.
func TestLimitsAreBounded(t *testing.T) {
	t.Parallel()
	l := newLimits()
	for l.take("spammer", 1) == nil {
	}
	for i := range 3 * maxBuckets {
		_ = l.take(i, 1)
		if i%1000 == 0 && l.take("spammer", 1) == nil {
			t.Fatalf("let go after %d strangers", i)
		}
	}
	if n := len(l.m) + len(l.old); n > 2*maxBuckets {
		t.Errorf("%d buckets, want at most %d", n, 2*maxBuckets)
	}
}

// Somebody who hangs up while the database is away does not close the shop for the others.
func TestSiteOutlivesACaller(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	s := newSites(k.DB)
	known, err := s.get(t.Context(), k.Channel.Ref)
	if err != nil {
		t.Fatal(err)
	}
	known.loaded = known.loaded.Add(-siteFresh)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.get(gone, k.Channel.Ref); err == nil {
		t.Fatal("read with a context that had ended")
	}
	if s.m[k.Channel.Ref] != known {
		t.Error("the site is forgotten")
	}
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update channel set enabled = false`)
		return err
	})
	if _, err := s.get(t.Context(), k.Channel.Ref); err == nil || s.m[k.Channel.Ref] != nil {
		t.Error("a closed site is still there")
	}
}

package visitor_test

import (
	"testing"

	"recado/internal/db"
)

// The page counts as soon as it loads the widget, before anybody has written.
func TestPageIsSeen(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	seen := func() (origin string) {
		s.Do(t, func(tx db.CompanyTx) error {
			return tx.QueryRow(t.Context(), `select seen_origin from channel where seen_at is not null union all select ''`).Scan(&origin)
		})
		return origin
	}
	for _, c := range []struct{ method, path, body, origin, want string }{
		{"GET", "/config", "", "", ""}, // not a page of another origin
		{"GET", "/config", "", "https://shop.example", "https://shop.example"},
		{"POST", "/session", `{"lang":"es"}`, "https://www.shop.example", "https://www.shop.example"},
		{"GET", "/config", "", "https://shop.example", "https://www.shop.example"}, // noted a moment ago
	} {
		if status, out := s.do(c.method, c.path, "", c.body, "Origin", c.origin); status != 200 {
			t.Fatalf("%s %s: %d %v", c.method, c.path, status, out)
		}
		if got := seen(); got != c.want {
			t.Errorf("after %s %s from %q: seen on %q, want %q", c.method, c.path, c.origin, got, c.want)
		}
	}
}

package health

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/inbox/inboxtest"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// flush runs the log until what was recorded is written.
func flush(t testing.TB, l *Log) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l.Run(ctx)
}

func entries(t *testing.T, k *inboxtest.Kit, m id.Message, before EntryID, limit int) (out []Entry) {
	t.Helper()
	k.Do(t, func(tx db.CompanyTx) (err error) {
		out, err = Entries(t.Context(), tx, k.Channel.ID, m, before, limit)
		return err
	})
	return out
}

func TestLogKeepsExchanges(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	k.Channel.Secrets = keys
	l := NewLog(k.DB, quiet())
	about := id.New[id.Message]()
	at := time.Now().Add(-time.Minute).Truncate(time.Millisecond).UTC()
	body := []byte("token=" + token)
	channels.Wire(l.Record(t.Context(), k.Channel, about), channels.Exchange{
		At: at.Add(123 * time.Microsecond), Took: 250 * time.Millisecond, Method: "POST", URL: "https://x.example/bot" + token + "/send?key=abc",
		Status: 429, Request: body, Reply: []byte("{\"error\":\"\xff\x00\"}"), Error: "refused " + plainly,
	})
	copy(body, "overwritten by its owner")
	channels.Wire(l.Record(t.Context(), k.Channel, id.Message{}), channels.Exchange{At: at.Add(time.Second), Inbound: true, Method: "POST", URL: "/hooks", Status: 401})
	flush(t, l)

	got := entries(t, k, id.Message{}, EntryID{}, 10)
	if len(got) != 2 || !got[0].Inbound || got[0].Status != 401 || !got[0].Message.IsZero() {
		t.Fatalf("got %+v, want the refused call first", got)
	}
	want := Entry{
		ID: got[1].ID, At: at, Message: about, Method: "POST", URL: "https://x.example/bot[hidden]/send?key=[hidden]", Status: 429,
		Request: "token=[hidden]", Reply: "{\"error\":\"\uFFFD\uFFFD\"}", Error: "refused [hidden]", Took: 250,
	}
	if got[1].At = got[1].At.UTC(); got[1] != want {
		t.Errorf("got  %+v\nwant %+v", got[1], want)
	}
	if got := entries(t, k, about, EntryID{}, 10); len(got) != 1 || got[0].ID != want.ID {
		t.Errorf("of the message: %+v", got)
	}
	if l.Dropped() != 0 {
		t.Errorf("%d dropped", l.Dropped())
	}
}

func TestLogPages(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	l := NewLog(k.DB, quiet())
	record := l.Record(t.Context(), k.Channel, id.Message{})
	at := time.Now()
	for i := range 25 { // several in one millisecond
		channels.Wire(record, channels.Exchange{At: at.Add(time.Duration(i/4) * time.Millisecond), Method: fmt.Sprint(i)})
	}
	flush(t, l)
	seen := map[string]bool{}
	var before EntryID
	for range 10 {
		page := entries(t, k, id.Message{}, before, 7)
		for i, e := range page {
			if seen[e.Method] || (i > 0 && e.At.After(page[i-1].At)) {
				t.Errorf("entry %s comes twice or out of order", e.Method)
			}
			seen[e.Method] = true
		}
		if len(page) < 7 {
			break
		}
		before = page[6].ID
	}
	if len(seen) != 25 {
		t.Errorf("%d entries on all pages, want 25", len(seen))
	}
}

func TestLogOfAnotherCompanyIsNotThere(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	other, _, _, _, _ := k.AddCompany(t, "Dos")
	l := NewLog(k.DB, quiet())
	channels.Wire(l.Record(t.Context(), k.Channel, id.Message{}), channels.Exchange{Method: "POST"})
	flush(t, l)
	err := k.DB.ForCompany(t.Context(), other, func(tx db.CompanyTx) error {
		var n int
		if err := tx.QueryRow(t.Context(), `select count(*) from wire_log`).Scan(&n); err != nil || n != 0 {
			t.Errorf("sees %d rows, %v", n, err)
		}
		_, err := Entries(t.Context(), tx, k.Channel.ID, id.Message{}, EntryID{}, 10)
		return err
	})
	if !errs.Is(err, "not_found") {
		t.Errorf("got %v, want not_found", err)
	}
}

// Whoever records never waits: what does not fit is counted.
func TestLogNeverBlocks(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	l := NewLog(k.DB, quiet())
	record := l.Record(t.Context(), k.Channel, id.Message{})
	for range queued + 5 {
		channels.Wire(record, channels.Exchange{Method: "POST"})
	}
	if l.Dropped() != 5 {
		t.Errorf("%d dropped, want 5", l.Dropped())
	}
	flush(t, l)
	if n := k.Count(t, `select count(*) from wire_log`); n != queued {
		t.Errorf("%d written, want %d", n, queued)
	}
}

func TestLogCountsWhatTheDatabaseDidNotTake(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	l := NewLog(k.DB, quiet())
	channels.Wire(l.Record(t.Context(), k.Channel, id.Message{}), channels.Exchange{Method: "POST"})
	k.DB.Close()
	flush(t, l)
	if l.Dropped() != 1 {
		t.Errorf("%d dropped, want 1", l.Dropped())
	}
}

// While the log runs, an exchange is written within a moment, with no more to come.
func TestLogRuns(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	l := NewLog(k.DB, quiet())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { l.Run(ctx); close(ended) }()
	channels.Wire(l.Record(ctx, k.Channel, id.Message{}), channels.Exchange{Method: "POST"})
	for k.Count(t, `select count(*) from wire_log`) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("never written")
		}
	}
	cancel()
	<-ended
}

func TestTurnDropsOldDays(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	l := NewLog(k.DB, quiet())
	old := time.Now().AddDate(0, 0, -9)
	name := "wire_log_" + old.UTC().Format("20060102")
	owner := ownerOf(t, k)
	day := old.UTC().Truncate(24 * time.Hour)
	if _, err := owner.Exec(t.Context(), fmt.Sprintf(`create table %s partition of wire_log for values from ('%s') to ('%s')`,
		name, day.Format(time.RFC3339), day.Add(24*time.Hour).Format(time.RFC3339))); err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{time.Now(), old, time.Now().AddDate(0, 0, -20)} {
		channels.Wire(l.Record(t.Context(), k.Channel, id.Message{}), channels.Exchange{At: at, Method: "POST"})
	}
	flush(t, l)
	for range 2 { // the second finds nothing to do
		if err := l.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := k.Count(t, `select count(*) from wire_log`); n != 1 {
		t.Errorf("%d entries are left, want today's", n)
	}
}

// The writing of a batch, by entry: a send of a text.
func BenchmarkLogWrite(b *testing.B) {
	k := inboxtest.New(b)
	l := NewLog(k.DB, quiet())
	body := []byte(`{"messaging_product":"whatsapp","to":"34600111222","text":{"body":"` + strings.Repeat("hola ", 40) + `"}}`)
	rows := make([]row, batch)
	for i := range rows {
		rows[i] = l.row(exchange{k.Channel, id.New[id.Message](), channels.Exchange{At: time.Now(), Method: "POST", URL: "https://x.example/messages", Status: 200, Request: body, Reply: body}})
	}
	for b.Loop() {
		if err := l.insert(b.Context(), rows); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batch, "ns/entry")
}

package inbox_test

import (
	"fmt"
	"sync"
	"testing"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/inbox/inboxtest"
)

func TestIngestNumbersInOrder(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	for i := 1; i <= 5; i++ {
		a := k.Write(t, "eva", fmt.Sprint("e", i), fmt.Sprint("hola ", i))
		if a.Seq != int64(i) || a.Repeat {
			t.Fatalf("message %d got %+v", i, a)
		}
	}
	if n := k.Count(t, `select count(*) from turn where wanted_seq = 5 and handled_seq = 0`); n != 1 {
		t.Errorf("%d turns want all five messages, want 1", n)
	}
	if n := k.Count(t, `select unread from conversation`); n != 5 {
		t.Errorf("unread = %d, want 5", n)
	}
}

func TestIngestParallelCopies(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	var wg sync.WaitGroup
	got := make([]inbox.Accepted, 200)
	for i := range got {
		wg.Go(func() {
			a, err := k.Ingest.Accept(t.Context(), k.Event("eva", "same", "hola"))
			if err != nil {
				t.Error(err)
			}
			got[i] = a
		})
	}
	wg.Wait()
	first := 0
	for _, a := range got {
		if a.Message != got[0].Message || a.Seq != 1 {
			t.Fatalf("copies were told %v and %v", a, got[0])
		}
		if !a.Repeat {
			first++
		}
	}
	if first != 1 {
		t.Errorf("%d copies were told they are the first, want 1", first)
	}
	if n := k.Count(t, `select count(*) from message`); n != 1 {
		t.Errorf("the ledger has %d messages, want 1", n)
	}
}

// Many people write at once through two ingests, as two nodes would. Nobody is met twice
// and every thread counts 1, 2, 3 without holes.
func TestIngestManySendersTwoNodes(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	other := inbox.NewIngest(t.Context(), k.DB, nopLog, inbox.Told{Arrived: func([]inbox.Arrival) {}})
	var wg sync.WaitGroup
	const people, each = 40, 10
	for p := range people {
		for _, in := range []*inbox.Ingest{k.Ingest, other} {
			wg.Go(func() {
				for i := range each {
					if _, err := in.Accept(t.Context(), k.Event(fmt.Sprint("p", p), fmt.Sprint("p", p, "-", i), "hola")); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	wg.Wait()
	for what, c := range map[string]struct {
		sql  string
		want int
	}{
		"contacts":      {`select count(*) from contact`, people},
		"conversations": {`select count(*) from conversation`, people},
		"messages":      {`select count(*) from message`, people * each},
		"threads with holes or repeats": {`select count(*) from (select conversation_id from message group by 1
			having count(*) <> max(seq) or min(seq) <> 1 or count(distinct seq) <> count(*)) x`, 0},
	} {
		if n := k.Count(t, c.sql); n != c.want {
			t.Errorf("%s: %d, want %d", what, n, c.want)
		}
	}
}

func TestIngestOneBadItemKeepsItsBatch(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	bad := k.Event("mallory", "bad", "nul \x00 inside") // PostgreSQL cannot store it
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			if _, err := k.Ingest.Accept(t.Context(), k.Event("eva", fmt.Sprint(i), "hola")); err != nil {
				t.Errorf("a good message was lost: %v", err)
			}
		})
	}
	if _, err := k.Ingest.Accept(t.Context(), bad); err == nil {
		t.Error("a NUL was stored")
	}
	wg.Wait()
	if n := k.Count(t, `select count(*) from message`); n != 30 {
		t.Errorf("%d messages stored, want 30", n)
	}
}

func TestIngestReopens(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	a := k.Write(t, "eva", "1", "hola")
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := inbox.Close(t.Context(), tx, a.Conversation, inbox.Actor{User: k.Ana})
		return err
	})
	if n := k.Count(t, `select count(*) from turn`); n != 0 {
		t.Errorf("closing left %d turns", n)
	}
	k.Write(t, "eva", "2", "otra cosa")
	if n := k.Count(t, `select count(*) from conversation where state = 'bot' and closed_at is null`); n != 1 {
		t.Error("a message after the close did not reopen the conversation with the bot")
	}
	if n := k.Count(t, `select count(*) from turn where handled_seq = wanted_seq - 1`); n != 1 {
		t.Error("the turn does not want exactly the new message")
	}
}

func TestIngestAnswerIsLinked(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	ev := k.Event("eva", "1", "")
	to := id.New[id.Message]()
	ev.Message.Content = chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: "x", Label: "Sí", To: to}}
	if _, err := k.Ingest.Accept(t.Context(), ev); err != nil {
		t.Fatal(err)
	}
	if n := k.Count(t, `select count(*) from message where answers_id = $1`, to); n != 1 {
		t.Error("the answer is not linked to what it answers")
	}
}

// A file is on record together with its message, or neither is.
func TestIngestFileWithItsMessage(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	picture := func(external string) channels.Inbound {
		ev := k.Event("eva", external, "")
		ev.Message.Content = chat.Content{Type: chat.Image, Media: &chat.Media{MIME: "image/jpeg"}}
		ev.Message.Media = &channels.MediaRef{Ref: "media " + external, MIME: "image/jpeg"}
		return ev
	}
	for range 2 { // the second is a repeat
		if _, err := k.Ingest.Accept(t.Context(), picture("1")); err != nil {
			t.Fatal(err)
		}
	}
	const files = `select count(*) from message_media f join message m on m.id = f.message_id and m.conversation_id = f.conversation_id and m.channel_id = f.channel_id`
	if n := k.Count(t, files); n != 1 {
		t.Errorf("%d files on record with their message, want 1", n)
	}
	if _, err := owner(t, k).Exec(t.Context(), `alter table message_media add constraint full_up check (ref ->> 'ref' <> 'media 2')`); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Ingest.Accept(t.Context(), picture("2")); err == nil {
		t.Error("a message was accepted without its file")
	}
	for _, table := range []string{"message", "message_ref", "message_media"} {
		if n := k.Count(t, `select count(*) from `+table); n != 1 {
			t.Errorf("%s has %d rows, want 1", table, n)
		}
	}
}

// Who fetches files and who runs the bots are woken when there is something for them.
func TestIngestTellsForWhom(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	arrival := func(ev channels.Inbound) inbox.Arrival {
		t.Helper()
		if _, err := k.Ingest.Accept(t.Context(), ev); err != nil {
			t.Fatal(err)
		}
		return (<-k.Arrived)[0]
	}
	if a := arrival(k.Event("eva", "1", "hola")); !a.Turn || a.File {
		t.Errorf("for a bot: %+v", a)
	}
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update conversation set state = 'human', assignee_id = $1`, k.Ana)
		return err
	})
	if a := arrival(k.Event("eva", "2", "¿sigues ahí?")); a.Turn || a.File {
		t.Errorf("for a person: %+v", a)
	}
	voice := k.Event("eva", "3", "")
	voice.Message.Content = chat.Content{Type: chat.Voice, Media: &chat.Media{MIME: "audio/ogg"}}
	voice.Message.Media = &channels.MediaRef{Ref: "voice", MIME: "audio/ogg"}
	if a := arrival(voice); a.Turn || !a.File {
		t.Errorf("with a file: %+v", a)
	}
}

// A conversation that somebody holds the lock of does not hold up the others for good.
func TestIngestPassesAHeldUpBatch(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	a := k.Write(t, "eva", "1", "hola")
	k.Write(t, "luis", "1", "hola")
	holding, err := owner(t, k).Begin(t.Context())
	if err == nil {
		_, err = holding.Exec(t.Context(), `select from conversation where id = $1 for update`, a.Conversation)
	}
	if err != nil {
		t.Fatal(err)
	}
	held := make(chan error, 1)
	go func() {
		_, err := k.Ingest.Accept(t.Context(), k.Event("eva", "2", "hola"))
		held <- err
	}()
	waits(t, owner(t, k))
	k.Write(t, "luis", "2", "hola")
	select {
	case err := <-held:
		t.Errorf("the lock was not waited for: %v", err)
	default:
	}
	if err := holding.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-held; err != nil {
		t.Error(err)
	}
}

func BenchmarkIngest(b *testing.B) {
	k := inboxtest.New(b)
	b.SetParallelism(16)
	b.ResetTimer()
	var n sync.Map
	b.RunParallel(func(pb *testing.PB) {
		who := id.New[id.Contact]().String()
		n.Store(who, true)
		for i := 0; pb.Next(); i++ {
			ev := k.Event(who, who+fmt.Sprint(i), "¿Cuánto tarda el envío?")
			ev.Channel = channels.Channel{ID: k.Channel.ID, Company: k.Company, Kind: "webchat"}
			if _, err := k.Ingest.Accept(b.Context(), ev); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

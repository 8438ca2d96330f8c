package channel_test

import (
	"testing"

	"recado/channels"
	"recado/internal/channel"
	"recado/internal/chat"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/inbox/inboxtest"
)

// After a channel is disconnected nothing leaves by it, whatever state it was in.
func TestDeleteStopsTheLane(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	for who, state := range map[string]string{
		"eva": "state = 'queued'", "leo": "state = 'unsure', due_at = now()", "max": "state = 'sending'", "ana": "state = 'waiting', due_at = now()",
	} {
		c := k.Write(t, who, who, "hola").Conversation
		k.Do(t, func(tx db.CompanyTx) error {
			_, err := inbox.Reply(t.Context(), tx, inboxtest.Way, c, inbox.Actor{User: k.Ana}, id.New[id.Message]().String(), chat.Plain(who))
			if err == nil {
				_, err = tx.Exec(t.Context(), `update outbox set `+state+` where conversation_id = $1`, c)
			}
			return err
		})
	}
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update message set state = 'unsure' where content ->> 'text' = 'leo' and kind = 'message' and direction = 'out'`)
		if err == nil {
			err = channel.Delete(t.Context(), tx, company.Actor{Name: "Ana"}, k.Channel.ID)
		}
		return err
	})
	for sql, want := range map[string]int{
		`select count(*) from outbox`:                                                        1, // the call under way
		`select count(*) from outbox where state = 'sending'`:                                1,
		`select count(*) from lane where stopped is not null`:                                1,
		`select count(*) from message where state = 'cancelled'`:                             2,
		`select count(*) from message where state = 'unsure' and content ->> 'text' = 'leo'`: 1,
	} {
		if n := k.Count(t, sql); n != want {
			t.Errorf("%s: %d, want %d", sql, n, want)
		}
	}
}

// A channel that is switched off takes no calls, but its phone can still be unlinked.
func TestDirectoryKnowsWhatIsOff(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	dir := channel.NewDirectory(k.DB, channel.Opener{})
	find := func(want bool) {
		t.Helper()
		dir.Forget(k.Channel.ID)
		_, used, err := dir.ByID(t.Context(), k.Channel.ID)
		if err != nil || used != want {
			t.Errorf("ByID: %t, %v; want %t", used, err, want)
		}
	}
	find(true)
	off := false
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := channel.Update(t.Context(), tx, company.Actor{Name: "Ana"}, func(channels.Kind) channels.Adapter { return nil }, channel.Opener{}, k.Channel.ID, channel.Patch{Enabled: &off})
		return err
	})
	find(false)
	if c, err := dir.Load(t.Context(), k.Channel.ID); err != nil || c.ID != k.Channel.ID {
		t.Errorf("Load: %v, %v", c.ID, err)
	}
	k.Do(t, func(tx db.CompanyTx) error {
		return channel.Delete(t.Context(), tx, company.Actor{Name: "Ana"}, k.Channel.ID)
	})
	dir.Forget(k.Channel.ID)
	if c, err := dir.Load(t.Context(), k.Channel.ID); err == nil {
		t.Errorf("Load gives %v, which is deleted", c.ID)
	}
}

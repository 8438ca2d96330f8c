package health

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/inbox/inboxtest"
)

func ownerOf(t testing.TB, k *inboxtest.Kit) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), k.Owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	return c
}

// ward is a company with a channel, a conversation on it, and the watch over all.
type ward struct {
	*inboxtest.Kit
	owner        *pgx.Conn
	conversation id.Conversation
	watch        *Watch
	told         []string
}

func newWard(t *testing.T) *ward {
	t.Helper()
	k := inboxtest.New(t)
	w := &ward{Kit: k, owner: ownerOf(t, k)}
	w.conversation = k.Write(t, "ana", "m1", "hola").Conversation
	w.watch = &Watch{DB: k.DB, Log: quiet(), Changed: func(c id.Company, ch id.Channel, kind string, opened bool) {
		if c != k.Company || ch != k.Channel.ID {
			t.Errorf("told of channel %v of %v", ch, c)
		}
		w.told = append(w.told, fmt.Sprintf("%s %v", kind, opened))
	}}
	return w
}

// look evaluates every condition and returns what the watch told.
func (w *ward) look(t *testing.T) []string {
	t.Helper()
	w.told = nil
	w.watch.look(t.Context())
	return w.told
}

// do runs statements as the owner. {channel}, {company}, {conversation} and {ms} (an id's
// first part, a second ago) are filled in.
func (w *ward) do(t *testing.T, statements string) {
	t.Helper()
	sql := strings.NewReplacer("{channel}", "'"+w.Channel.ID.String()+"'", "{company}", "'"+w.Company.String()+"'",
		"{conversation}", "'"+w.conversation.String()+"'").Replace(statements)
	if _, err := w.owner.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// Statements by which n rows of some state come about, each with an id of a minute ago.
func messages(n int, state, more string) string {
	return fmt.Sprintf(`insert into message (id, company_id, conversation_id, channel_id, seq, direction, author_kind, content, state, at, provider_at)
		select overlay(uuid_at(now() - interval '1 minute')::text placing lpad(to_hex(i + (select count(*)::int from message)), 4, '0') from 33)::uuid,
		{company}, {conversation}, {channel}, 1000 + i, %s from generate_series(1, %d) i;`,
		map[bool]string{true: `'in', 'contact', '{}', 'received', now(), ` + more, false: `'out', 'bot', '{}', '` + state + `', now(), null`}[state == "received"], n)
}

func media(n int, state, code string, tries int) string {
	return fmt.Sprintf(`insert into message_media (message_id, company_id, channel_id, conversation_id, ref, state, file_id, error_code, tries)
		select overlay(uuid_at(now() - interval '1 minute')::text placing lpad(to_hex(i + (select count(*)::int from message_media)), 4, '0') from 33)::uuid,
		{company}, {channel}, {conversation}, '{}', '%s', case when '%[1]s' = 'stored' then gen_random_uuid() end, '%s', %d from generate_series(1, %d) i;`, state, code, tries, n)
}

func session(phase string, linked bool, more string) string {
	return fmt.Sprintf(`insert into channel_session (id, company_id, phase, linked, code, phase_at, created_at, online_at, gap_from)
		values ({channel}, {company}, '%s', %v, 'why', %s);`, phase, linked, more)
}

func queuedFor(minutes int, state string, attempt, priority int) string {
	due := "null"
	if state == "waiting" {
		due = "now() + interval '1 hour'"
	}
	return fmt.Sprintf(`insert into outbox (message_id, company_id, lane_id, conversation_id, priority, state, attempt, due_at, created_at)
		values (gen_random_uuid(), {company}, {channel}, {conversation}, %d, '%s', %d, %s, now() - interval '%d minutes');`, priority, state, attempt, due, minutes)
}

const (
	long = `now() - interval '1 hour', now() - interval '1 hour', null, null`
	just = `now(), now(), null, null`
)

// Each kind of incident, what makes one, and what comes close but makes none.
var incidentCases = map[string]struct{ wrong, close map[string]string }{
	"lane_stopped": {
		wrong: map[string]string{"why": `update lane set stopped = 'why' where id = {channel};`},
		close: map[string]string{
			"paused by the platform": `update lane set not_before = now() + interval '1 hour' where id = {channel};`,
			"switched off":           `update lane set stopped = 'why' where id = {channel}; update channel set enabled = false where id = {channel};`,
			"deleted":                `update lane set stopped = 'why' where id = {channel}; update channel set deleted_at = now() where id = {channel};`,
		},
	},
	"session_deaf": {wrong: map[string]string{"why": session("deaf", true, just)}, close: map[string]string{"online": session("online", true, long)}},
	"session_down": {wrong: map[string]string{"why": session("down", true, just)}},
	"session_unlinked": {
		wrong: map[string]string{"why": session("unlinked", false, long)},
		close: map[string]string{"just made": session("unlinked", false, just)},
	},
	"session_offline": {
		wrong: map[string]string{
			"3600 s": session("retrying", true, `now(), now() - interval '1 day', now() - interval '2 hours', now() - interval '1 hour'`),
			"120 s":  session("connecting", true, `now(), now() - interval '2 minutes', null, null`), // never yet online
		},
		close: map[string]string{
			"a moment":   session("retrying", true, `now(), now() - interval '1 day', now() - interval '1 hour', now() - interval '30 seconds'`),
			"not linked": session("connecting", false, `now(), now() - interval '5 minutes', null, null`),
			"asleep":     session("asleep", true, `now() - interval '1 hour', now() - interval '1 day', now() - interval '1 hour', null`),
			"just woken": session("connecting", true, `now(), now() - interval '1 day', now() - interval '1 hour', null`) +
				`update channel_session set active_at = now() - interval '5 seconds' where id = {channel};`,
		},
	},
	"signature_refused": {
		wrong: map[string]string{"3": strings.Repeat(refused("now()", 401, true), 3)},
		close: map[string]string{
			"two":            strings.Repeat(refused("now()", 401, true), 2),
			"long ago":       strings.Repeat(refused("now() - interval '11 minutes'", 401, true), 9),
			"ours":           strings.Repeat(refused("now()", 401, false), 9),
			"other refusals": strings.Repeat(refused("now()", 400, true), 9),
		},
	},
	"sends_failing": {
		wrong: map[string]string{
			"5/5":   messages(5, "failed", ""),
			"5/10":  messages(5, "sent", "") + messages(5, "failed", ""),
			"40/50": messages(40, "delivered", "") + messages(40, "failed", ""), // only the last fifty count
		},
		close: map[string]string{"few": messages(4, "failed", ""), "under half": messages(6, "read", "") + messages(5, "failed", ""), "on their way": messages(50, "queued", "")},
	},
	"queue_stuck": {
		wrong: map[string]string{"360 s": queuedFor(6, "queued", 0, 2)},
		close: map[string]string{
			"young":          queuedFor(4, "queued", 0, 2),
			"campaign":       queuedFor(60, "queued", 0, 4),
			"tried before":   queuedFor(60, "queued", 2, 2),
			"behind another": queuedFor(60, "waiting", 1, 2) + queuedFor(60, "queued", 0, 2),
			"told to wait":   queuedFor(60, "queued", 0, 2) + `update lane set not_before = now() + interval '1 hour' where id = {channel};`,
		},
	},
	"webhook_late": {
		wrong: map[string]string{"90 s": messages(5, "received", `now() - interval '90 seconds'`)},
		close: map[string]string{
			"in time":   messages(5, "received", `now() - interval '50 seconds'`),
			"a session": session("online", true, long) + messages(5, "received", `now() - interval '90 seconds'`),
		},
	},
	"media_failing": {
		wrong: map[string]string{
			"3/3": media(3, "failed", "gone", 6),
			"3/6": media(3, "waiting", "timeout", 3) + media(3, "stored", "", 1),
		},
		close: map[string]string{"few": media(2, "failed", "gone", 6), "refused files": media(9, "failed", "file.type", 1), "just begun": media(9, "waiting", "", 1)},
	},
}

func refused(at string, status int, inbound bool) string {
	return fmt.Sprintf(`insert into wire_log (id, company_id, channel_id, inbound, method, url, status, request, reply, took_ms, at)
		values (gen_random_uuid(), {company}, {channel}, %v, 'POST', '/', %d, '', '', 1, %s);`, inbound, status, at)
}

func TestEveryKindHasACase(t *testing.T) {
	t.Parallel()
	for _, k := range Kinds() {
		if len(incidentCases[k].wrong) == 0 {
			t.Errorf("nothing makes a %s", k)
		}
	}
	if len(incidentCases) != len(Kinds()) {
		t.Errorf("%d kinds have cases, there are %v", len(incidentCases), Kinds())
	}
}

func TestIncidentsOpen(t *testing.T) {
	t.Parallel()
	for kind, c := range incidentCases {
		for detail, statements := range c.wrong {
			t.Run(kind+"/"+detail, func(t *testing.T) {
				t.Parallel()
				w := newWard(t)
				w.do(t, statements)
				if got := w.look(t); !slices.Equal(got, []string{kind + " true"}) {
					t.Fatalf("told %v, want only %s", got, kind)
				}
				if got := w.look(t); got != nil {
					t.Errorf("told again: %v", got)
				}
				w.Do(t, func(tx db.CompanyTx) error {
					list, err := List(t.Context(), tx, true, 10)
					if len(list) != 1 || list[0].Kind != kind || list[0].Channel != w.Channel.ID || list[0].Name != "Uno" || list[0].ClosedAt != nil {
						t.Errorf("listed %+v", list)
					} else if d, unit, _ := strings.Cut(list[0].Detail, " "); unit == "s" && !strings.HasPrefix(detail, d[:2]) || unit != "s" && d != detail {
						t.Errorf("detail %q, want %q", list[0].Detail, detail)
					}
					return err
				})
			})
		}
	}
}

func TestNoIncidentWithoutCause(t *testing.T) {
	t.Parallel()
	for kind, c := range incidentCases {
		for name, statements := range c.close {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				w := newWard(t)
				w.do(t, statements)
				if got := w.look(t); got != nil {
					t.Errorf("told %v", got)
				}
			})
		}
	}
}

// What flickers is one incident; it ends when it has been gone for a minute, and the next
// one is another.
func TestIncidentsClose(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	const stop, start = `update lane set stopped = 'why' where id = {channel};`, `update lane set stopped = null where id = {channel};`
	const later = `update incident set seen_at = seen_at - interval '61 seconds', opened_at = opened_at - interval '61 seconds';`
	for i, step := range []struct{ statements, want string }{
		{stop, "lane_stopped true"},
		{start, ""},
		{stop, ""},
		{later, ""}, // seen again before anything is closed
		{start + later, "lane_stopped false"},
		{"", ""},
		{stop, "lane_stopped true"},
	} {
		w.do(t, step.statements)
		if got := strings.Join(w.look(t), ", "); got != step.want {
			t.Errorf("step %d: told %q, want %q", i, got, step.want)
		}
	}
	w.Do(t, func(tx db.CompanyTx) error {
		all, err := List(t.Context(), tx, false, 10)
		open, err2 := List(t.Context(), tx, true, 10)
		if len(all) != 2 || len(open) != 1 || all[0].ID != open[0].ID || all[1].ClosedAt == nil || all[0].ID.Time().Before(time.Now().Add(-time.Hour)) {
			t.Errorf("all %+v, open %+v", all, open)
		}
		return errors.Join(err, err2)
	})
}

func TestIncidentsOfAnotherCompanyAreNotThere(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	other, _, _, _, _ := w.AddCompany(t, "Dos")
	w.do(t, `update lane set stopped = 'why' where id = {channel};`)
	w.look(t)
	err := w.DB.ForCompany(t.Context(), other, func(tx db.CompanyTx) error {
		list, err := List(t.Context(), tx, false, 10)
		if len(list) != 0 {
			t.Errorf("sees %+v", list)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Nodes that look at the same time open one incident and tell of it once.
func TestNodesLookTogether(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.do(t, `update lane set stopped = 'why' where id = {channel};`)
	var mu sync.Mutex
	told := 0
	var all sync.WaitGroup
	for range 8 {
		node := &Watch{DB: w.DB, Log: quiet(), Changed: func(id.Company, id.Channel, string, bool) {
			mu.Lock()
			defer mu.Unlock()
			told++
		}}
		all.Go(func() { node.look(t.Context()) })
	}
	all.Wait()
	if n := w.Count(t, `select count(*) from incident`); n != 1 || told != 1 {
		t.Errorf("%d incidents, told %d times", n, told)
	}
}

// While one node is at a condition, another leaves it alone.
func TestOneNodeLooksAtATime(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.do(t, `update lane set stopped = 'why' where id = {channel};`)
	w.do(t, `begin; select pg_advisory_xact_lock(hashtext('recado.incidents'), hashtext('lane_stopped'));`)
	if got := w.look(t); got != nil {
		t.Errorf("told %v while another node was looking", got)
	}
	w.do(t, `commit`)
	if got := w.look(t); len(got) != 1 {
		t.Errorf("told %v", got)
	}
}

// The kind's own statement failing leaves the others standing.
func TestLookGoesOnAfterAnError(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.do(t, `update lane set stopped = 'why' where id = {channel}; revoke select on message from recado_pipeline;`)
	w.do(t, session("deaf", true, just))
	if got := w.look(t); !slices.Equal(got, []string{"lane_stopped true", "session_deaf true"}) {
		t.Errorf("told %v", got)
	}
}

// One look over 200 channels of which one is in trouble, with 20,000 messages and as many
// exchanges of the last minutes.
func BenchmarkLook(b *testing.B) {
	k := inboxtest.New(b)
	var ch []channels.Channel
	for i := range 200 {
		_, c, _, _, _ := k.AddCompany(b, fmt.Sprint(i))
		ch = append(ch, c)
	}
	owner := ownerOf(b, k)
	for _, sql := range []string{
		`set session_replication_role = replica`, // the messages' conversations do not matter here
		`insert into message (id, company_id, conversation_id, channel_id, seq, direction, author_kind, content, state, provider_at)
		 select (left(uuid_at(now() - i * interval '20 milliseconds')::text, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid, c.company_id, gen_random_uuid(), c.id, i,
		        'in', 'contact', '{}', 'received', now() from channel c, generate_series(1, 100) i`,
		`insert into wire_log (id, company_id, channel_id, inbound, method, url, status, request, reply, took_ms)
		 select gen_random_uuid(), company_id, id, true, 'POST', '/', 200, repeat('x', 500), 'x', 1 from channel, generate_series(1, 100)`,
		`analyze`,
	} {
		if _, err := owner.Exec(b.Context(), sql); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := owner.Exec(b.Context(), `update lane set stopped = 'why' where id = $1`, ch[0].ID); err != nil {
		b.Fatal(err)
	}
	w := &Watch{DB: k.DB, Log: quiet(), Changed: func(id.Company, id.Channel, string, bool) {}}
	for b.Loop() {
		w.look(b.Context())
	}
}

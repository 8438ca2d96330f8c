package api

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/auth"
	"recado/internal/health"
	"recado/internal/id"
)

func TestChannelLogAndIncidents(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner, me := b.found(t, "uno")
	stranger, _ := b.found(t, "dos")
	agent := b.hire(t, me.Company.ID, auth.Agent)
	c := channels.Channel{ID: id.New[id.Channel](), Company: me.Company.ID, Secrets: channels.Secrets{"token": "not-to-be-read"}}
	conn, err := pgx.Connect(t.Context(), b.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	for _, sql := range []string{
		`insert into channel (id, company_id, kind, name, ref) values ($1, $2, 'webchat', 'Tienda', 'x')`,
		`insert into lane (id, company_id, stopped) values ($1, $2, 'token')`,
		`insert into incident (id, company_id, channel_id, kind, detail) values (gen_random_uuid(), $2, $1, 'lane_stopped', 'token')`,
		`insert into incident (id, company_id, channel_id, kind, closed_at) values (gen_random_uuid(), $2, $1, 'queue_stuck', now())`,
	} {
		if _, err := conn.Exec(t.Context(), sql, c.ID, c.Company); err != nil {
			t.Fatal(err)
		}
	}
	log, about := health.NewLog(b.DB, slog.New(slog.DiscardHandler)), id.New[id.Message]()
	for i := range 5 {
		channels.Wire(log.Record(t.Context(), c, about), channels.Exchange{At: time.Now().Add(time.Duration(i) * time.Millisecond), Method: "POST",
			URL: fmt.Sprintf("https://x.example/%d?token=s3cr3t-token", i), Status: 200, Request: []byte("not-to-be-read")})
	}
	channels.Wire(log.Record(t.Context(), c, id.Message{}), channels.Exchange{Method: "webhook", Inbound: true, Status: 401})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	log.Run(ended) // writes what is there, and returns

	path := "/channels/" + c.ID.String() + "/log"
	seen := 0
	for cursor, n := "", 0; n < 5; n++ {
		p := read[List[health.Entry]](t, b.do(t, call{name: "log", method: "GET", path: path + "?limit=2&cursor=" + cursor, token: owner, status: 200, hasNot: []string{"not-to-be-read", "s3cr3t-token"}}))
		seen += len(p.Items)
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	if seen != 6 {
		t.Errorf("%d entries on all pages, want 6", seen)
	}
	if p := read[List[health.Entry]](t, b.do(t, call{name: "of a message", method: "GET", path: path + "?message=" + about.String(), token: owner, status: 200, hasNot: []string{"webhook"}})); len(p.Items) != 5 {
		t.Errorf("%d entries of the message, want 5", len(p.Items))
	}
	for _, want := range []call{
		{name: "a stranger's log", path: path, token: stranger, status: 404, code: "not_found"},
		{name: "no such channel", path: "/channels/" + id.New[id.Channel]().String() + "/log", token: owner, status: 404, code: "not_found"},
		{name: "an agent", path: path, token: agent, status: 403},
		{name: "bad cursor", path: path + "?cursor=IjEi", token: owner, status: 400, code: "cursor.invalid"},
		{name: "all incidents", path: "/incidents", token: owner, status: 200, has: []string{`"lane_stopped"`, `"queue_stuck"`, `"channel_name":"Tienda"`}},
		{name: "open incidents", path: "/incidents?open=true", token: owner, status: 200, has: []string{`"lane_stopped"`}, hasNot: []string{"queue_stuck", "closed_at"}},
		{name: "a stranger's incidents", path: "/incidents", token: stranger, status: 200, has: []string{`"items":[]`}},
	} {
		want.method = "GET"
		b.do(t, want)
	}
}

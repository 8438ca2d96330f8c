package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"recado/internal/auth"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/file"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/realtime"
)

// live mounts the panel's socket. It is no OpenAPI operation; the introduction describes it.
func (a *API) live() {
	a.mux.Method(http.MethodGet, prefix+"/live", a.Guard(auth.Permission{Module: auth.Inbox, Level: auth.Read},
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.Live.serve(a, w, r) })))
}

// Live keeps the panels' sockets. For each company with an open panel one feed listens to
// the hub, reads what changed once, and hands the same bytes to all its sockets.
type Live struct {
	db    *db.DB
	hub   *realtime.Hub
	files *file.Files
	stop  chan struct{}

	mu    sync.Mutex
	feeds map[id.Company]*feed
}

// NewLive makes the keeper of sockets.
func NewLive(d *db.DB, hub *realtime.Hub, files *file.Files) *Live {
	return &Live{db: d, hub: hub, files: files, stop: make(chan struct{}), feeds: map[id.Company]*feed{}}
}

// Stop sends the sockets away; their panels reconnect elsewhere.
func (l *Live) Stop() { close(l.stop) }

// Online reports whether a member has the panel open on this node.
func (l *Live) Online(c id.Company, u id.User) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.feeds[c]; f != nil {
		for p := range f.panels {
			if p.who.User == u {
				return true
			}
		}
	}
	return false
}

// Typing tells the contact and the colleagues that somebody types.
func (l *Live) Typing(who auth.Principal, c id.Conversation, on bool) {
	data, _ := json.Marshal(realtime.Typist{Who: "agent", Name: who.Name, On: on})
	l.hub.Publish(realtime.Event{Kind: realtime.Typing, Company: who.Company, Conversation: c, Data: data})
}

const (
	liveFrame  = 4 << 10
	liveIdle   = 75 * time.Second
	liveWrite  = 10 * time.Second
	liveBuffer = 256

	framesPerSecond = 10 // of one socket
	frameBurst      = 50

	// A cursor is a time of the database. Transactions may commit up to their timeout
	// after the changed_at they wrote, so a resume looks back a little further.
	lookBack  = 10 * time.Second
	farBehind = 10 * time.Minute
)

// panel is one open socket.
type panel struct {
	who     auth.Principal
	out     chan []byte
	slow    chan struct{} // closed when out overflowed: the panel resumes from its cursor
	overrun sync.Once
	viewing id.Conversation
}

// panelFrame is what a panel says.
type panelFrame struct {
	T            string          `json:"t"`
	After        string          `json:"after"` // the last cursor, empty the first time
	Conversation id.Conversation `json:"conversation_id"`
	On           bool            `json:"on"`
}

// serve speaks with one panel until it leaves. The caller's session has been checked;
// it is checked again while the socket lives.
func (l *Live) serve(a *API, w http.ResponseWriter, r *http.Request) {
	who := auth.From(r.Context())
	conn, err := websocket.Accept(w, r, nil) // same origin only
	if err != nil {
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(liveFrame)
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	defer cancel()
	first, err := readFrame(ctx, conn, 5*time.Second)
	if err != nil || first.T != "hello" {
		_ = conn.Close(websocket.StatusPolicyViolation, "hello expected")
		return
	}
	p := &panel{who: who, out: make(chan []byte, liveBuffer), slow: make(chan struct{})}
	f := l.join(who.Company, p)
	defer l.leave(who.Company, f, p)
	if err := l.resume(ctx, p, cursorTime(first.After)); err != nil {
		_ = conn.Close(websocket.StatusTryAgainLater, "")
		return
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer cancel()
		pace := rate.NewLimiter(framesPerSecond, frameBurst)
		for pace.Wait(ctx) == nil { // who says more is read slower
			fr, err := readFrame(ctx, conn, liveIdle)
			if err != nil {
				return
			}
			l.said(p, fr)
		}
	}()
	l.write(ctx, a, conn, p, r)
	cancel()
	<-read // what the panel views is the reader's until then
	l.view(p, id.Conversation{})
}

func readFrame(ctx context.Context, conn *websocket.Conn, within time.Duration) (f panelFrame, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, b, err := conn.Read(ctx)
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	return f, err
}

func (l *Live) write(ctx context.Context, a *API, conn *websocket.Conn, p *panel, r *http.Request) {
	recheck := time.NewTicker(5 * time.Second)
	defer recheck.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.stop:
			_ = conn.Close(websocket.StatusServiceRestart, "moved")
			return
		case <-recheck.C: // a revoked session loses its socket too
			if _, err := a.admit(r, auth.Permission{Module: auth.Inbox, Level: auth.Read}); revoked(err) {
				_ = conn.Close(websocket.StatusPolicyViolation, "session")
				return
			}
		case <-p.slow:
			_ = conn.Close(websocket.StatusTryAgainLater, "slow")
			return
		case b := <-p.out:
			wctx, done := context.WithTimeout(ctx, liveWrite)
			err := conn.Write(wctx, websocket.MessageText, b)
			done()
			if err != nil {
				return
			}
		}
	}
}

// revoked tells a session that has lost its right from a check that could not be made: the
// database is away, or the company has used up its requests for the moment.
func revoked(err error) bool {
	var p *errs.Problem
	return errors.As(err, &p) && (p.Kind == errs.Unauthenticated || p.Kind == errs.Forbidden)
}

func (l *Live) said(p *panel, f panelFrame) {
	switch f.T {
	case "ping":
		p.push([]byte(`{"t":"pong"}`))
	case "viewing":
		l.view(p, f.Conversation)
	case "typing":
		if !f.Conversation.IsZero() && f.Conversation == p.viewing && p.who.May(auth.Permission{Module: auth.Inbox, Level: auth.Write}) {
			l.Typing(p.who, f.Conversation, f.On)
		}
	}
}

// view tells colleagues which conversation the panel shows.
func (l *Live) view(p *panel, c id.Conversation) {
	tell := func(c id.Conversation, on bool) {
		if !c.IsZero() {
			data, _ := json.Marshal(realtime.Viewer{User: p.who.User, Name: p.who.Name, Viewing: on})
			l.hub.Publish(realtime.Event{Kind: realtime.Viewing, Company: p.who.Company, Conversation: c, Data: data})
		}
	}
	if c != p.viewing {
		tell(p.viewing, false)
		p.viewing = c
		tell(c, true)
	}
}

// cursorTime reads a cursor; nil for none, or for one that is not ours.
func cursorTime(s string) *time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return nil
	}
	return &t
}

// resume sends what changed since the panel's cursor, or tells it to read afresh.
func (l *Live) resume(ctx context.Context, p *panel, after *time.Time) error {
	var now time.Time
	var rows []inbox.ConversationRow
	err := l.db.ForCompany(ctx, p.who.Company, func(tx db.CompanyTx) (err error) {
		if now, err = db.Now(ctx, tx); err != nil || after == nil {
			return err
		}
		since := after.Add(-lookBack)
		rows, err = inbox.List(ctx, tx, inbox.Filter{Changed: &since, Limit: 200})
		return err
	})
	if err != nil {
		return err
	}
	if after == nil || now.Sub(*after) > farBehind || len(rows) == 200 {
		p.send(map[string]any{"t": "ready", "cursor": now})
		if after != nil {
			p.send(map[string]any{"t": "reset"})
		}
		return nil
	}
	p.send(map[string]any{"t": "ready", "cursor": now})
	for _, row := range rows {
		p.send(map[string]any{"t": "conversation", "cursor": now, "c": row})
	}
	if len(rows) > 0 { // the open thread may have new lines: the panel asks for those after its last
		p.send(map[string]any{"t": "resumed", "cursor": now})
	}
	return nil
}

func (p *panel) send(v any) {
	b, _ := json.Marshal(v) // our own types always marshal
	p.push(b)
}

func (p *panel) push(b []byte) {
	select {
	case p.out <- b:
	default:
		p.overrun.Do(func() { close(p.slow) })
	}
}

package visitor

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"recado/bots"
	"recado/channels/webchat"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/realtime"
)

const (
	maxFrame    = 4 << 10
	helloWithin = 5 * time.Second
	idleFor     = 75 * time.Second // the widget pings every 25
	writeWithin = 10 * time.Second
	typingEvery = time.Second

	framesPerSecond = 10 // each may ask the database something
	frameBurst      = 50
	socketsPerMin   = 60  // of one visitor, who may have many pages open
	resumeLimit     = 500 // messages in one resume; a wider gap is fetched as history
)

// frame is what the widget says.
type frame struct {
	T     string `json:"t"`
	Token string `json:"token"`
	After int64  `json:"after"`
	Seq   int64  `json:"seq"`
	On    bool   `json:"on"`
	Lang  string `json:"lang"`
}

// socket carries what happens to a visitor's thread, live. It pushes from the ledger, so
// what is lost on the way is what the next resume brings.
func (d *Door) socket(w http.ResponseWriter, r *http.Request) {
	s, err := d.site(r)
	if err != nil {
		d.Refuse(w, r, unavailable(err))
		return
	}
	// The origin was checked against the site's list above.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxFrame)
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	defer cancel()
	v := &view{door: d, site: s, conn: conn, base: d.BaseURL(r), incoming: make(chan frame, 16), pushed: map[id.Message]int64{}}
	if err := v.hello(ctx); err != nil {
		v.gone(ctx, err)
		return
	}
	go v.read(ctx, cancel)
	if err := v.serve(ctx); err != nil && ctx.Err() == nil {
		d.Log.Debug("visitor's socket ended", "channel", s.channel.ID, "err", err)
	}
}

// view is one open socket.
type view struct {
	door     *Door
	site     *site
	conn     *websocket.Conn
	base     string
	incoming chan frame

	token    string
	visitor  webchat.Visitor
	known    bool // has a conversation, and convSub listens to it
	standing inbox.Standing
	shown    int64                // highest number pushed
	pushed   map[id.Message]int64 // on this socket, with their numbers: one overtaken by a later one comes up again
	got, saw int64
	typed    time.Time
	sub      *realtime.Sub
	convSub  *realtime.Sub
}

func (v *view) hello(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, helloWithin)
	defer cancel()
	_, b, err := v.conn.Read(ctx)
	if err != nil {
		return err
	}
	var f frame
	if json.Unmarshal(b, &f) != nil || f.T != "hello" || f.After < 0 {
		return errs.New(errs.Invalid, "webchat.hello")
	}
	v.shown, v.token = f.After, f.Token
	if v.visitor, err = v.door.read(f.Token, v.site); err != nil {
		return err
	}
	return v.door.limits.take(visitorKey{v.site.channel.ID, "socket " + v.visitor.Identity}, socketsPerMin)
}

// still checks what hello checked: meanwhile the token may have run out and the shop may have
// closed its site or its doors to strangers.
func (v *view) still(ctx context.Context) error {
	s, err := v.door.sites.get(ctx, v.site.channel.Ref)
	if err == nil {
		_, err = v.door.read(v.token, s)
	}
	return err
}

// gone tells the widget why its socket ends.
func (v *view) gone(ctx context.Context, err error) {
	var p *errs.Problem
	if errors.As(err, &p) {
		_ = v.push(ctx, map[string]any{"t": "gone", "code": p.Code})
		_ = v.conn.Close(websocket.StatusPolicyViolation, p.Code)
		return
	}
	_ = v.conn.Close(websocket.StatusTryAgainLater, "")
}

// read hands frames to serve until the widget is silent for too long or breaks the rules.
func (v *view) read(ctx context.Context, cancel context.CancelFunc) {
	defer cancel()
	pace := rate.NewLimiter(framesPerSecond, frameBurst)
	for pace.Wait(ctx) == nil { // who says more is read slower
		rctx, done := context.WithTimeout(ctx, idleFor)
		_, b, err := v.conn.Read(rctx)
		done()
		if err != nil {
			return
		}
		var f frame
		if json.Unmarshal(b, &f) != nil || f.Seq < 0 {
			_ = v.conn.Close(websocket.StatusPolicyViolation, "malformed")
			return
		}
		select {
		case v.incoming <- f:
		case <-ctx.Done():
			return
		}
	}
}

func (v *view) serve(ctx context.Context) error {
	// Subscribe first, then read: what happens in between is pushed twice, never missed.
	v.sub = v.door.Hub.Subscribe(realtime.AddressOf(v.site.channel.ID, v.visitor.Identity))
	defer v.sub.Close()
	defer func() {
		if v.convSub != nil {
			v.convSub.Close()
		}
	}()
	if err := v.refresh(ctx, true); err != nil {
		v.gone(ctx, err)
		return err
	}
	v.opened(ctx)
	for {
		var conv chan realtime.Event
		if v.convSub != nil {
			conv = v.convSub.C
		}
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-v.door.stop:
			_ = v.push(ctx, map[string]any{"t": "gone", "code": "moved"})
			return v.conn.Close(websocket.StatusServiceRestart, "moved")
		case f := <-v.incoming:
			err = v.said(ctx, f)
		case <-v.sub.C:
			err = v.refresh(ctx, false)
		case e := <-conv:
			err = v.heard(ctx, e)
		}
		if db.Down(err) {
			continue // the next ping refreshes
		}
		if err != nil {
			v.gone(ctx, err)
			return err
		}
	}
}

// opened tells the bot's flows that somebody has the chat open who never wrote. It is their
// chance to speak first; who has none of them costs one look.
func (v *view) opened(ctx context.Context) {
	if v.standing.Seq > 0 {
		return
	}
	told := false
	err := v.door.DB.ForCompany(ctx, v.site.channel.Company, func(tx db.CompanyTx) (err error) {
		told, err = inbox.Opened(ctx, tx, v.site.channel.ID, v.visitor.Identity)
		return err
	})
	if err == nil && told {
		err = v.refresh(ctx, false) // there is a conversation to listen to now
	}
	if err != nil {
		v.door.Log.Warn("tell flows of an opened chat", "channel", v.site.channel.ID, "err", err)
	}
}

// said handles a frame of the widget.
func (v *view) said(ctx context.Context, f frame) error {
	switch f.T {
	case "ping":
		if err := v.still(ctx); err != nil {
			return err
		}
		if err := v.push(ctx, map[string]any{"t": "pong"}); err != nil {
			return err
		}
		return v.refresh(ctx, false) // a backstop for hints that were lost
	case "got":
		return v.mark(ctx, f.Seq, chat.Delivered, &v.got)
	case "seen":
		return v.mark(ctx, f.Seq, chat.Read, &v.saw)
	case "typing":
		if !v.known || time.Since(v.typed) < typingEvery {
			return nil
		}
		v.typed = time.Now()
		data, _ := json.Marshal(realtime.Typist{Who: "contact", Name: v.standing.Name, On: f.On})
		v.door.Hub.Publish(realtime.Event{Kind: realtime.Typing, Company: v.site.channel.Company, Conversation: v.standing.Conversation, Data: data})
	}
	return nil
}

func (v *view) mark(ctx context.Context, seq int64, state chat.State, done *int64) error {
	if !v.known || seq <= *done {
		return nil
	}
	company := v.site.channel.Company
	var risen []id.Message
	err := v.door.DB.ForCompanyHot(ctx, company, func(tx db.CompanyTx) (err error) {
		risen, err = inbox.Saw(ctx, tx, v.standing.Conversation, seq, state)
		return err
	})
	for _, m := range risen {
		v.door.Hub.Publish(realtime.Event{Kind: realtime.State, Company: company, Conversation: v.standing.Conversation, Message: m})
	}
	if err == nil {
		*done = seq
	}
	return err
}

// heard handles a hint about the thread, and with it all that wait behind it.
func (v *view) heard(ctx context.Context, e realtime.Event) error {
	changed := false
	for {
		switch {
		case e.Company != v.site.channel.Company: // a conversation's id alone gives nobody a say in it
		case e.Kind == realtime.Typing:
			var who realtime.Typist
			if json.Unmarshal(e.Data, &who) == nil && who.Who != "contact" {
				if err := v.push(ctx, map[string]any{"t": "typing", "who": who.Who, "name": who.Name, "on": who.On}); err != nil {
					return err
				}
			}
		case e.Kind == realtime.Changed, e.Kind == realtime.State:
			changed = true
		}
		select {
		case e = <-v.convSub.C:
			continue
		default:
		}
		break
	}
	if changed || v.convSub.Missed() {
		return v.refresh(ctx, false)
	}
	return nil
}

// refresh reads where the thread stands and pushes what the widget has not got.
func (v *view) refresh(ctx context.Context, first bool) error {
	var lines []inbox.Line
	var at inbox.Standing
	var known bool
	err := v.door.DB.ForCompanyHot(ctx, v.site.channel.Company, func(tx db.CompanyTx) (err error) {
		if at, known, err = inbox.StandingOf(ctx, tx, v.site.channel.ID, v.visitor.Identity); err != nil || !known {
			return err
		}
		lines, _, err = inbox.Visible(ctx, tx, at.Conversation, &v.shown, nil, resumeLimit)
		return err
	})
	if err != nil {
		return err
	}
	if err := v.tell(ctx, first, known, at, lines); err != nil || !known || v.known {
		return err
	}
	v.known = true
	v.convSub = v.door.Hub.Subscribe(realtime.Topic(at.Conversation))
	return v.refresh(ctx, false) // what happened before the subscription
}

func (v *view) tell(ctx context.Context, first, known bool, at inbox.Standing, lines []inbox.Line) error {
	if first {
		if err := v.push(ctx, map[string]any{"t": "ready", "seq": at.Seq, "now": time.Now().UTC()}); err != nil {
			return err
		}
	}
	if !known {
		return nil
	}
	was := v.standing
	v.standing = at
	for _, l := range v.door.lines(v.base, v.site.channel.Company, lines) {
		v.shown = max(v.shown, l.Seq)
		if v.pushed[l.ID] != 0 {
			continue
		}
		v.pushed[l.ID] = l.Seq
		if err := v.push(ctx, map[string]any{"t": "message", "m": l}); err != nil {
			return err
		}
	}
	if len(v.pushed) > 4*resumeLimit { // no reading looks further back than the limit
		maps.DeleteFunc(v.pushed, func(_ id.Message, seq int64) bool { return seq < v.shown-2*resumeLimit })
	}
	if at.ReadSeq > was.ReadSeq && !first {
		if err := v.push(ctx, map[string]any{"t": "read", "seq": at.ReadSeq}); err != nil {
			return err
		}
	}
	if first || at.State != was.State || at.Agent != was.Agent {
		return v.push(ctx, map[string]any{"t": "conversation", "state": shownState(at.State), "agent": agentOf(at)})
	}
	return nil
}

// shownState hides from the contact that the bot is paused.
func shownState(s bots.State) bots.State {
	if s == bots.Paused {
		return bots.WithBot
	}
	return s
}

func agentOf(at inbox.Standing) any {
	if at.Agent == "" {
		return nil
	}
	return map[string]string{"name": at.Agent}
}

func (v *view) push(ctx context.Context, f any) error {
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	return v.conn.Write(ctx, websocket.MessageText, b)
}

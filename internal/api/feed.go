package api

import (
	"context"
	"encoding/json"
	"maps"
	"time"

	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/realtime"
)

// feed serves all panels of one company on this node.
type feed struct {
	live    *Live
	company id.Company
	sub     *realtime.Sub
	cancel  context.CancelFunc
	panels  map[*panel]struct{} // under Live.mu
	shown   map[id.Conversation]int64
}

const (
	feedGather = 15 * time.Millisecond // several hints about one thread become one reading
	feedPoll   = 5 * time.Second       // finds what hints were lost for
	feedBatch  = 100
	newLines   = 50
	firstLines = 10 // of a thread heard of for the first time: as many as a turn may have brought
)

func (l *Live) join(c id.Company, p *panel) *feed {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.feeds[c]
	if f == nil {
		ctx, cancel := context.WithCancel(context.Background())
		f = &feed{live: l, company: c, sub: l.hub.Subscribe(realtime.Topic(c)), cancel: cancel,
			panels: map[*panel]struct{}{}, shown: map[id.Conversation]int64{}}
		l.feeds[c] = f
		go f.run(ctx)
	}
	f.panels[p] = struct{}{}
	return f
}

func (l *Live) leave(c id.Company, f *feed, p *panel) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(f.panels, p)
	if len(f.panels) == 0 {
		f.cancel()
		f.sub.Close()
		delete(l.feeds, c)
	}
}

func (f *feed) broadcast(v any) {
	b, _ := json.Marshal(v) // our own types always marshal
	f.live.mu.Lock()
	defer f.live.mu.Unlock()
	for p := range f.panels {
		p.push(b)
	}
}

func (f *feed) run(ctx context.Context) {
	poll := time.NewTicker(feedPoll)
	defer poll.Stop()
	since := time.Time{}
	for {
		changed := map[id.Conversation]map[id.Message]bool{}
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
			since = f.missed(ctx, since)
			continue
		case e := <-f.sub.C:
			f.note(changed, e)
		}
		gather := time.NewTimer(feedGather)
	more:
		for len(changed) < feedBatch {
			select {
			case e := <-f.sub.C:
				f.note(changed, e)
			case <-gather.C:
				break more
			case <-ctx.Done():
				return
			}
		}
		gather.Stop()
		if f.sub.Missed() {
			f.broadcast(map[string]any{"t": "reset"})
		}
		f.tell(ctx, changed)
	}
}

// note sorts one hint: what is nowhere stored goes out as it is, the rest is read later.
func (f *feed) note(changed map[id.Conversation]map[id.Message]bool, e realtime.Event) {
	switch e.Kind {
	case realtime.Typing:
		var t realtime.Typist
		if json.Unmarshal(e.Data, &t) == nil {
			f.broadcast(map[string]any{"t": "typing", "conversation_id": e.Conversation, "who": t.Who, "name": t.Name, "on": t.On})
		}
	case realtime.Viewing:
		var v realtime.Viewer
		if json.Unmarshal(e.Data, &v) == nil {
			f.broadcast(map[string]any{"t": "presence", "conversation_id": e.Conversation,
				"user": map[string]any{"id": v.User, "name": v.Name}, "viewing": v.Viewing, "typing": v.Typing})
		}
	case realtime.Changed, realtime.State:
		if changed[e.Conversation] == nil {
			changed[e.Conversation] = map[id.Message]bool{}
		}
		if e.Kind == realtime.State {
			changed[e.Conversation][e.Message] = true
		}
	}
}

// tell reads the changed conversations once and sends them to every panel.
func (f *feed) tell(ctx context.Context, changed map[id.Conversation]map[id.Message]bool) {
	if len(changed) == 0 {
		return
	}
	ids := make([]id.Conversation, 0, len(changed))
	for c := range changed {
		ids = append(ids, c)
	}
	var frames []any
	shown := map[id.Conversation]int64{} // noted once the lines are on their way: what fails here must come again
	err := f.live.db.ForCompany(ctx, f.company, func(tx db.CompanyTx) error {
		frames = nil
		now, err := db.Now(ctx, tx)
		if err != nil {
			return err
		}
		rows, err := inbox.List(ctx, tx, inbox.Filter{IDs: ids, Limit: len(ids)})
		if err != nil {
			return err
		}
		for _, row := range rows {
			lines, upTo, err := f.lines(ctx, tx, row, changed[row.ID])
			if err != nil {
				return err
			}
			shown[row.ID] = upTo
			for _, m := range lines {
				frames = append(frames, map[string]any{"t": "message", "cursor": now, "m": m})
			}
			frames = append(frames, map[string]any{"t": "conversation", "cursor": now, "c": row})
		}
		return nil
	})
	if err != nil {
		return // the poll finds it
	}
	for _, v := range frames {
		f.broadcast(v)
	}
	if len(f.shown) > 5000 {
		clear(f.shown)
	}
	maps.Copy(f.shown, shown)
}

// lines are the thread's new messages and those whose delivery changed. upTo is the number
// up to which the thread is then shown; the poll brings what is above it.
func (f *feed) lines(ctx context.Context, tx db.CompanyTx, row inbox.ConversationRow, states map[id.Message]bool) (out []inbox.Message, upTo int64, err error) {
	from, known := f.shown[row.ID]
	if !known {
		from = row.Seq - firstLines
	}
	upTo = max(from, row.Seq)
	read := map[id.Message]bool{}
	if row.Seq > from {
		var more bool
		if out, more, err = inbox.Messages(ctx, tx, row.ID, inbox.Span{After: &from, Limit: newLines}); err != nil {
			return nil, 0, err
		}
		for _, m := range out {
			read[m.ID] = true
		}
		if more {
			upTo = out[len(out)-1].Seq
		}
	}
	var ids []id.Message
	for m := range states {
		if !read[m] {
			ids = append(ids, m)
		}
	}
	if len(ids) > 0 {
		list, _, err := inbox.Messages(ctx, tx, row.ID, inbox.Span{IDs: ids, Limit: len(ids)})
		if err != nil {
			return nil, 0, err
		}
		out = append(out, list...)
	}
	for i := range out {
		linkFile(f.live.files, f.company, &out[i])
	}
	return out, upTo, nil
}

// missed finds conversations that changed without a hint reaching this node. It returns
// the time up to which it has looked.
func (f *feed) missed(ctx context.Context, since time.Time) time.Time {
	changed := map[id.Conversation]map[id.Message]bool{}
	var now time.Time
	err := f.live.db.ForCompany(ctx, f.company, func(tx db.CompanyTx) (err error) {
		if now, err = db.Now(ctx, tx); err != nil || since.IsZero() {
			return err
		}
		after := since.Add(-lookBack)
		rows, err := inbox.List(ctx, tx, inbox.Filter{Changed: &after, Limit: feedBatch})
		for _, r := range rows {
			if seq, ok := f.shown[r.ID]; !ok || r.Seq > seq {
				changed[r.ID] = map[id.Message]bool{}
			}
		}
		return err
	})
	if err != nil {
		return since
	}
	f.tell(ctx, changed)
	return now
}

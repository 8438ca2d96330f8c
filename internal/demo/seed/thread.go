package seed

import (
	"math/rand/v2"
	"time"

	"recado/bots"
	"recado/internal/chat"
	"recado/internal/demo"
	"recado/internal/id"
	"recado/internal/inbox"
)

// thread is one conversation being written down. What it does to its row is what inbox
// does with each message and change of state.
type thread struct {
	*historian
	contact contactRow
	conv    conversationRow
	lines   []messageRow
	labels  []string
	pace    *rand.Rand // what the program and people took, between the history's moments
}

func (h *historian) open(v demo.Conversation, pace *rand.Rand) *thread {
	at := v.Messages[0].At.UTC()
	t := &thread{historian: h, pace: pace}
	t.contact = contactRow{
		ID: id.NewAt[id.Contact](at), Company: h.company, Name: v.Contact.Name, Language: "es",
		Email: v.Contact.Email, Phone: v.Contact.Phone, Attributes: map[string]any{}, CreatedAt: at, UpdatedAt: at,
	}
	t.conv = conversationRow{
		ID: id.NewAt[id.Conversation](at), Company: h.company, Channel: h.channel, Contact: t.contact.ID,
		Address: "visitor:" + id.NewAt[id.Contact](at).String(), State: bots.WithBot, Version: 1, CreatedAt: at, ChangedAt: at,
	}
	return t
}

// busy reports whether a visit is still going on at a time.
func (t *thread) busy(at time.Time) bool {
	return len(t.lines) > 0 && (t.conv.State != bots.Closed || at.Before(t.conv.ClosedAt))
}

func (t *thread) visit(v demo.Conversation) error {
	for i, m := range v.Messages {
		m.At = m.At.UTC()
		switch m.Author {
		case demo.ByContact:
			if err := t.hear(m); err != nil {
				return err
			}
			if t.conv.State != bots.WithBot || i+1 == len(v.Messages) || v.Messages[i+1].Author != demo.ByBot {
				continue
			}
			if err := t.answer(m, v.Messages[i+1]); err != nil {
				return err
			}
		case demo.ByAgent, demo.ByNote:
			if err := t.attend(m); err != nil {
				return err
			}
		}
	}
	t.labels = append(t.labels, v.Labels...)
	if v.State != demo.Closed {
		return nil
	}
	return t.close(v)
}

// hear takes in what the contact wrote.
func (t *thread) hear(m demo.Message) error {
	if err := t.to(bots.Wrote, m.At); err != nil {
		return err
	}
	t.seen(m.At)
	l := t.line(inbox.KindMessage, m.At, chat.ByContact, "", chat.Plain(m.Text))
	l.Direction, l.Origin, l.ClientID = "in", t.conv.Address, id.NewAt[id.Message](m.At).String()
	t.ref("in", t.conv.Address+" "+l.ClientID, l)
	return nil
}

// answer is a turn of the bot.
func (t *thread) answer(asked, m demo.Message) error {
	out, err := t.decide(asked, t.conv.Memory, m.Text)
	if err != nil {
		return err
	}
	t.conv.Memory = out.Memory
	at, by := m.At.UTC(), t.bot.String()
	for _, e := range out.Effects {
		switch {
		case e.Say != nil:
			t.send(t.line(inbox.KindMessage, at, chat.ByBot, by, e.Say.Content)).Trace = &out.Trace
		case e.Handoff != nil:
			if err := t.to(bots.Asked, at); err != nil {
				return err
			}
			t.line(inbox.KindEvent, at, chat.ByBot, by, chat.Plain("handoff."+e.Handoff.Reason)).Trace = &out.Trace
			t.line(inbox.KindNote, at, chat.ByBot, by, chat.Plain(e.Handoff.Summary))
		}
	}
	t.count(out.Trace, at)
	return nil
}

// attend is what a person of the team writes, to the contact or as a note. With their
// first line they take the conversation.
func (t *thread) attend(m demo.Message) error {
	who := t.people[m.Agent]
	if t.conv.State != bots.Human {
		at := m.At.Add(-t.between(15*time.Second, 40*time.Second))
		if err := t.to(bots.Claimed, at); err != nil {
			return err
		}
		t.conv.Assignee = who
		t.line(inbox.KindEvent, at, chat.ByAgent, who.String(), chat.Plain("claimed"))
	}
	kind := inbox.KindMessage
	if m.Author == demo.ByNote {
		kind = inbox.KindNote
	}
	l := t.line(kind, m.At, chat.ByAgent, who.String(), chat.Plain(m.Text))
	l.ClientID = id.NewAt[id.Message](m.At).String()
	t.ref("client", l.ClientID, l)
	if kind == inbox.KindMessage {
		t.send(l)
	}
	t.conv.ReadSeq = l.Seq // who answers has read what stands above
	return nil
}

// close ends the visit: the agent does, or the bot where there was none.
func (t *thread) close(v demo.Conversation) error {
	at := v.ClosedAt.UTC()
	kind, by := chat.ByBot, t.bot.String()
	if who, ok := t.people[v.Assignee]; ok {
		kind, by = chat.ByAgent, who.String()
	}
	if err := t.to(bots.Close, at); err != nil {
		return err
	}
	t.conv.ReadSeq = t.line(inbox.KindEvent, at, kind, by, chat.Plain("closed")).Seq
	return nil
}

// to moves the thread along the handoff machine.
func (t *thread) to(ev bots.Event, at time.Time) error {
	was := t.conv.State
	next, err := was.Next(ev)
	if err != nil || next == was {
		return err
	}
	c := &t.conv
	c.State, c.Version = next, c.Version+1
	c.Assignee, c.WaitingSince, c.ClosedAt = id.User{}, time.Time{}, time.Time{}
	switch next {
	case bots.Waiting:
		c.WaitingSince = at
	case bots.Closed:
		c.ClosedAt, c.Memory = at, bots.Memory{}
	}
	return nil
}

// line appends to the thread; the result is valid until the next one.
func (t *thread) line(kind inbox.Kind, at time.Time, author chat.AuthorKind, by string, content chat.Content) *messageRow {
	t.conv.LastSeq++
	t.lines = append(t.lines, messageRow{
		ID: id.NewAt[id.Message](at), Company: t.company, Conversation: t.conv.ID, Channel: t.channel,
		Seq: t.conv.LastSeq, Direction: "out", Kind: string(kind), AuthorKind: author, AuthorID: by,
		Content: content, State: chat.Received, At: at,
	})
	if kind == inbox.KindMessage {
		t.conv.LastAt, t.conv.LastSnippet, t.conv.LastFrom = at, content.Snippet(), author
	}
	t.conv.ChangedAt = at
	return &t.lines[len(t.lines)-1]
}

// send addresses a line to the contact; finish says how it got there.
func (t *thread) send(l *messageRow) *messageRow {
	l.Destination, l.State = t.conv.Address, chat.Sent
	return l
}

func (t *thread) ref(kind, ref string, l *messageRow) {
	t.rows.refs = append(t.rows.refs, refRow{t.channel, kind, ref, t.company, t.conv.ID, l.ID, l.At})
}

// finish fills in what became of the lines, and hands the rows over.
func (t *thread) finish() {
	var answered time.Time // when the contact next wrote
	gone := t.pace.IntN(3) == 0
	for i := len(t.lines) - 1; i >= 0; i-- {
		switch l := &t.lines[i]; {
		case l.Direction == "in":
			answered = l.At
			t.reached(l.Seq, l.Seq)
			if l.Seq > t.conv.ReadSeq {
				t.conv.Unread++
			}
		case l.State == chat.Sent:
			t.deliver(l, answered, gone)
		}
	}
	t.put(t)
}

// deliver gives a line its way to the contact, who was there to read it, unless it is an
// agent's last word and the contact was gone by then.
func (t *thread) deliver(l *messageRow, answered time.Time, gone bool) {
	l.SentAt = l.At.Add(t.between(120*time.Millisecond, 600*time.Millisecond))
	l.DeliveredAt = l.SentAt.Add(t.between(60*time.Millisecond, 400*time.Millisecond))
	t.rows.events = append(t.rows.events, eventRow{l.ID, t.company, chat.Sent, 1, l.SentAt}, eventRow{l.ID, t.company, chat.Delivered, 0, l.DeliveredAt})
	l.State = chat.Delivered
	at, read := l.DeliveredAt, int64(0)
	if l.AuthorKind == chat.ByBot || !answered.IsZero() || !gone {
		at = l.DeliveredAt.Add(t.between(time.Second, 5*time.Second))
		if before := answered.Add(-time.Second); !answered.IsZero() && before.Before(at) && before.After(l.DeliveredAt) {
			at = before
		}
		l.State, l.ReadAt, read = chat.Read, at, l.Seq
		t.rows.events = append(t.rows.events, eventRow{l.ID, t.company, chat.Read, 0, at})
	}
	if at.After(t.conv.ChangedAt) {
		t.conv.ChangedAt = at
	}
	t.reached(l.Seq, read)
}

// reached raises how far the contact got and read.
func (t *thread) reached(got, read int64) {
	t.conv.ContactGotSeq, t.conv.ContactReadSeq = max(t.conv.ContactGotSeq, got), max(t.conv.ContactReadSeq, read)
}

func (t *thread) between(low, high time.Duration) time.Duration {
	return low + time.Duration(t.pace.Int64N(int64(high-low)))
}

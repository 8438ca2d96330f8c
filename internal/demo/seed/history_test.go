package seed

import (
	"fmt"
	"testing"
	"time"

	"recado/bots"
	"recado/bots/rules"
	"recado/internal/chat"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/demo"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/knowledge"
)

// storyteller is a historian without a database.
func storyteller(t *testing.T) (*demo.Content, func() *historian) {
	t.Helper()
	content, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := Seeder{Content: content}
	files := map[string]chat.Media{}
	for _, r := range content.Rules {
		if a := r.Answer.Attachment; a != nil {
			files[a.File] = chat.Media{File: id.New[id.File]()}
		}
	}
	list := s.rules(files)
	for i := range list {
		list[i].ID = id.New[id.Rule]()
	}
	var faqs []knowledge.FAQ
	for _, q := range content.FAQs {
		faqs = append(faqs, knowledge.FAQ{ID: id.New[id.FAQ](), ExternalID: q.ID, Question: q.Question, Answer: q.Answer, Variants: q.Variants, Enabled: true})
	}
	say, week := content.Shop.Bot, content.Shop.TeamHours
	week.Zone = content.Shop.TimeZone
	first, err := newHistorian(bots.Definition{
		ID: id.New[id.Bot](), Name: say.Name, Enabled: true, Language: bots.Spanish, Tone: bots.Neutral,
		Fallback: bots.FallbackPolicy{Text: say.Fallback}, Handoff: bots.HandoffSettings{Text: say.Handoff, AwayText: say.Away},
	}, week, list, faqs)
	if err != nil {
		t.Fatal(err)
	}
	people := map[string]id.User{}
	for _, m := range content.Team {
		people[m.Email] = id.New[id.User]()
	}
	return content, func() *historian {
		h := *first
		h.counts = map[countRow]int64{}
		h.bot, h.channel, h.company, h.people = id.New[id.Bot](), id.New[id.Channel](), id.New[id.Company](), people
		return &h
	}
}

// The bot says what the history has it say whenever the demo is filled: the hour decides
// between the sentences for open and for closed hours, and which visits overlap.
func TestHistoryAtAnyMoment(t *testing.T) {
	t.Parallel()
	content, fresh := storyteller(t)
	monday := time.Date(2026, 11, 16, 0, 20, 0, 0, time.UTC)
	for hour := 0; hour < 7*24; hour += 7 {
		now := monday.Add(time.Duration(hour) * time.Hour)
		all, err := content.Conversations(now)
		if err != nil {
			t.Fatal(err)
		}
		h := fresh()
		if err := h.write(all); err != nil {
			t.Fatalf("%v: %v", now, err)
		}
		check(t, now, h)
	}
}

// check compares the rows with what inbox would keep.
func check(t *testing.T, now time.Time, h *historian) {
	t.Helper()
	lines := map[id.Conversation][]messageRow{}
	for _, m := range h.rows.messages {
		lines[m.Conversation] = append(lines[m.Conversation], m)
	}
	if n := len(h.rows.conversations); n != len(h.rows.contacts) || n < 150 {
		t.Errorf("%v: %d conversations of %d contacts", now, n, len(h.rows.contacts))
	}
	events := map[id.Message][]chat.State{}
	for _, e := range h.rows.events {
		events[e.Message] = append(events[e.Message], e.State)
		if e.At.After(now) {
			t.Errorf("%v: something happens at %v", now, e.At)
		}
	}
	for _, c := range h.rows.conversations {
		if err := faults(c, lines[c.ID], events); err != nil {
			t.Errorf("%v: conversation of %v: %v", now, c.CreatedAt, err)
		}
	}
}

func faults(c conversationRow, lines []messageRow, events map[id.Message][]chat.State) error {
	unread, read := 0, true
	var last messageRow
	for i, l := range lines {
		if l.Seq != int64(i+1) || i > 0 && l.At.Before(lines[i-1].At) || l.At.Sub(l.ID.Time()) >= time.Millisecond {
			return fmt.Errorf("line %d is number %d at %v, id of %v", i, l.Seq, l.At, l.ID.Time())
		}
		if l.Kind == string(inbox.KindMessage) {
			last = l
		}
		switch {
		case l.Direction == "in":
			if l.Seq > c.ReadSeq {
				unread++
			}
			if l.State != chat.Received || l.Origin != c.Address || l.ClientID == "" || !read {
				return fmt.Errorf("line %d came in as %s after an unread one: %v", l.Seq, l.State, !read)
			}
		case l.Kind != string(inbox.KindMessage):
			if l.State != chat.Received || l.Destination != "" || events[l.ID] != nil {
				return fmt.Errorf("line %d, a %s, went somewhere", l.Seq, l.Kind)
			}
		default:
			want := []chat.State{chat.Sent, chat.Delivered, chat.Read}
			if l.State == chat.Delivered {
				want, read = want[:2], false
			}
			if fmt.Sprint(events[l.ID]) != fmt.Sprint(want) || l.SentAt.Before(l.At) || l.DeliveredAt.Before(l.SentAt) ||
				l.State == chat.Read && (l.ReadAt.Before(l.DeliveredAt) || i+1 < len(lines) && lines[i+1].Direction == "in" && l.ReadAt.After(lines[i+1].At)) {
				return fmt.Errorf("line %d is %s, events %v, at %v %v %v %v", l.Seq, l.State, events[l.ID], l.At, l.SentAt, l.DeliveredAt, l.ReadAt)
			}
			if (l.AuthorKind == chat.ByBot) != (l.Trace != nil) {
				return fmt.Errorf("line %d by %s has a trace: %v", l.Seq, l.AuthorKind, l.Trace != nil)
			}
		}
	}
	if int(c.LastSeq) != len(lines) || unread != c.Unread || !c.LastAt.Equal(last.At) || c.LastSnippet != last.Content.Snippet() || c.LastFrom != last.AuthorKind {
		return fmt.Errorf("last is %d, %q by %s at %v with %d unread; the lines say %d, %q by %s at %v, %d",
			c.LastSeq, c.LastSnippet, c.LastFrom, c.LastAt, c.Unread, len(lines), last.Content.Snippet(), last.AuthorKind, last.At, unread)
	}
	if (c.State == bots.Human) == c.Assignee.IsZero() || (c.State == bots.Waiting) == c.WaitingSince.IsZero() || (c.State == bots.Closed) == c.ClosedAt.IsZero() {
		return fmt.Errorf("%s with %v, waiting since %v, closed at %v", c.State, c.Assignee, c.WaitingSince, c.ClosedAt)
	}
	if c.ContactReadSeq > c.ContactGotSeq || c.ContactGotSeq > c.LastSeq || c.ReadSeq > c.LastSeq {
		return fmt.Errorf("read up to %d, got to %d of %d", c.ContactReadSeq, c.ContactGotSeq, c.LastSeq)
	}
	return nil
}

// Who comes back finds the same thread; who comes back too soon is left out.
func TestSecondVisit(t *testing.T) {
	t.Parallel()
	content, fresh := storyteller(t)
	q := content.FAQs[0]
	visit := func(at time.Time, state demo.State) demo.Conversation {
		v := demo.Conversation{Contact: demo.Contact{Key: "k", Name: "Ana Paredes"}, State: state, Messages: []demo.Message{
			{At: at, Author: demo.ByContact, Text: q.Question},
			{At: at.Add(time.Second), Author: demo.ByBot, Text: q.Answer, FAQID: q.ID},
		}}
		if state == demo.Closed {
			v.ClosedAt = at.Add(time.Hour)
		}
		return v
	}
	start := time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name    string
		first   demo.State
		after   time.Duration
		lines   int
		version int64
		state   bots.State
	}{
		{"after it closed", demo.Closed, 2 * time.Hour, 5, 3, bots.WithBot},
		{"before it closed", demo.Closed, 30 * time.Minute, 3, 2, bots.Closed},
		{"while it is open", demo.WithBot, 2 * time.Hour, 2, 1, bots.WithBot},
	} {
		h := fresh()
		if err := h.write([]demo.Conversation{visit(start, c.first), visit(start.Add(c.after), demo.WithBot)}); err != nil {
			t.Fatal(err)
		}
		got := h.rows.conversations
		if len(got) != 1 || len(h.rows.messages) != c.lines || got[0].Version != c.version || got[0].State != c.state {
			t.Errorf("%s: %d lines, %+v", c.name, len(h.rows.messages), got)
		}
	}
}

// The history's own answer counts are those of its traces.
func TestCounts(t *testing.T) {
	t.Parallel()
	content, fresh := storyteller(t)
	all, err := content.Conversations(time.Date(2026, 11, 18, 16, 30, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	h := fresh()
	if err := h.write(all); err != nil {
		t.Fatal(err)
	}
	var said, counted int64
	for _, m := range h.rows.messages {
		if m.Trace != nil && m.Kind == string(inbox.KindMessage) && m.Trace.Source != "ack" {
			said++
		}
	}
	days := map[string]bool{}
	for _, c := range h.rows.counts {
		counted += c.N
		days[c.Day] = true
	}
	if said != counted || len(days) < 30 {
		t.Errorf("%d answers, %d counted on %d days", said, counted, len(days))
	}
}

// The card rule takes nothing away from the FAQ, and its products are the shop's.
func TestNewsRule(t *testing.T) {
	t.Parallel()
	content, fresh := storyteller(t)
	h := fresh()
	news := h.rules[len(h.rules)-1]
	if cards := news.Answers[0].Products; len(cards) < 4 {
		t.Errorf("%d cards", len(cards))
	}
	for _, c := range news.Answers[0].Products {
		if _, ok := content.Product(c.ID); !ok || c.Price <= 0 || c.Currency != content.Shop.Currency {
			t.Errorf("card %+v", c)
		}
	}
	week, err := content.Shop.TeamHours.Compile(content.Shop.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.Compile([]rules.Definition{news}, week)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range content.FAQs {
		for _, text := range append(q.Variants, q.Question) {
			if set.Match(text, time.Now()).Winner != nil {
				t.Errorf("%q of %s would get product cards", text, q.ID)
			}
		}
	}
	for _, r := range widget(content.Shop).QuickReplies {
		if got := set.Match(r.Label, time.Now()).Winner != nil; got != (r.ID == "novedades") {
			t.Errorf("%q gets product cards: %v", r.Label, got)
		}
	}
}

// The stored history reads as the live program's: through the room that owns it.
func TestInboxReadsTheHistory(t *testing.T) {
	t.Parallel()
	p := newPlace(t, nil)
	made, err := p.Seed(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	err = p.DB.ForCompany(t.Context(), made.Company, func(tx db.CompanyTx) error {
		c, err := company.Get(t.Context(), tx)
		if err != nil || !c.Demo || c.Currency != "EUR" || c.Hours.Always || c.Address == "" {
			t.Errorf("company %+v, %v", c, err)
		}
		o, err := inbox.GetOverview(t.Context(), tx)
		if err != nil {
			return err
		}
		if o.Conversations.Bot != 7 || o.Conversations.Waiting != 8 || o.Conversations.Human != 10 || len(o.Waiting) != 5 {
			t.Errorf("open conversations %+v", o.Conversations)
		}
		if o.Checklist != (inbox.Checklist{Channel: true, FAQ: true, WidgetSeen: true, Teammate: true, Tested: true}) || o.Queue.Waiting+o.Queue.Unsure > 0 {
			t.Errorf("checklist %+v, queue %+v", o.Checklist, o.Queue)
		}
		in := 0
		for _, h := range o.Hourly {
			in += h.In
		}
		if in < 20 {
			t.Errorf("%d messages came in a day", in)
		}
		list, err := inbox.List(t.Context(), tx, inbox.Filter{States: []bots.State{bots.Waiting}, Limit: 1})
		if err != nil || len(list) != 1 || list[0].Unread == 0 || list[0].WaitingSince == nil {
			t.Fatalf("%+v, %v", list, err)
		}
		s, ok, err := inbox.StandingOf(t.Context(), tx, list[0].Channel.ID, address(t, tx, list[0].ID))
		if err != nil || !ok || s.Conversation != list[0].ID {
			t.Errorf("the contact stands at %+v, %v, %v", s, ok, err)
		}
		if n, err := inbox.Unread(t.Context(), tx, s.Conversation); err != nil || n != 0 {
			t.Errorf("the contact has %d unread, %v", n, err)
		}
		// The live code goes on where the history ended.
		_, err = inbox.Claim(t.Context(), tx, list[0].ID, inbox.Actor{User: firstAgent(t, tx)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func address(t *testing.T, tx db.CompanyTx, c id.Conversation) (s string) {
	t.Helper()
	if err := tx.QueryRow(t.Context(), `select address from conversation where id = $1`, c).Scan(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func firstAgent(t *testing.T, tx db.CompanyTx) (u id.User) {
	t.Helper()
	if err := tx.QueryRow(t.Context(), `select user_id from member where role = 'agent' order by user_id limit 1`).Scan(&u); err != nil {
		t.Fatal(err)
	}
	return u
}

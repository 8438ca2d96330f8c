package main

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"recado/internal/sim"
)

// The kinds of broken promises between a platform's screens and the ledger.
const (
	notStored   = "what customers wrote and the ledger has not"
	storedTwice = "what customers wrote and the ledger has twice"
	neverShown  = "messages that count as sent and were never shown"
	shownTwice  = "messages shown twice without a doubt on record"
	showedNo    = "messages that were refused and shown all the same"
	fromNowhere = "messages shown that the ledger does not know"
	triedAgain  = "refusals that were tried again"
	badAnswers  = "questions not answered exactly once by the bot"
	missedReply = "replies of people that the ledger has not exactly once"
	halfway     = "messages that are not at the end of their way"
)

// customer is a person who writes to one outlet, and what came of it.
type customer struct {
	number  int
	id      string   // on the platform
	person  bool     // a person answers, not the bot
	wrote   []string // every text is like no other
	replies []string // of a person
}

// entry is one message of an outlet in the ledger.
type entry struct {
	ID, Conversation, Direction, Author, Text, State string
	Query                                            string   // a bot's: the message it answers
	Events                                           []string // of its way out, in order
	Story                                            string   // the same with the platform's codes
}

func (l *lab) entries(ctx context.Context, channel string) ([]entry, error) {
	rows, err := l.db.Query(ctx, `select m.id::text, m.conversation_id::text, m.direction, m.author_kind, coalesce(m.content ->> 'text', ''), m.state,
		coalesce(m.trace ->> 'query', ''),
		(select coalesce(array_agg(e.state order by e.at), '{}') from delivery_event e where e.message_id = m.id and e.attempt > 0),
		(select coalesce(string_agg(concat_ws(' ', e.state, e.code, e.detail), '; ' order by e.at), '') from delivery_event e where e.message_id = m.id and e.attempt > 0)
		from message m where m.channel_id = $1 and m.kind = 'message' order by m.conversation_id, m.seq`, channel)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[entry])
}

// score is what a judgement counted.
type score struct {
	in, out int // messages in the ledger
	twice   int // shown twice, and the ledger had its doubts about each
	failed  int // refused by the platform
}

// judgeOutlet compares what customers wrote and have on their screens with the ledger. A
// message may be shown twice only if the ledger says that an attempt was unsure, and never
// where the platform drops repeats.
func judgeOutlet(f *findings, all []entry, people []*customer, thread func(*customer) []sim.Bubble, idempotent bool) (s score) {
	of := map[string][]entry{} // by conversation
	for _, e := range all {
		of[e.Conversation] = append(of[e.Conversation], e)
	}
	for _, c := range people {
		conversation := ""
		for _, e := range all {
			if e.Direction == "in" && len(c.wrote) > 0 && e.Text == c.wrote[0] {
				conversation = e.Conversation
			}
		}
		mine := of[conversation]
		s.add(judgeWords(f, mine, c))
		s.add(judgeScreen(f, mine, thread(c), idempotent))
	}
	return s
}

func (s *score) add(t score) {
	s.in, s.out, s.twice, s.failed = s.in+t.in, s.out+t.out, s.twice+t.twice, s.failed+t.failed
}

// judgeWords checks what the ledger holds of one conversation.
func judgeWords(f *findings, mine []entry, c *customer) (s score) {
	count := func(match func(entry) bool) (n int) {
		for _, e := range mine {
			if match(e) {
				n++
			}
		}
		return n
	}
	for _, text := range c.wrote {
		switch n := count(func(e entry) bool { return e.Direction == "in" && e.Text == text }); {
		case n == 0:
			f.add(notStored, "%q", text)
		case n > 1:
			f.add(storedTwice, "%q stands %d times", text, n)
		}
		answers := count(func(e entry) bool { return e.Author == "bot" && e.Query == text })
		if !c.person && answers != 1 {
			f.add(badAnswers, "%q has %d", text, answers)
		}
	}
	for _, text := range c.replies {
		if n := count(func(e entry) bool { return e.Author == "agent" && e.Text == text }); n != 1 {
			f.add(missedReply, "%q stands %d times", text, n)
		}
	}
	s.in = count(func(e entry) bool { return e.Direction == "in" })
	s.out = count(func(e entry) bool { return e.Direction == "out" })
	return s
}

// judgeScreen compares a customer's screen with what the ledger says was sent there. What
// has the same words is one pile, for a second copy has a name of its own on the platform.
func judgeScreen(f *findings, mine []entry, screen []sim.Bubble, idempotent bool) (s score) {
	type pile struct{ known, sent, refused, doubted, shown int }
	piles := map[string]*pile{}
	at := func(text string) *pile {
		if piles[text] == nil {
			piles[text] = &pile{}
		}
		return piles[text]
	}
	for _, e := range mine {
		if e.Direction != "out" {
			continue
		}
		p := at(e.Text)
		p.known++
		if slices.Contains(e.Events, "unsure") && !idempotent {
			p.doubted++
		}
		switch e.State {
		case "sent", "delivered", "read":
			p.sent++
		case "failed", "cancelled":
			s.failed++
			p.refused++
			if n := len(e.Events); n > 1 && !slices.Contains(e.Events, "unsure") {
				f.add(triedAgain, "%q went through %s", e.Text, e.Story)
			}
		default:
			f.add(halfway, "%q is %s after %s", e.Text, e.State, e.Story)
		}
	}
	for _, b := range screen {
		if !b.Mine {
			at(b.Text).shown++
		}
	}
	for text, p := range piles {
		s.twice += max(0, min(p.shown-p.sent, p.doubted))
		switch extra := p.shown - p.sent; {
		case p.known == 0:
			f.add(fromNowhere, "%q, %d times", text, p.shown)
		case extra < 0:
			f.add(neverShown, "%q: %d sent, %d shown", text, p.sent, p.shown)
		case extra > p.doubted && p.refused > 0:
			f.add(showedNo, "%q: %d sent, %d refused, %d shown, %d in doubt", text, p.sent, p.refused, p.shown, p.doubted)
		case extra > p.doubted:
			f.add(shownTwice, "%q: %d sent, %d shown, %d in doubt", text, p.sent, p.shown, p.doubted)
		}
	}
	return s
}

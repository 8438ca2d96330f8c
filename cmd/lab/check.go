package main

import (
	"maps"
	"slices"
	"time"
)

// The kinds of broken promises that the checks know.
const (
	lost       = "accepted messages lost"
	doubled    = "accepted messages stored twice"
	invented   = "stored messages that nobody sent"
	renamed    = "messages stored under another id or number than the sender was told"
	disordered = "messages out of the order in which they were written"
	sameSeq    = "numbers given twice in a conversation"
	unanswered = "messages without an answer"
	answered2  = "messages answered twice"
	aimless    = "answers to nothing that was asked, and handoffs"
	early      = "answers numbered before their questions or out of their order"
	unfinished = "messages in a state that is not the end of their way"
	sentTwice  = "answers handed over more or less than once"
	unseen     = "messages that never reached the visitor"
	phantom    = "lines in a widget that the ledger does not know"
	repeated   = "messages shown twice in a widget"
	misplaced  = "widgets that show messages out of order"
)

// check compares what visitors were told with what the ledger holds.
//
// An answer belongs to the message that its trace quotes: every message has words of its
// own, and the bot's one rule answers each with one message. So each message is answered
// exactly once when exactly one message of the bot in its conversation quotes it.
func (g ledger) check(f *findings, all []sent) {
	g.checkInbound(f, all)
	g.checkAnswers(f)
	seen := map[string]map[int64]bool{}
	number := func(conversation string, seq int64) {
		if seen[conversation] == nil {
			seen[conversation] = map[int64]bool{}
		}
		if seen[conversation][seq] {
			f.add(sameSeq, "conversation %s, number %d", conversation, seq)
		}
		seen[conversation][seq] = true
	}
	for _, m := range g.in {
		number(m.Conversation, m.Seq)
	}
	for _, m := range g.out {
		number(m.Conversation, m.Seq)
	}
}

func (g ledger) checkInbound(f *findings, all []sent) {
	stored := map[string][]inbound{}
	for _, m := range g.in {
		stored[m.Key] = append(stored[m.Key], m)
		if m.State != "received" {
			f.add(unfinished, "inbound %s is %s", m.ID, m.State)
		}
	}
	last := map[string]sent{} // by conversation, in the order of the ledger
	order := map[string]sent{}
	for _, s := range all {
		order[s.key] = s
		switch rows := stored[s.key]; {
		case len(rows) == 0:
			f.add(lost, "%q, accepted at %s as %s", s.text, s.at.Format(time.StampMilli), s.id)
		case len(rows) > 1:
			f.add(doubled, "%q stands %d times", s.text, len(rows))
		case s.seq > 0 && (rows[0].ID != s.id || rows[0].Seq != s.seq): // until it is stored, what it is called may change
			f.add(renamed, "%q was accepted as %s, %d, and is %s, %d", s.text, s.id, s.seq, rows[0].ID, rows[0].Seq)
		}
	}
	for _, m := range g.in {
		s, ok := order[m.Key]
		if !ok {
			f.add(invented, "%q as %s", m.Text, m.ID)
			continue
		}
		if before, ok := last[m.Conversation]; ok && (before.visitor != s.visitor || before.number >= s.number) {
			f.add(disordered, "%q stands after %q", s.text, before.text)
		}
		last[m.Conversation] = s
	}
}

func (g ledger) checkAnswers(f *findings) {
	type place struct{ conversation, text string }
	asked := map[place]inbound{}
	answers := map[place]int{}
	for _, m := range g.in {
		asked[place{m.Conversation, m.Text}] = m
	}
	last := map[string]inbound{} // the question answered last, by conversation
	handed := map[string]outbound{}
	for _, m := range g.out {
		q, ok := asked[place{m.Conversation, m.Query}]
		if m.Kind != "message" || !ok {
			f.add(aimless, "%s %s quotes %q", m.Kind, m.ID, m.Query)
			continue
		}
		answers[place{m.Conversation, m.Query}]++
		if before := last[m.Conversation]; m.Seq < q.Seq || before.Seq > q.Seq {
			f.add(early, "the answer to %q (%d) is number %d, after that to %q (%d)", q.Text, q.Seq, m.Seq, before.Text, before.Seq)
		}
		last[m.Conversation] = q
		if m.State != "sent" && m.State != "delivered" && m.State != "read" {
			f.add(unfinished, "answer %s is %s", m.ID, m.State)
			continue
		}
		if m.Sends != 1 {
			f.add(sentTwice, "answer %s was handed over %d times", m.ID, m.Sends)
		}
		if before, ok := handed[m.Conversation]; ok && m.SentAt != nil && before.SentAt != nil && m.SentAt.Before(*before.SentAt) {
			f.add(early, "answer %s (%d) left before %s (%d)", m.ID, m.Seq, before.ID, before.Seq)
		}
		handed[m.Conversation] = m
	}
	for p, q := range asked {
		switch n := answers[p]; {
		case n == 0:
			f.add(unanswered, "%q, number %d", q.Text, q.Seq)
		case n > 1:
			f.add(answered2, "%q: %d answers", q.Text, n)
		}
	}
}

// threads is what each conversation shows its visitor, in order.
func (g ledger) threads() map[string][]line {
	out := map[string][]line{}
	for _, m := range g.in {
		out[m.Conversation] = append(out[m.Conversation], line{m.ID, m.Key, m.Seq})
	}
	for _, m := range g.out {
		if m.Kind == "message" {
			out[m.Conversation] = append(out[m.Conversation], line{id: m.ID, seq: m.Seq})
		}
	}
	for _, thread := range out {
		slices.SortFunc(thread, func(a, b line) int { return int(a.seq - b.seq) })
	}
	return out
}

// line is one message of a thread.
type line struct {
	id, key string
	seq     int64
}

// checkView compares what one widget shows with the thread it belongs to.
func checkView(f *findings, visitor int, shown []*item, thread []line) {
	numbers := map[string]int64{} // by id, and by the sender's own id
	for _, t := range thread {
		numbers[t.id] = t.seq
		if t.key != "" {
			numbers[t.key] = t.seq
		}
	}
	got := map[int64]int{}
	before := int64(0)
	for _, it := range shown {
		seq, ok := numbers[it.id]
		if !ok {
			seq, ok = numbers[it.key]
		}
		if !ok {
			f.add(phantom, "visitor %d sees %s %q", visitor, it.id, it.text)
			continue
		}
		if got[seq]++; got[seq] == 2 {
			f.add(repeated, "visitor %d sees %q twice", visitor, it.text)
		}
		if seq < before {
			f.add(misplaced, "visitor %d sees number %d after %d", visitor, seq, before)
		}
		before = seq
	}
	missing := map[int64]bool{}
	for _, t := range thread {
		if got[t.seq] == 0 {
			missing[t.seq] = true
		}
	}
	if len(missing) > 0 {
		f.add(unseen, "visitor %d never got numbers %v", visitor, slices.Sorted(maps.Keys(missing)))
	}
}

// checkViews compares every widget with its thread; whose is whose follows from what the
// visitor sent.
func checkViews(f *findings, vs []*visitor, g ledger) {
	threads := g.threads()
	conversation := map[string]string{}
	for _, m := range g.in {
		conversation[m.Key] = m.Conversation
	}
	for _, v := range vs {
		v.mu.Lock()
		if len(v.sent) > 0 {
			checkView(f, v.number, v.view.items, threads[conversation[v.sent[0].key]])
		}
		v.mu.Unlock()
	}
}

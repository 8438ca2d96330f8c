package seed

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"recado/bots"
	"recado/bots/rules"
	"recado/internal/chat"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/demo"
	"recado/internal/hours"
	"recado/internal/id"
	"recado/internal/knowledge"
)

// historian writes conversations down as the live program would have: what the bot said it
// is asked again, so that contents, traces, summaries and memories are its own.
type historian struct {
	company id.Company
	channel id.Channel
	bot     id.Bot
	zone    *time.Location
	people  map[string]id.User  // by e-mail
	labels  map[string]id.Label // by name

	rules  []rules.Definition
	faqs   []knowledge.FAQ
	voices []*bots.Bot

	rows        rows
	counts      map[countRow]int64 // by the row without N
	first, last time.Time          // of what contacts wrote
}

// historian reads the bot as it was stored and compiles it.
func (s *Seeder) historian(ctx context.Context, tx db.CompanyTx, bot id.Bot) (*historian, error) {
	b, err := s.Bots.Get(ctx, tx, bot)
	if err != nil {
		return nil, err
	}
	list, err := s.Bots.Rules(ctx, tx, bot)
	if err != nil {
		return nil, err
	}
	faqs, err := knowledge.All(ctx, tx, bot)
	if err != nil {
		return nil, err
	}
	c, err := company.Get(ctx, tx)
	if err != nil {
		return nil, err
	}
	defs := make([]rules.Definition, len(list))
	for i, r := range list {
		defs[i] = r.Definition
	}
	c.Hours.Zone = cmp.Or(c.Hours.Zone, c.TimeZone)
	return newHistorian(b.Definition, c.Hours, defs, faqs)
}

// newHistorian compiles the bot twice: as it is, and as one that asks for near certainty.
// The history was written before the bot was, and in it the bot at times did not know what
// it would now half know.
func newHistorian(def bots.Definition, week hours.Hours, defs []rules.Definition, faqs []knowledge.FAQ) (*historian, error) {
	zone, err := time.LoadLocation(week.Zone)
	if err != nil {
		return nil, err
	}
	h := &historian{rules: defs, faqs: faqs, zone: zone, counts: map[countRow]int64{}}
	for _, t := range []bots.Thresholds{def.Thresholds, {Answer: 0.999, Offer: 0.999}} {
		b, err := bots.Compile(def, week, bots.Parts{Rules: defs, FAQ: knowledge.NewAnswerer(faqs, t, nil)})
		if err != nil {
			return nil, err
		}
		h.voices = append(h.voices, b)
	}
	return h, nil
}

// write replays conversations, given in order of time, one thread per contact. A contact
// who comes back finds the same thread; who comes back before a visit was over never came.
func (h *historian) write(all []demo.Conversation) error {
	threads := map[string]*thread{}
	var order []*thread
	for _, v := range all {
		t := threads[v.Contact.Key]
		if t == nil {
			t = h.open(v, rand.New(rand.NewPCG(20261118, uint64(len(order)))))
			threads[v.Contact.Key] = t
			order = append(order, t)
		}
		if t.busy(v.Messages[0].At) {
			continue
		}
		if err := t.visit(v); err != nil {
			return fmt.Errorf("%s: %w", v.Contact.Name, err)
		}
	}
	for _, t := range order {
		t.finish()
	}
	for c, n := range h.counts {
		c.N = n
		h.rows.counts = append(h.rows.counts, c)
	}
	return nil
}

// decide is the bot's turn for a text to which it said answer. It is the bot's own
// decision as things stand; else after one miss more, or a more careful bot's.
func (h *historian) decide(m demo.Message, memory bots.Memory, answer string) (bots.Outcome, error) {
	missed := memory
	missed.Misses++
	for _, b := range h.voices {
		for _, mem := range []bots.Memory{memory, missed} {
			start := time.Now()
			out := b.Handle(context.Background(), bots.Turn{
				Now:          m.At,
				Conversation: bots.Conversation{State: bots.WithBot, Language: "es", Memory: mem},
				Message:      bots.Message{At: m.At, Content: chat.Plain(m.Text)},
			})
			out.Trace.TookMicro = time.Since(start).Microseconds()
			if said(out) == answer {
				return out, nil
			}
		}
	}
	return bots.Outcome{}, fmt.Errorf("the bot would not answer %q with %q", m.Text, answer)
}

// said is the text of the one message of an outcome, "" when there are none or more.
func said(out bots.Outcome) string {
	texts := []string{}
	for _, e := range out.Effects {
		if e.Say != nil {
			texts = append(texts, e.Say.Content.Text)
		}
	}
	if len(texts) != 1 {
		return ""
	}
	return texts[0]
}

// count is what dispatch counts after a turn. Its days are those of the company's zone.
func (h *historian) count(tr bots.Trace, at time.Time) {
	c := countRow{Company: h.company, Bot: h.bot, Day: at.In(h.zone).Format(time.DateOnly), Kind: tr.Source, Object: h.bot.String()}
	switch tr.Source {
	case "rule":
		c.Object = tr.Rule.ID.String()
	case "faq":
		c.Object = tr.FAQ.ID.String()
	case "offer", "handoff", "fallback", "greeting":
	default:
		return
	}
	h.counts[c]++
}

// seen notes when contacts wrote.
func (h *historian) seen(at time.Time) {
	if h.first.IsZero() || at.Before(h.first) {
		h.first = at
	}
	if at.After(h.last) {
		h.last = at
	}
}

func (h *historian) put(t *thread) {
	h.rows.contacts = append(h.rows.contacts, t.contact)
	h.rows.identities = append(h.rows.identities, identityRow{h.channel, t.conv.Address, h.company, t.contact.ID, false, t.conv.CreatedAt})
	h.rows.conversations = append(h.rows.conversations, t.conv)
	h.rows.messages = append(h.rows.messages, t.lines...)
	slices.Sort(t.labels)
	for _, name := range slices.Compact(t.labels) {
		h.rows.labels = append(h.rows.labels, labelRow{t.conv.ID, h.labels[name], h.company})
	}
}

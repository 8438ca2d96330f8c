package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"recado/internal/sim"
)

// In each trial some customers talk to the bot and some to a person.
const (
	crowdOf  = 5
	withBots = 3
	// patient is how long a trial may take to settle: a call may hang for 18 s, is in doubt
	// for 10 s, and the QR channel waits a minute when WhatsApp says that it is too much.
	patient = 100 * time.Second
	behind  = 5 * time.Second // a screen may be
)

// endure is one trial: fresh customers, the fault, what they write, and the judgement.
func (s *stand) endure(way trial) (got score, note string, err error) {
	people, err := s.gather()
	if err != nil {
		return got, "", err
	}
	faults := s.platform.Faults()
	before := faults.Counts()
	drawn := func(f sim.Fault) int { return faults.Counts()[f] - before[f] }
	switch f := sim.Fault(way); {
	case way == duplicated:
		got, err = s.duplicate(people)
	case way == reordered:
		s.platform.Hooks().Reorder(true)
		defer s.platform.Hooks().Reorder(false)
		got, err = s.round(people)
	case f == sim.Busy:
		got, note, err = s.busy(people)
	case f == sim.Revoked:
		got, note, err = s.revoked(people)
	case f == sim.Slow:
		faults.Rate(1, map[sim.Fault]float64{f: 1})
		defer faults.Rate(0, nil)
		got, err = s.round(people)
	default:
		faults.Next(f, f) // they fall on two conversations: what comes behind waits
		got, err = s.round(people)
		note = fmt.Sprintf("(%d calls met it)", drawn(f))
		refusal := f == sim.Rejected || f == sim.OptedOut || f == sim.Closed
		if err == nil && refusal && got.failed != drawn(f) {
			s.found.add("refusals that are not one failed message each", "%s, %s: %d calls refused, %d messages failed", s.Kind, way, drawn(f), got.failed)
		}
		if drawn(f) == 0 {
			s.found.add("faults that no call met", "%s, %s", s.Kind, way)
		}
	}
	return got, note, err
}

// round has everybody write and waits for the end of it.
func (s *stand) round(people []*customer) (score, error) {
	if err := s.talk(people, 0); err != nil {
		return score{}, err
	}
	return s.settle(people)
}

// duplicate has everything come twice: webhooks at once, and on a socket the last message
// again, ciphertext and all.
func (s *stand) duplicate(people []*customer) (score, error) {
	if s.Kind != whatsAppQR {
		s.platform.Hooks().Duplicate(true)
		defer s.platform.Hooks().Duplicate(false)
		return s.round(people)
	}
	for range s.ordeal.each {
		for _, c := range people {
			if err := s.say(c); err != nil {
				return score{}, err
			}
			s.ordeal.platforms.WhatsApp.Redeliver(s.ref)
		}
	}
	return s.settle(people)
}

// busy has the platform say "wait" to one call; everybody else writes once that is on
// record, and no call may come before the time is over.
func (s *stand) busy(people []*customer) (got score, note string, err error) {
	l, faults := s.ordeal.lab, s.platform.Faults()
	early := faults.Early()
	faults.Next(sim.Busy)
	if err := s.say(people[0]); err != nil {
		return got, "", err
	}
	err = until(l, 15*time.Second, 5*time.Millisecond, "the lane waits", func(ctx context.Context) (waits bool, err error) {
		err = l.db.QueryRow(ctx, `select coalesce(not_before > now(), false) from lane where id = $1`, s.id).Scan(&waits)
		return waits, err
	})
	if err != nil {
		return got, "", err
	}
	got, err = s.round(people)
	early = faults.Early() - early
	if early > 0 {
		s.found.add("calls before a platform's time was over", "%s: %d", s.Kind, early)
	}
	return got, fmt.Sprintf("(%d calls too early)", early), err
}

// revoked has the platform take the credentials back: the lane stops and calls no more,
// until the owner has mended it. Nobody can write to a QR channel that is off its account,
// so there only people's replies wait.
func (s *stand) revoked(people []*customer) (got score, note string, err error) {
	l, faults := s.ordeal.lab, s.platform.Faults()
	faults.Rate(1, map[sim.Fault]float64{sim.Revoked: 1})
	defer faults.Rate(0, nil)
	if s.Kind == whatsAppQR {
		err = s.say(people[0])
	} else {
		err = s.talk(people, 0)
	}
	if err == nil {
		err = s.stopped()
	}
	if err != nil {
		return got, "", err
	}
	after, met := s.calls(), faults.Counts()[sim.Revoked]
	for _, c := range people[withBots:] {
		if err := s.reply(c); err != nil {
			return got, "", err
		}
	}
	if err := sleep(l, 2*time.Second); err != nil { // longer than the queue's poll
		return got, "", err
	}
	if n := s.calls() - after; n > 0 {
		s.found.add("calls of a stopped channel", "%s: %d", s.Kind, n)
	}
	faults.Rate(0, nil)
	if s.Kind == whatsAppQR {
		err = s.ordeal.platforms.link(l, s.outlet)
	} else {
		err = s.owner.call(l, http.MethodPost, "/channels/"+s.id+"/restart", nil, nil, nil)
	}
	if err != nil {
		return got, "", err
	}
	got, err = s.settle(people)
	return got, fmt.Sprintf("(stopped after %d calls)", met), err
}

// stopped waits until the lane is stopped and none of its calls is under way.
func (s *stand) stopped() error {
	return until(s.ordeal.lab, 15*time.Second, 20*time.Millisecond, "the channel stops", func(ctx context.Context) (ok bool, err error) {
		err = s.ordeal.lab.db.QueryRow(ctx, `select stopped is not null and not exists (select from outbox where lane_id = $1 and state = 'sending')
			from lane where id = $1`, s.id).Scan(&ok)
		return ok, err
	})
}

// calls is how many sending calls the platform has seen.
func (s *stand) calls() (n int) {
	for _, k := range s.platform.Faults().Counts() {
		n += k
	}
	return n
}

// gather brings new customers: each writes once, which nothing disturbs, and some of them
// are then taken over by a person.
func (s *stand) gather() ([]*customer, error) {
	var people []*customer
	for i := range crowdOf {
		c := &customer{number: s.people, id: fmt.Sprintf("3460010%04d", s.people), person: i >= withBots}
		s.people++
		people = append(people, c)
		if err := s.say(c); err != nil {
			return nil, err
		}
	}
	if err := s.quiet(people); err != nil {
		return nil, err
	}
	for _, c := range people {
		if c.person {
			at, err := s.conversation(c)
			if err != nil {
				return nil, err
			}
			if err := s.owner.call(s.ordeal.lab, http.MethodPost, "/conversations/"+at+"/claim", nil, nil, nil); err != nil {
				return nil, err
			}
		}
	}
	return people, nil
}

// say has a customer write the next text, which is like no other on this channel.
func (s *stand) say(c *customer) error {
	words := text(c.number, len(c.wrote)+1)
	ctx, cancel := context.WithTimeout(s.ordeal.lab, 20*time.Second)
	defer cancel()
	_, err := s.platform.Do(ctx, sim.Action{Act: sim.SayText, Ref: s.ref, Customer: sim.Person{ID: c.id, Name: "Cliente " + c.id}, Text: words})
	if err == nil {
		c.wrote = append(c.wrote, words)
	}
	return err
}

// talk has all customers write at the same time, and people reply to those who are theirs.
func (s *stand) talk(people []*customer, pace time.Duration) error {
	var talking sync.WaitGroup
	errs := make(chan error, len(people))
	for _, c := range people {
		talking.Go(func() {
			for range s.ordeal.each {
				err := s.say(c)
				if err == nil && c.person {
					err = s.reply(c)
				}
				if err == nil {
					err = sleep(s.ordeal.lab, pace)
				}
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	talking.Wait()
	close(errs)
	return <-errs // nil when there was none
}

// reply is a person's answer by the API, asked for again under the same key while the
// server is away.
func (s *stand) reply(c *customer) error {
	at, err := s.conversation(c)
	if err != nil {
		return err
	}
	words, key := fmt.Sprintf("Respuesta %d para %s", len(c.replies)+1, c.id), once()
	err = until(s.ordeal.lab, 30*time.Second, 100*time.Millisecond, "a reply is accepted", func(ctx context.Context) (bool, error) {
		err = s.owner.call(ctx, http.MethodPost, "/conversations/"+at+"/messages", object{"content": object{"type": "text", "text": words}}, nil, key)
		return err == nil, nil
	})
	if err == nil {
		c.replies = append(c.replies, words)
	}
	return err
}

func (s *stand) conversation(c *customer) (out string, err error) {
	err = s.ordeal.lab.db.QueryRow(s.ordeal.lab, `select conversation_id::text from message
		where channel_id = $1 and direction = 'in' and content ->> 'text' = $2`, s.id, c.wrote[0]).Scan(&out)
	return out, err
}

// quiet waits until all that was written is stored and nothing of the channel waits.
func (s *stand) quiet(people []*customer) error {
	var wrote []string
	for _, c := range people {
		wrote = append(wrote, c.wrote...)
	}
	var stored, turns, outbox int
	err := until(s.ordeal.lab, patient, 50*time.Millisecond, "the channel becomes quiet", func(ctx context.Context) (bool, error) {
		err := s.ordeal.lab.db.QueryRow(ctx, `select
			(select count(distinct content ->> 'text') from message where channel_id = $1 and direction = 'in' and content ->> 'text' = any($2)),
			(select count(*) from turn t join conversation c on c.id = t.conversation_id where c.channel_id = $1),
			(select count(*) from outbox where lane_id = $1)`, s.id, wrote).Scan(&stored, &turns, &outbox)
		return stored == len(wrote) && turns+outbox == 0, err
	})
	if err != nil {
		return fmt.Errorf("%w; %d of %d stored, %d turns and %d messages wait", err, stored, len(wrote), turns, outbox)
	}
	return s.platform.Hooks().Idle(s.ordeal.lab)
}

// settle waits until all is quiet and judges. A phone that could not read a message asks for
// it again, so a screen may be a little behind.
func (s *stand) settle(people []*customer) (got score, err error) {
	unsettled := s.quiet(people)
	all, err := s.ordeal.lab.entries(s.ordeal.lab, s.id)
	if err != nil {
		return got, err
	}
	thread := func(c *customer) []sim.Bubble { return s.platform.Thread(s.ref, c.id) }
	for deadline := time.Now().Add(behind); ; {
		var broken findings
		got = judgeOutlet(&broken, all, people, thread, s.Capabilities.Idempotent)
		if broken.n[neverShown] > 0 && time.Now().Before(deadline) {
			if err := sleep(s.ordeal.lab, 50*time.Millisecond); err != nil {
				return got, err
			}
			continue
		}
		s.found.take(broken, "")
		return got, unsettled
	}
}

// doubted is how many messages to these customers the ledger was ever unsure of.
func (s *stand) doubted(people []*customer) (n int) {
	all, err := s.ordeal.lab.entries(s.ordeal.lab, s.id)
	if err != nil {
		return 0
	}
	theirs := map[string]bool{}
	for _, e := range all {
		for _, c := range people {
			if e.Direction == "in" && slices.Contains(c.wrote, e.Text) {
				theirs[e.Conversation] = true
			}
		}
	}
	for _, e := range all {
		if theirs[e.Conversation] && slices.Contains(e.Events, "unsure") {
			n++
		}
	}
	return n
}

package inbox

import (
	"context"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/id"
)

// person is who a sender is to us, and the thread we have with them on that channel.
type person struct {
	contact      id.Contact
	conversation id.Conversation
}

type sender struct {
	channel  id.Channel
	identity string
}

// peopleCache remembers senders. A conversation belongs to one contact and channel for
// good, so an entry never goes stale while its rows exist.
type peopleCache struct {
	mu  sync.Mutex
	m   map[sender]person
	old map[sender]person // the generation before: cheap eviction
}

const cacheGeneration = 20_000 // about 3 MB

func newPeopleCache() *peopleCache { return &peopleCache{m: map[sender]person{}} }

func (c *peopleCache) get(s sender) (person, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.m[s]
	if !ok {
		if p, ok = c.old[s]; ok {
			c.m[s] = p
		}
	}
	return p, ok
}

func (c *peopleCache) put(s sender, p person) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.m) >= cacheGeneration {
		c.old, c.m = c.m, map[sender]person{}
	}
	c.m[s] = p
}

func (c *peopleCache) drop(s sender) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.m, s)
	delete(c.old, s)
}

func (in *Ingest) forget(batch []*pending) {
	for _, p := range batch {
		in.people.drop(sender{p.ev.Channel.ID, p.ev.From.Identity})
	}
}

// findPeople gives every message of the batch its contact and conversation, making those
// that do not exist yet.
func (in *Ingest) findPeople(ctx context.Context, batch []*pending) error {
	unknown := in.fromCache(batch)
	if len(unknown) == 0 {
		return nil
	}
	unknown, err := in.resolve(ctx, unknown)
	if err != nil || len(unknown) == 0 {
		return err
	}
	if err := in.meet(ctx, unknown); err != nil {
		return fmt.Errorf("meet contacts: %w", err)
	}
	unknown, err = in.resolve(ctx, unknown)
	if err == nil && len(unknown) > 0 {
		err = fmt.Errorf("inbox: %d senders have no conversation", len(unknown))
	}
	return err
}

func (in *Ingest) fromCache(batch []*pending) (unknown []*pending) {
	for _, p := range batch {
		who, ok := in.people.get(sender{p.ev.Channel.ID, p.ev.From.Identity})
		if !ok {
			unknown = append(unknown, p)
		}
		p.who = who
	}
	return unknown
}

func (in *Ingest) resolve(ctx context.Context, ps []*pending) (unknown []*pending, err error) {
	var nth []int32
	var chans []pgtype.UUID
	var values []string
	for i, p := range ps {
		for _, v := range append([]string{p.ev.From.Identity}, p.ev.From.Aliases...) {
			nth, chans, values = append(nth, int32(i)), append(chans, uuid(p.ev.Channel.ID)), append(values, v)
		}
	}
	rows, err := in.db.Direct(db.Pipeline).Query(ctx, resolveSQL, nth, chans, values)
	if err != nil {
		return nil, err
	}
	found := make([]bool, len(ps))
	for rows.Next() {
		var n int
		var who person
		if err := rows.Scan(&n, (*[16]byte)(&who.contact), (*[16]byte)(&who.conversation)); err != nil {
			rows.Close()
			return nil, err
		}
		ps[n].who, found[n] = who, true
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var known []*pending
	for i, p := range ps {
		if found[i] {
			known = append(known, p)
		} else {
			unknown = append(unknown, p)
		}
	}
	if err := in.alias(ctx, known); err != nil {
		return nil, err
	}
	for _, p := range known { // now that all their names are on record
		in.people.put(sender{p.ev.Channel.ID, p.ev.From.Identity}, p.who)
	}
	return unknown, nil
}

// alias notes the further names of people who have some.
func (in *Ingest) alias(ctx context.Context, ps []*pending) error {
	var chans, companies, contacts []pgtype.UUID
	var values []string
	var verified []bool
	for _, p := range ps {
		f := p.ev.From
		if len(f.Aliases) == 0 {
			continue
		}
		for _, v := range append([]string{f.Identity}, f.Aliases...) {
			chans, companies, contacts = append(chans, uuid(p.ev.Channel.ID)), append(companies, uuid(p.ev.Channel.Company)), append(contacts, uuid(p.who.contact))
			values, verified = append(values, v), append(verified, f.Verified)
		}
	}
	if len(values) == 0 {
		return nil
	}
	_, err := in.db.Direct(db.Pipeline).Exec(ctx, aliasSQL, chans, values, companies, contacts, verified)
	return err
}

func (in *Ingest) meet(ctx context.Context, ps []*pending) error {
	n := len(ps)
	chans, companies, contacts, convs := make([]pgtype.UUID, n), make([]pgtype.UUID, n), make([]pgtype.UUID, n), make([]pgtype.UUID, n)
	values, names, emails, phones, languages := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	verified := make([]bool, n)
	for i, p := range ps {
		f := p.ev.From
		chans[i], companies[i] = uuid(p.ev.Channel.ID), uuid(p.ev.Channel.Company)
		contacts[i], convs[i] = uuid(id.New[id.Contact]()), uuid(id.New[id.Conversation]())
		values[i], names[i], emails[i], phones[i], languages[i], verified[i] = f.Identity, f.Name, f.Email, f.Phone, f.Language, f.Verified
	}
	// One implicit transaction; the second statement sees what the first made, or what
	// another node committed while the first waited for it.
	b := &pgx.Batch{}
	b.Queue(meetSQL, chans, companies, values, contacts, verified, names, emails, phones, languages)
	b.Queue(openSQL, chans, values, convs)
	return in.db.Direct(db.Pipeline).SendBatch(ctx, b).Close()
}

// Meet makes the sender known before their first message (a form filled in, an identity
// vouched for) and returns who they are to us. ev needs only Channel and From.
func (in *Ingest) Meet(ctx context.Context, ev channels.Inbound) (id.Contact, id.Conversation, error) {
	p := &pending{ev: ev}
	err := in.findPeople(ctx, []*pending{p})
	return p.who.contact, p.who.conversation, err
}

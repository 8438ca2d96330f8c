package inbox

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/id"
)

//go:embed queries/ingest.sql
var ingestSQL string

//go:embed queries/files.sql
var filesSQL string

//go:embed queries/resolve.sql
var resolveSQL string

//go:embed queries/meet.sql
var meetSQL string

//go:embed queries/alias.sql
var aliasSQL string

//go:embed queries/open.sql
var openSQL string

//go:embed queries/repeats.sql
var repeatsSQL string

// Accepted says where an inbound message stands in the ledger. Repeat is true when the
// event had been stored before; the other fields are then those of the first time.
type Accepted struct {
	Message      id.Message
	Conversation id.Conversation
	Contact      id.Contact
	Seq          int64
	At           time.Time // accepted, database clock
	Repeat       bool
	turn         bool // a bot has something to do, here or elsewhere in the batch
}

// Arrival is told after a commit which conversations got new messages.
type Arrival struct {
	Company      id.Company
	Channel      id.Channel
	Conversation id.Conversation
	Identity     string // of the sender, within the channel
	Seq          int64
	Turn         bool // the bots have something to do, here or in a conversation beside it
	File         bool // there is a file to fetch
	Past         bool // a session fetched it of a time when it heard nothing
}

// Ingest stores inbound messages. Concurrent calls share commits: while one batch is on
// its way to the disk the next one gathers, so a busy server pays one statement and one
// fsync for many messages and an idle one adds no delay. A batch that takes long, because
// somebody holds the lock of a conversation in it, does not hold up the next for longer
// than patience.
type Ingest struct {
	db       *db.DB
	log      *slog.Logger
	arrived  func([]Arrival)
	risen    func([]Risen)
	queue    chan *pending
	next     sync.Mutex    // of who gathers the next batch
	idle     chan struct{} // has an item while no batch is on its way
	people   *peopleCache
	maxBatch int
}

type pending struct {
	ev   channels.Inbound
	who  person
	id   id.Message
	done chan result
}

type result struct {
	a   Accepted
	err error
}

const (
	flushers = 3   // batches in flight at once, at most
	maxBatch = 256 // messages in one statement
	patience = 10 * time.Millisecond
)

// Told are those who hear what was committed; they are called at once and must not block.
type Told struct {
	Arrived func([]Arrival)
	Risen   func([]Risen) // may be nil
}

// NewIngest starts the flushers; they end with ctx.
func NewIngest(ctx context.Context, d *db.DB, log *slog.Logger, told Told) *Ingest {
	if told.Risen == nil {
		told.Risen = func([]Risen) {}
	}
	in := &Ingest{db: d, log: log, arrived: told.Arrived, risen: told.Risen, queue: make(chan *pending, 4*maxBatch), idle: make(chan struct{}, 1), people: newPeopleCache(), maxBatch: maxBatch}
	in.idle <- struct{}{}
	for range flushers {
		go in.flush(ctx)
	}
	return in
}

// Accept stores one inbound message and returns when it is durable. A repeat of an event
// is no error. The channel and the sender come from the adapter, which has verified them.
func (in *Ingest) Accept(ctx context.Context, ev channels.Inbound) (Accepted, error) {
	return in.accept(ctx, ev, id.New[id.Message]())
}

func (in *Ingest) accept(ctx context.Context, ev channels.Inbound, m id.Message) (Accepted, error) {
	if ev.Message == nil {
		return Accepted{}, errors.New("inbox: not a message")
	}
	p := &pending{ev: ev, id: m, done: make(chan result, 1)}
	select {
	case in.queue <- p:
	case <-ctx.Done():
		return Accepted{}, ctx.Err()
	}
	select {
	case r := <-p.done:
		return r.a, r.err
	case <-ctx.Done():
		return Accepted{}, ctx.Err() // it may still be stored; the sender's repeat is harmless
	}
}

func (in *Ingest) flush(ctx context.Context) {
	for {
		batch, alone := in.gather(ctx)
		if len(batch) == 0 {
			return
		}
		in.store(ctx, batch)
		if alone {
			in.idle <- struct{}{}
		}
	}
}

// gather takes what comes until no batch is on its way any more (then this one is alone, and
// puts the item of idle back), the batch is full or its first message has waited long enough.
func (in *Ingest) gather(ctx context.Context) (batch []*pending, alone bool) {
	in.next.Lock()
	defer in.next.Unlock()
	select {
	case <-ctx.Done():
		return nil, false
	case p := <-in.queue:
		batch = append(batch, p)
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	for waiting := true; len(batch) < in.maxBatch; {
		select {
		case p := <-in.queue: // before all else: what is there comes along
			batch = append(batch, p)
			continue
		default:
			if !waiting {
				return batch, alone
			}
		}
		select {
		case p := <-in.queue:
			batch = append(batch, p)
		case <-in.idle:
			alone, waiting = true, false
		case <-late.C:
			waiting = false
		case <-ctx.Done():
			waiting = false
		}
	}
	return batch, alone
}

// store writes a batch. When the batch as a whole is refused, each message is tried alone,
// so that one bad item does not lose its neighbours.
func (in *Ingest) store(ctx context.Context, batch []*pending) {
	err := in.try(ctx, batch)
	for n := 0; db.Conflicted(err) && n < 3; n++ {
		err = in.try(ctx, batch)
	}
	switch {
	case err == nil:
	case len(batch) == 1 || db.Down(err) || ctx.Err() != nil:
		for _, p := range batch {
			p.done <- result{err: fmt.Errorf("store message: %w", err)}
		}
	default:
		in.log.Warn("batch refused, storing one by one", "messages", len(batch), "err", err)
		for _, p := range batch {
			in.store(ctx, []*pending{p})
		}
	}
}

func (in *Ingest) try(ctx context.Context, batch []*pending) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := in.findPeople(ctx, batch); err != nil {
		return err
	}
	if err := in.findRefs(ctx, batch); err != nil {
		return err
	}
	results, err := in.insert(ctx, batch)
	if err != nil {
		in.forget(batch) // a stale cache entry breaks a foreign key: look the people up again
		return err
	}
	var arrivals []Arrival
	for i, p := range batch {
		if a := results[i]; !a.Repeat {
			arrivals = append(arrivals, Arrival{p.ev.Channel.Company, p.ev.Channel.ID, a.Conversation, p.ev.From.Identity, a.Seq, a.turn, p.ev.Message.Media != nil, p.ev.Message.History})
		}
	}
	if len(arrivals) > 0 {
		in.arrived(arrivals)
	}
	for i, p := range batch {
		p.done <- result{a: results[i]}
	}
	return nil
}

func (in *Ingest) insert(ctx context.Context, batch []*pending) ([]Accepted, error) {
	b, err := statements(batch)
	if err != nil {
		return nil, err
	}
	out, err := in.send(ctx, b, len(batch))
	if err != nil {
		return nil, err
	}
	var again []int
	for i, p := range batch {
		out[i].Conversation, out[i].Contact = p.who.conversation, p.who.contact
		if out[i].Seq == 0 {
			again = append(again, i)
		}
	}
	return out, in.repeats(ctx, batch, again, out)
}

// statements store a batch: one for the messages, and one for their files where there are
// any, which most batches do without. Sent together they are one transaction.
func statements(batch []*pending) (*pgx.Batch, error) {
	n := len(batch)
	var (
		messages   = make([]pgtype.UUID, n)
		companies  = make([]pgtype.UUID, n)
		chans      = make([]pgtype.UUID, n)
		convs      = make([]pgtype.UUID, n)
		externals  = make([]string, n)
		clients    = make([]*string, n)
		origins    = make([]string, n)
		contents   = make([]string, n)
		snippets   = make([]string, n)
		providerAt = make([]*time.Time, n)
		pages      = make([]*string, n)
		quiet      = make([]bool, n)
		withFile   []pgtype.UUID
		files      []string
	)
	for i, p := range batch {
		ev := p.ev
		messages[i], companies[i] = uuid(p.id), uuid(ev.Channel.Company)
		chans[i], convs[i] = uuid(ev.Channel.ID), uuid(p.who.conversation)
		externals[i], clients[i], origins[i] = ev.ExternalID, nonEmpty(ev.Message.ClientID), ev.From.Identity
		if ev.Message.Media != nil {
			ref, err := json.Marshal(ev.Message.Media)
			if err != nil {
				return nil, err
			}
			withFile, files = append(withFile, messages[i]), append(files, string(ref))
		}
		quiet[i] = ev.Message.History
		content, err := json.Marshal(ev.Message.Content)
		if err != nil {
			return nil, err
		}
		contents[i], snippets[i] = string(content), ev.Message.Content.Snippet()
		if !ev.At.IsZero() {
			providerAt[i] = &ev.At
		}
		if ev.Message.Page != nil {
			page, err := json.Marshal(ev.Message.Page)
			if err != nil {
				return nil, err
			}
			s := string(page)
			pages[i] = &s
		}
	}
	b := &pgx.Batch{}
	b.Queue(ingestSQL, messages, companies, chans, convs, externals, clients, origins, contents, snippets, providerAt, pages, quiet)
	if len(files) > 0 {
		b.Queue(filesSQL, withFile, files)
	}
	return b, nil
}

// send runs the statements and returns what became of each message; nothing of a repeat.
func (in *Ingest) send(ctx context.Context, b *pgx.Batch, n int) ([]Accepted, error) {
	out := make([]Accepted, n)
	results := in.db.Direct(db.Pipeline).SendBatch(ctx, b)
	rows, err := results.Query()
	for err == nil && rows.Next() {
		var ord int
		var a Accepted
		if err = rows.Scan(&ord, (*[16]byte)(&a.Message), &a.Seq, &a.At, &a.turn); err == nil {
			out[ord-1] = a
		}
	}
	rows.Close()
	// The end of the transaction has the last word: until then nothing is stored.
	return out, cmp.Or(err, rows.Err(), results.Close())
}

// repeats fills in what became of the events that the ledger had already.
func (in *Ingest) repeats(ctx context.Context, batch []*pending, again []int, out []Accepted) error {
	if len(again) == 0 {
		return nil
	}
	chans, externals := make([]pgtype.UUID, len(again)), make([]string, len(again))
	for j, i := range again {
		chans[j], externals[j] = uuid(batch[i].ev.Channel.ID), batch[i].ev.ExternalID
	}
	rows, err := in.db.Direct(db.Pipeline).Query(ctx, repeatsSQL, chans, externals)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var ord int
		var a Accepted
		if err := rows.Scan(&ord, (*[16]byte)(&a.Message), &a.Seq, &a.At); err != nil {
			return err
		}
		i := again[ord-1]
		a.Repeat, a.Conversation, a.Contact = true, out[i].Conversation, out[i].Contact
		out[i] = a
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, i := range again {
		if out[i].Seq == 0 {
			return fmt.Errorf("inbox: event %q is neither new nor known", batch[i].ev.ExternalID)
		}
	}
	return nil
}

func uuid[T ~[16]byte](v T) pgtype.UUID { return pgtype.UUID{Bytes: v, Valid: true} }

func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

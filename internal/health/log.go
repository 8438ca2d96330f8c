// Package health tells how the channels do: what went over the wire, with the secrets taken
// out, and what is wrong with a channel, from when it was noticed until it is right again.
//
// Neither stands in the way of a message. The log drops what it cannot keep up with, and
// incidents are found by looking at the tables that others write.
package health

import (
	"context"
	_ "embed"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

//go:embed queries/write_log.sql
var writeLogSQL string

//go:embed queries/read_log.sql
var readLogSQL string

// EntryID orders a channel's log by time.
type EntryID = id.ID[Entry]

// Entry is one exchange with a platform, without secrets. Request and Reply are at most
// 16 KiB of text each.
type Entry struct {
	ID      EntryID    `json:"id" format:"uuid"`
	At      time.Time  `json:"at"`
	Message id.Message `json:"message_id,omitzero" format:"uuid" doc:"The message it was about, where that is known"`
	Inbound bool       `json:"inbound" doc:"The platform called us"`
	Method  string     `json:"method" doc:"Of HTTP, or a socket's own word"`
	URL     string     `json:"url"`
	Status  int        `json:"status" doc:"Of HTTP; 0: no answer"`
	Request string     `json:"request"`
	Reply   string     `json:"reply"`
	Error   string     `json:"error,omitempty"`
	Took    int        `json:"took_ms"`
}

const (
	queued      = 1024 // exchanges that wait to be written: 32 MiB of bodies at the very most
	batch       = 256  // rows in one statement
	gatherFor   = 200 * time.Millisecond
	writeWithin = 5 * time.Second
)

// Log keeps the exchanges of the channels for a week. They are written in groups, after the
// call they are of has been answered: a process that is killed loses those of its last
// moments, never a message. Its methods are safe for concurrent use.
type Log struct {
	db      *db.DB
	log     *slog.Logger
	queue   chan exchange
	dropped atomic.Int64
	keys    redactors // of Run's goroutine
}

type exchange struct {
	channel channels.Channel
	message id.Message
	channels.Exchange
}

// NewLog makes a Log; Run writes it.
func NewLog(d *db.DB, log *slog.Logger) *Log {
	return &Log{db: d, log: log, queue: make(chan exchange, queued), keys: redactors{}}
}

// Record returns a context whose calls to a platform are logged as c's, and as about m
// unless it is zero. It costs the caller two copies; what does not fit in the queue is
// dropped and counted.
func (l *Log) Record(ctx context.Context, c channels.Channel, m id.Message) context.Context {
	return channels.WithWire(ctx, func(x channels.Exchange) {
		x.Request, x.Reply = head(x.Request), head(x.Reply)
		if x.At.IsZero() {
			x.At = time.Now()
		}
		select {
		case l.queue <- exchange{c, m, x}:
		default:
			l.dropped.Add(1)
		}
	})
}

// Dropped is how many exchanges were lost since the start, to a full queue or to a database
// that was away.
func (l *Log) Dropped() int64 { return l.dropped.Load() }

// Run writes until ctx ends, and then what has been recorded by then.
func (l *Log) Run(ctx context.Context) {
	for {
		select {
		case x := <-l.queue:
			l.write(ctx, l.gather(ctx, x))
		case <-ctx.Done():
			for len(l.queue) > 0 {
				l.write(ctx, l.gather(ctx, <-l.queue))
			}
			return
		}
	}
}

// row is an entry and whose it is.
type row struct {
	Entry
	company id.Company
	channel id.Channel
}

// gather waits a moment for more, so that a trickle is not a commit each.
func (l *Log) gather(ctx context.Context, first exchange) []row {
	b := []row{l.row(first)}
	late := time.NewTimer(gatherFor)
	defer late.Stop()
	for len(b) < batch {
		select {
		case x := <-l.queue: // also when ctx has ended: what is there is taken along
			b = append(b, l.row(x))
			continue
		default:
		}
		select {
		case x := <-l.queue:
			b = append(b, l.row(x))
		case <-late.C:
			return b
		case <-ctx.Done():
			return b
		}
	}
	return b
}

// row takes the secrets out. An entry's time is that of its id, to the millisecond.
func (l *Log) row(x exchange) row {
	r := l.keys.of(x.channel)
	at := x.At.Truncate(time.Millisecond)
	return row{company: x.channel.Company, channel: x.channel.ID, Entry: Entry{
		ID: id.NewAt[EntryID](at), At: at, Message: x.message, Inbound: x.Inbound,
		Method: cut(r.text(x.Method), maxMethod), URL: cut(r.text(hideURL(x.URL)), maxURL), Status: x.Status,
		Request: r.body(x.Request), Reply: r.body(x.Reply), Error: cut(r.text(x.Error), maxError),
		Took: int(min(x.Took.Milliseconds(), 1<<31-1)),
	}}
}

// write stores a batch, or counts it as dropped: a log is not worth holding anything up.
func (l *Log) write(ctx context.Context, rows []row) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeWithin)
	defer cancel()
	if err := l.insert(ctx, rows); err != nil {
		l.dropped.Add(int64(len(rows)))
		l.log.Warn("the channels' log could not be written", "exchanges", len(rows), "err", err)
	}
}

func (l *Log) insert(ctx context.Context, rows []row) error {
	n := len(rows)
	ids, companies, chans, messages := make([]EntryID, n), make([]id.Company, n), make([]id.Channel, n), make([]id.Message, n)
	inbound, status, took, at := make([]bool, n), make([]int32, n), make([]int32, n), make([]time.Time, n)
	method, url, request, reply, failure := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i, r := range rows {
		ids[i], companies[i], chans[i], messages[i] = r.ID, r.company, r.channel, r.Message
		inbound[i], status[i], took[i], at[i] = r.Inbound, int32(r.Status), int32(r.Took), r.At
		method[i], url[i], request[i], reply[i], failure[i] = r.Method, r.URL, r.Request, r.Reply, r.Error
	}
	_, err := l.db.Direct(db.Pipeline).Exec(ctx, writeLogSQL, db.UUIDs(ids), db.UUIDs(companies), db.UUIDs(chans), db.UUIDs(messages),
		inbound, method, url, status, request, reply, failure, took, at)
	return err
}

// Turn makes the partitions of the days to come and drops those older than a week. Once a
// day is enough.
func (l *Log) Turn(ctx context.Context) error {
	_, err := l.db.Direct(db.Pipeline).Exec(ctx, `select turn_wire_log()`)
	return err
}

// Entries returns up to limit exchanges of a channel, the newest first, older than before
// (zero: from the newest); with a message, only those about it. Problem: not_found.
func Entries(ctx context.Context, tx db.CompanyTx, c id.Channel, m id.Message, before EntryID, limit int) ([]Entry, error) {
	var there bool
	if err := tx.QueryRow(ctx, `select exists (select from channel where id = $1 and deleted_at is null)`, c).Scan(&there); err != nil {
		return nil, err
	}
	if !there {
		return nil, errs.Missing("channel")
	}
	var until *time.Time
	if !before.IsZero() {
		t := before.Time()
		until = &t
	}
	rows, err := tx.Query(ctx, readLogSQL, c, m, until, before, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (e Entry, err error) {
		err = r.Scan(&e.ID, &e.At, &e.Message, &e.Inbound, &e.Method, &e.URL, &e.Status, &e.Request, &e.Reply, &e.Error, &e.Took)
		return e, err
	})
}

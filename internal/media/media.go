// Package media brings the files that people send over platforms into our own store, and
// puts sound into the form in which whoever hears it can play it.
//
// The inbox writes a row of message_media for each such file; workers here fetch it after
// the message is safe, so that a slow download never delays a webhook. A row is leased for
// a minute and tried again, after ever longer waits, for about an hour.
package media

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os/exec"
	"runtime/debug"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/file"
	"recado/internal/httpx"
	"recado/internal/id"
)

//go:embed queries/claim.sql
var claimSQL string

//go:embed queries/settle.sql
var settleSQL string

// Config is what a Media needs. Adapter returns nil for a kind this program does not know;
// Load gives a channel with its secrets.
type Config struct {
	Adapter func(channels.Kind) channels.Adapter
	Load    func(context.Context, id.Channel) (channels.Channel, error)
	Files   *file.Files
	// Stored is told after the commit that a message's file is ours, or never will be. It
	// must not block.
	Stored  func(id.Company, id.Conversation, id.Message)
	Record  func(context.Context, channels.Channel, id.Message) context.Context // for the channel's log; may be nil
	Log     *slog.Logger
	Workers int // downloads at a time; 4
}

const (
	pollEvery = 5 * time.Second  // new files are announced by Wake; this finds those due again
	tryWithin = 50 * time.Second // within the lease of queries/claim.sql
	thumbSide = 640              // pixels
)

// waits are between the tries: six in about an hour. A platform that is down for longer has
// mostly forgotten the file.
var waits = []time.Duration{15 * time.Second, time.Minute, 4 * time.Minute, 15 * time.Minute, 40 * time.Minute}

// Media fetches files. Its methods are safe for concurrent use.
type Media struct {
	db     *db.DB
	cfg    Config
	ffmpeg string // path of the program; "" without it
	wake   chan struct{}

	mu   sync.Mutex
	busy map[id.Company]int // files under way
	all  int
}

// New makes a Media; Run starts it.
func New(d *db.DB, c Config) *Media {
	if c.Workers <= 0 {
		c.Workers = 4
	}
	if c.Record == nil {
		c.Record = func(ctx context.Context, _ channels.Channel, _ id.Message) context.Context { return ctx }
	}
	ffmpeg, _ := exec.LookPath("ffmpeg") // without it sound stays as it is
	return &Media{db: d, cfg: c, ffmpeg: ffmpeg, wake: make(chan struct{}, 1), busy: map[id.Company]int{}}
}

// Wake says that there are new files. It never blocks.
func (m *Media) Wake() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// job is one try at one file.
type job struct {
	message      id.Message
	company      id.Company
	channel      id.Channel
	conversation id.Conversation
	ref          channels.MediaRef
	try          int
	broken       error // ref cannot be read
}

// Run fetches until ctx ends, and then gives back what it has begun.
func (m *Media) Run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		jobs, err := m.claim(ctx)
		if err != nil && ctx.Err() == nil {
			m.cfg.Log.Warn("files to fetch could not be claimed", "err", err)
		}
		for _, j := range jobs {
			running.Go(func() {
				defer m.Wake() // a place is free
				defer m.count(j.company, -1)
				m.do(ctx, j)
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-m.wake:
		case <-poll.C:
		}
	}
}

func (m *Media) count(c id.Company, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all += n
	if m.busy[c] += n; m.busy[c] == 0 {
		delete(m.busy, c)
	}
}

// claim takes as many files as there are free workers, and counts them as under way. One
// company never has all the workers while there are several: its platform may hang.
func (m *Media) claim(ctx context.Context) ([]job, error) {
	m.mu.Lock()
	free := m.cfg.Workers - m.all
	companies, counts := make([]id.Company, 0, len(m.busy)), make([]int32, 0, len(m.busy))
	for c, n := range m.busy {
		companies, counts = append(companies, c), append(counts, int32(n))
	}
	m.mu.Unlock()
	if free == 0 {
		return nil, nil
	}
	rows, err := m.db.Direct(db.Pipeline).Query(ctx, claimSQL, free, max(1, m.cfg.Workers-1), db.UUIDs(companies), counts)
	if err != nil {
		return nil, err
	}
	jobs, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (j job, err error) {
		var ref json.RawMessage
		err = r.Scan(&j.message, &j.company, &j.channel, &j.conversation, &ref, &j.try)
		j.broken = json.Unmarshal(ref, &j.ref)
		return j, err
	})
	for _, j := range jobs {
		m.count(j.company, 1)
	}
	return jobs, err
}

// do makes one try and writes what came of it.
func (m *Media) do(ctx context.Context, j job) {
	tctx, cancel := context.WithTimeout(ctx, tryWithin)
	defer cancel()
	got, err := m.fetch(tctx, j)
	code, wait := judge(err, j.try)
	if err != nil && ctx.Err() != nil {
		code, wait = "", new(time.Duration) // stopping: the next start takes it up at once
	}
	if err != nil && ctx.Err() == nil {
		m.cfg.Log.Warn("a file could not be fetched", "message", j.message, "channel", j.channel, "try", j.try, "again", wait != nil, "err", err)
	}
	if err := m.settle(context.WithoutCancel(ctx), j, got, code, wait); err != nil {
		m.cfg.Log.Warn("a fetched file could not be noted; it is fetched again", "message", j.message, "err", err)
	}
}

// meta is what is found out about a file.
type meta struct {
	chat.Media
	Thumb id.File `json:"thumb,omitzero"` // a smaller JPEG of a large picture
}

// settle writes an outcome. got's File is zero unless it was stored; wait is nil unless it
// is tried again.
func (m *Media) settle(ctx context.Context, j job, got meta, code string, wait *time.Duration) error {
	var ms *int64
	if wait != nil {
		n := wait.Milliseconds()
		ms = &n
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	tag, err := m.db.Direct(db.Pipeline).Exec(ctx, settleSQL, j.message, j.try, got.File, got, code, ms)
	if err == nil && tag.RowsAffected() > 0 && wait == nil {
		m.cfg.Stored(j.company, j.conversation, j.message)
	}
	return err
}

// judge says what a try's error means: a code, and how long to wait for the next try, nil
// for never.
func judge(err error, try int) (code string, wait *time.Duration) {
	var p *errs.Problem
	var s *errs.Send
	var least time.Duration
	switch {
	case err == nil:
		return "", nil
	case errors.Is(err, httpx.ErrTooLarge):
		return "file.too_large", nil
	case errors.As(err, &p):
		return p.Code, nil
	case errors.As(err, &s):
		code, least = s.Code, s.RetryAfter
		if s.Class == errs.Permanent || s.Class == errs.Refused || code == "404" || code == "410" {
			return code, nil
		}
	case errors.Is(err, context.DeadlineExceeded):
		code = "timeout"
	default:
		code = "unknown"
	}
	if try > len(waits) {
		return code, nil
	}
	w := max(waits[try-1], least)
	w += rand.N(w / 10)
	return code, &w
}

// fetch downloads a file, makes what belongs to it and stores it.
func (m *Media) fetch(ctx context.Context, j job) (got meta, err error) {
	defer func() {
		if p := recover(); p != nil { // in an adapter, or in a decoder of what a stranger sent
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if j.broken != nil {
		return meta{}, &errs.Send{Op: "fetch", Class: errs.Permanent, Code: "ref", Err: j.broken}
	}
	if most := m.cfg.Files.MaxBytes(); j.ref.Size > most {
		return meta{}, errs.New(errs.TooLarge, "file.too_large", "max", most)
	}
	c, err := m.cfg.Load(ctx, j.channel)
	if err != nil {
		return meta{}, err
	}
	fetcher, ok := m.cfg.Adapter(c.Kind).(channels.MediaFetcher)
	if !ok {
		return meta{}, &errs.Send{Op: "fetch", Class: errs.Permanent, Code: "unfit", Err: fmt.Errorf("%s has no files", c.Kind)}
	}
	body, err := fetcher.Fetch(m.cfg.Record(ctx, c, j.message), c, j.ref)
	if err != nil {
		return meta{}, err
	}
	defer body.Close()
	if got.Media, err = m.store(ctx, j, body); err != nil {
		return meta{}, err
	}
	thumb, ok, err := m.cfg.Files.Thumbnail(ctx, j.company, got.Media, thumbSide)
	switch {
	case err != nil: // the picture itself is safe
		m.cfg.Log.Warn("no thumbnail was made", "message", j.message, "err", err)
	case ok:
		got.Thumb = thumb.File
	}
	return got, nil
}

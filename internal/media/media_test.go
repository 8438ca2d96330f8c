package media

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"recado/channels"
	"recado/internal/blob/mem"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/file"
	"recado/internal/httpx"
	"recado/internal/id"
	"recado/internal/inbox/inboxtest"
)

// platform is a channel whose files the test decides.
type platform struct {
	channels.Adapter
	fetch func(ctx context.Context, ref channels.MediaRef) (io.ReadCloser, error)
}

func (p platform) Fetch(ctx context.Context, _ channels.Channel, ref channels.MediaRef) (io.ReadCloser, error) {
	return p.fetch(ctx, ref)
}

type bench struct {
	*inboxtest.Kit
	*Media
	conversation id.Conversation
	stored       chan id.Message
	platform     *platform
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{Kit: inboxtest.New(t), stored: make(chan id.Message, 100), platform: &platform{}}
	files, err := file.New(b.DB, mem.New(), bytes.Repeat([]byte("k"), 32), file.Limits{Bytes: 1 << 20, Pixels: 2_000_000})
	if err != nil {
		t.Fatal(err)
	}
	b.conversation = b.Write(t, "ana", "m1", "hola").Conversation
	b.Media = New(b.DB, Config{
		Adapter: func(channels.Kind) channels.Adapter { return b.platform },
		Load:    func(context.Context, id.Channel) (channels.Channel, error) { return b.Channel, nil },
		Files:   files, Log: slog.New(slog.DiscardHandler),
		Stored: func(c id.Company, conv id.Conversation, m id.Message) {
			if c != b.Company || conv != b.conversation {
				t.Errorf("told of conversation %v of %v", conv, c)
			}
			b.stored <- m
		},
	})
	b.ffmpeg = ""
	return b
}

// wait adds a file to fetch.
func (b *bench) wait(t *testing.T, ref channels.MediaRef) id.Message {
	t.Helper()
	m := id.New[id.Message]()
	_, err := b.DB.Direct(db.Pipeline).Exec(t.Context(), `insert into message_media (message_id, company_id, channel_id, conversation_id, ref) values ($1, $2, $3, $4, $5)`,
		m, b.Company, b.Channel.ID, b.conversation, ref)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// once claims what is due and makes one try at each.
func (b *bench) once(t *testing.T) int {
	t.Helper()
	jobs, err := b.claim(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		b.do(t.Context(), j)
		b.count(j.company, -1)
	}
	return len(jobs)
}

type state struct {
	State, Code string
	Tries       int
	Due         time.Duration
	Meta        meta
	File        id.File
}

func (b *bench) state(t *testing.T, m id.Message) (s state) {
	t.Helper()
	b.Do(t, func(tx db.CompanyTx) error {
		var raw json.RawMessage
		var due float64
		err := tx.QueryRow(t.Context(), `select state, coalesce(error_code, ''), tries, extract(epoch from due_at - now())::float8, meta, file_id from message_media where message_id = $1`, m).
			Scan(&s.State, &s.Code, &s.Tries, &due, &raw, &s.File)
		s.Due = time.Duration(due * float64(time.Second))
		return errors.Join(err, json.Unmarshal(raw, &s.Meta))
	})
	return s
}

func gives(body string) func(context.Context, channels.MediaRef) (io.ReadCloser, error) {
	return func(context.Context, channels.MediaRef) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(body)), nil
	}
}

func picture(t *testing.T, w, h int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFetchStores(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body  string
		mime  string
		w, ms int
		thumb bool
	}{
		"document":      {body: "%PDF-1.7 x", mime: "application/pdf"},
		"picture":       {body: picture(t, 600, 10), mime: "image/png", w: 600},
		"large picture": {body: picture(t, 1300, 900), mime: "image/png", w: 1300, thumb: true},
		"voice note":    {body: opusFile(312, 48_312), mime: "audio/ogg", ms: 1000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.platform.fetch = gives(c.body)
			m := b.wait(t, channels.MediaRef{Ref: "r", Name: "algo"})
			if n := b.once(t); n != 1 {
				t.Fatalf("%d claimed", n)
			}
			s := b.state(t, m)
			if s.State != "stored" || s.Code != "" || s.Meta.MIME != c.mime || s.Meta.Width != c.w || s.Meta.Duration != c.ms || s.Meta.File != s.File || s.File.IsZero() || s.Meta.Thumb.IsZero() == c.thumb {
				t.Errorf("got %+v", s)
			}
			if got := <-b.stored; got != m {
				t.Errorf("told of %v", got)
			}
			r, err := b.cfg.Files.Open(t.Context(), b.Company, s.File)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if got, err := io.ReadAll(r); err != nil || c.w == 0 && string(got) != c.body {
				t.Errorf("stored %d bytes, %v; want %d", len(got), err, len(c.body))
			}
			if n := b.once(t); n != 0 {
				t.Errorf("claimed again: %d", n)
			}
		})
	}
}

func TestFetchFails(t *testing.T) {
	t.Parallel()
	refuse := func(err error) func(context.Context, channels.MediaRef) (io.ReadCloser, error) {
		return func(context.Context, channels.MediaRef) (io.ReadCloser, error) { return nil, err }
	}
	broken := errors.New("connection reset")
	for name, c := range map[string]struct {
		size  int64
		fetch func(context.Context, channels.MediaRef) (io.ReadCloser, error)
		code  string
		again time.Duration // zero: never
	}{
		"gone":            {fetch: refuse(&errs.Send{Op: "fetch", Class: errs.Permanent, Code: "131052", Err: broken}), code: "131052"},
		"not found":       {fetch: refuse(&errs.Send{Op: "fetch", Class: errs.Retryable, Code: "404", Err: broken}), code: "404"},
		"claims too much": {size: 1<<20 + 1, fetch: func(context.Context, channels.MediaRef) (io.ReadCloser, error) { panic("downloaded all the same") }, code: "file.too_large"},
		"is too much":     {fetch: gives(strings.Repeat("x", 1<<20+1)), code: "file.too_large"},
		"too much sound":  {fetch: gives(opusFile(0, 1) + strings.Repeat("x", 1<<20)), code: "file.too_large"},
		"client's limit":  {fetch: refuse(fmt.Errorf("fetch: %w", httpx.ErrTooLarge)), code: "file.too_large"},
		"program":         {fetch: gives("MZ" + strings.Repeat("\x00", 100)), code: "file.type"},
		"empty":           {fetch: gives(""), code: "file.empty"},
		"busy":            {fetch: refuse(&errs.Send{Op: "fetch", Class: errs.Retryable, Code: "503", Err: broken}), code: "503", again: waits[0]},
		"told to wait":    {fetch: refuse(&errs.Send{Op: "fetch", Class: errs.RateLimited, RetryAfter: 5 * time.Minute, Code: "429", Err: broken}), code: "429", again: 5 * time.Minute},
		"unknown":         {fetch: refuse(broken), code: "unknown", again: waits[0]},
		"cut off": {fetch: func(context.Context, channels.MediaRef) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader("hola"), iotest.ErrReader(broken))), nil
		}, code: "unknown", again: waits[0]},
		"timeout":          {fetch: refuse(context.DeadlineExceeded), code: "timeout", again: waits[0]},
		"adapter's mishap": {fetch: func(context.Context, channels.MediaRef) (io.ReadCloser, error) { panic("nil map") }, code: "unknown", again: waits[0]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.platform.fetch = c.fetch
			m := b.wait(t, channels.MediaRef{Ref: "r", Size: c.size})
			b.once(t)
			s := b.state(t, m)
			want := "failed"
			if c.again > 0 {
				want = "waiting"
			}
			if s.State != want || s.Code != c.code || !s.File.IsZero() || s.Tries != 1 {
				t.Errorf("got %+v, want %s", s, want)
			}
			if c.again > 0 && (s.Due < c.again-10*time.Second || s.Due > c.again+c.again/10) {
				t.Errorf("again in %v, want about %v", s.Due, c.again)
			}
			if told := len(b.stored) == 1; told != (c.again == 0) {
				t.Errorf("told: %v", told)
			}
		})
	}
}

// Six tries in about an hour, then no more.
func TestTriesEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.platform.fetch = func(context.Context, channels.MediaRef) (io.ReadCloser, error) { return nil, errors.New("down") }
	m := b.wait(t, channels.MediaRef{Ref: "r"})
	var whole time.Duration
	for try := 1; try <= 6; try++ {
		if n := b.once(t); n != 1 {
			t.Fatalf("try %d: %d claimed", try, n)
		}
		if s := b.state(t, m); s.State == "waiting" {
			whole += s.Due
		}
		if _, err := b.DB.Direct(db.Pipeline).Exec(t.Context(), `update message_media set due_at = now() where state = 'waiting'`); err != nil {
			t.Fatal(err)
		}
	}
	if s := b.state(t, m); s.State != "failed" || s.Tries != 6 || s.Code != "unknown" {
		t.Errorf("got %+v", s)
	}
	if whole < 55*time.Minute || whole > 70*time.Minute {
		t.Errorf("the tries took %v", whole)
	}
}

// Whoever was too slow for its lease changes nothing of what the next one wrote.
func TestLateTryWritesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.wait(t, channels.MediaRef{Ref: "r"})
	slow, err := b.claim(t.Context())
	if err != nil || len(slow) != 1 {
		t.Fatalf("%d claimed, %v", len(slow), err)
	}
	if n := b.once(t); n != 0 {
		t.Fatalf("a leased file was claimed")
	}
	if s := b.state(t, m); s.Due < 50*time.Second || s.Due > 61*time.Second {
		t.Errorf("leased for %v", s.Due)
	}
	if _, err := b.DB.Direct(db.Pipeline).Exec(t.Context(), `update message_media set due_at = now()`); err != nil {
		t.Fatal(err)
	}
	b.platform.fetch = gives("%PDF-1.7")
	if n := b.once(t); n != 1 {
		t.Fatalf("%d claimed after the lease", n)
	}
	<-b.stored
	b.platform.fetch = gives("")
	b.do(t.Context(), slow[0])
	if s := b.state(t, m); s.State != "stored" || s.Tries != 2 || len(b.stored) != 0 {
		t.Errorf("got %+v, told %d times more", s, len(b.stored))
	}
}

// A company whose platform hangs leaves a worker to the others, and files are fetched while
// Run runs; what is cut by the end goes on at once with the next start.
func TestRunSharesItsWorkers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hang := make(chan struct{}, 10)
	b.platform.fetch = func(ctx context.Context, ref channels.MediaRef) (io.ReadCloser, error) {
		if ref.Ref == "hang" {
			hang <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return io.NopCloser(strings.NewReader("%PDF-1.7")), nil
	}
	var stuck []id.Message
	for range 6 {
		stuck = append(stuck, b.wait(t, channels.MediaRef{Ref: "hang"}))
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { b.Run(ctx) })
	for range 3 {
		<-hang
	}
	other, ch, _, _, _ := b.AddCompany(t, "Dos")
	told := make(chan id.Company, 1)
	b.cfg.Stored = func(c id.Company, _ id.Conversation, _ id.Message) { told <- c }
	err := b.DB.ForCompany(t.Context(), other, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `with c as (insert into contact (id, company_id) values (gen_random_uuid(), $1) returning id)
			insert into conversation (id, company_id, channel_id, contact_id, address) select gen_random_uuid(), $1, $2, id, 'x' from c`, other, ch.ID)
		return err
	})
	if err == nil {
		_, err = b.DB.Direct(db.Pipeline).Exec(t.Context(), `insert into message_media (message_id, company_id, channel_id, conversation_id, ref)
			select gen_random_uuid(), company_id, channel_id, id, '{"ref":"r"}' from conversation where company_id = $1`, other)
	}
	if err != nil {
		t.Fatal(err)
	}
	b.Wake()
	if c := <-told; c != other {
		t.Errorf("told of %v", c)
	}
	if len(hang) != 0 {
		t.Error("the hanging company took the last worker")
	}
	stop()
	running.Wait()
	for _, m := range stuck {
		if s := b.state(t, m); s.State != "waiting" || s.Due > 0 {
			t.Errorf("after the stop: %+v", s)
		}
	}
}

func TestNoFetcher(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.cfg.Adapter = func(channels.Kind) channels.Adapter { return nil }
	m := b.wait(t, channels.MediaRef{Ref: "r"})
	b.once(t)
	if s := b.state(t, m); s.State != "failed" || s.Code != "unfit" {
		t.Errorf("got %+v", s)
	}
}

package whatsmeow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"recado/channels"
	"recado/internal/db/dbtest"
	"recado/internal/id"
	"recado/internal/sim"
	"recado/internal/sim/whatsapp"
)

// patience is how long a test waits for what must come.
const patience = 15 * time.Second

// tables is a database with the library's tables, in the schema they have in production.
func tables(t testing.TB) *sql.DB {
	t.Helper()
	u, err := url.Parse(dbtest.New(t).URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", Schema)
	u.RawQuery = q.Encode()
	db, err := sql.Open("pgx", u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(20)
	if err := Upgrade(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	return db
}

// vault keeps devices as the real one does, an account for one channel only.
type vault struct {
	mu      sync.Mutex
	devices map[id.Channel][]byte
	account map[id.Channel]string
	fail    error
}

func newVault() *vault {
	return &vault{devices: map[id.Channel][]byte{}, account: map[id.Channel]string{}}
}

func (v *vault) LoadDevice(_ context.Context, c channels.Channel) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.devices[c.ID], v.fail
}

func (v *vault) SaveDevice(_ context.Context, c channels.Channel, account string, device []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for other, a := range v.account {
		if a == account && other != c.ID {
			return errors.New("this account is another channel's")
		}
	}
	v.devices[c.ID], v.account[c.ID] = slices.Clone(device), account
	return v.fail
}

func (v *vault) DeleteDevice(_ context.Context, c channels.Channel) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.devices, c.ID)
	delete(v.account, c.ID)
	return nil
}

// numbers makes each test's business another one, for they share a database.
var numbers atomic.Int64

func newNumber() string { return fmt.Sprintf("3461%07d", numbers.Add(1)) }

// bench is one adapter beside one simulated WhatsApp.
type bench struct {
	testing.TB
	adapter *Adapter
	vault   *vault
	server  *whatsapp.Server
	channel channels.Channel
	number  string
	events  *inbox
}

var ana = sim.Person{ID: "5215512345678", Name: "Ana"}

// newServer is a simulated WhatsApp that ends with the test.
func newServer(t testing.TB) *whatsapp.Server {
	t.Helper()
	server, err := whatsapp.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

func newBench(t testing.TB, db *sql.DB, change func(*Options)) *bench {
	t.Helper()
	server := newServer(t)
	b := &bench{TB: t, vault: newVault(), server: server, number: newNumber(), events: newInbox()}
	b.channel = newChannel(b.number)
	o := Options{DB: db, Vault: b.vault, Rewrite: server.Rewrite, Simulated: true, Log: slog.New(slog.DiscardHandler), GiveUp: patience}
	if change != nil {
		change(&o)
	}
	var err error
	if b.adapter, err = New(o); err != nil {
		t.Fatal(err)
	}
	return b
}

func newChannel(number string) channels.Channel {
	return channels.Channel{ID: id.New[id.Channel](), Company: id.New[id.Company](), Kind: Kind, Name: "Tienda", Ref: number}
}

// keys tells whether the channel has a device.
func (b *bench) keys() bool {
	b.Helper()
	d, err := b.vault.LoadDevice(context.Background(), b.channel)
	if err != nil {
		b.Fatal(err)
	}
	return d != nil
}

// link pairs the channel as an owner does, by scanning the first code.
func (b *bench) link() {
	b.Helper()
	link(b, b.adapter, b.server, b.channel, b.number)
}

func link(t testing.TB, a *Adapter, server *whatsapp.Server, c channels.Channel, number string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	scanned := false
	err := a.Link(ctx, c, "qr", "", func(s channels.LinkStep) {
		if s.Kind == "qr" && !scanned {
			scanned = true
			if err := server.Scan(s.Payload, number); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil {
		t.Fatalf("Link: %v", err)
	}
}

// held is a session that is being held.
type held struct {
	cancel context.CancelFunc
	ended  chan error
}

// connect holds the channel's session until the test ends and waits until it is online.
func (b *bench) connect() *held {
	b.Helper()
	h := b.hold()
	b.events.await(b, "the session is online", func(i *inbox) bool { return i.phase.Phase == channels.Online })
	return h
}

func (b *bench) hold() *held {
	ctx, cancel := context.WithCancel(context.Background())
	h := &held{cancel, make(chan error, 1)}
	b.events.change(func() { b.events.phase = channels.SessionState{} })
	go func() { h.ended <- b.adapter.Connect(ctx, b.channel, b.events.sink, b.events.report) }()
	b.Cleanup(func() { h.stop(b) })
	return h
}

// stop ends the session; a second time is harmless.
func (h *held) stop(t testing.TB) error {
	t.Helper()
	h.cancel()
	return h.wait(t)
}

func (h *held) wait(t testing.TB) error {
	t.Helper()
	select {
	case err := <-h.ended:
		h.ended <- err
		return err
	case <-time.After(patience):
		t.Fatal("Connect does not return")
		return nil
	}
}

// do lets Ana act.
func (b *bench) do(a sim.Action) string {
	b.Helper()
	a.Ref = b.number
	if a.Customer.ID == "" {
		a.Customer = ana
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	got, err := b.server.Do(ctx, a)
	if err != nil {
		b.Fatalf("%s: %v", a.Act, err)
	}
	return got
}

// say lets Ana write and waits until it has come in.
func (b *bench) say(text string) channels.Inbound {
	b.Helper()
	return b.came(b.do(sim.Action{Act: sim.SayText, Text: text}))
}

// came waits for the event with an ExternalID.
func (b *bench) came(external string) channels.Inbound {
	b.Helper()
	var out channels.Inbound
	b.events.await(b, external+" came", func(i *inbox) bool {
		at := slices.IndexFunc(i.events, func(e channels.Inbound) bool { return e.ExternalID == external })
		if at >= 0 {
			out = i.events[at]
		}
		return at >= 0
	})
	return out
}

// inbox is what the session has handed over.
type inbox struct {
	mu      sync.Mutex
	events  []channels.Inbound
	phase   channels.SessionState
	phases  []channels.Phase
	fail    error
	changed chan struct{}
}

func newInbox() *inbox { return &inbox{changed: make(chan struct{})} }

func (i *inbox) change(do func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	do()
	close(i.changed)
	i.changed = make(chan struct{})
}

func (i *inbox) sink(_ context.Context, ev ...channels.Inbound) error {
	var err error
	i.change(func() {
		if err = i.fail; err == nil {
			i.events = append(i.events, ev...)
		}
	})
	return err
}

func (i *inbox) report(s channels.SessionState) {
	i.change(func() { i.phase = s; i.phases = append(i.phases, s.Phase) })
}

func (i *inbox) await(t testing.TB, what string, ok func(*inbox) bool) {
	t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		i.mu.Lock()
		done, changed := ok(i), i.changed
		i.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-late.C:
			i.mu.Lock()
			defer i.mu.Unlock()
			t.Fatalf("waited in vain until %s; phase %+v, %d events", what, i.phase, len(i.events))
		}
	}
}

// over is a rewrite to a server that is served over HTTP.
func over(t testing.TB, base string) func(*http.Client) {
	t.Helper()
	to, err := whatsapp.Rewrite(base)
	if err != nil {
		t.Fatal(err)
	}
	return to
}

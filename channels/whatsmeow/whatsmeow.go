// Package whatsmeow is WhatsApp by QR code: Recado as one more linked device of the number
// that the shop already uses, over the socket that WhatsApp Web speaks.
//
// It is not WhatsApp's interface for companies. The protocol is not published, the library
// that speaks it (go.mau.fi/whatsmeow) is kept by volunteers, and WhatsApp may ban a number
// for it; the texts say so and internal/docs/adr/0008-whatsmeow.md says why it is here.
//
// A channel has a device: keys that are sealed outside this package (Vault) and the state
// of its encrypted conversations in the library's own tables (schema Schema). One process at
// a time may hold a channel's session; who that is, is decided outside.
package whatsmeow

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	wa "go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"google.golang.org/protobuf/proto"

	"recado/channels"
	"recado/internal/id"
)

// Kind is WhatsApp by QR code.
const Kind channels.Kind = "whatsapp_qr"

//go:embed texts/*.json
var textFiles embed.FS

// Options are what an Adapter needs. DB and Vault are required.
type Options struct {
	DB    *sql.DB // connections that work in Schema, which Upgrade has brought up to date
	Vault Vault
	// Allow refuses a number that may not become this channel's, with a Problem; nil allows all.
	Allow func(ctx context.Context, c channels.Channel, number string) error
	// Silent is how long the channel has not been connected although it should have been;
	// what was said in that time is asked for again. Nil or zero: nothing is.
	Silent func(ctx context.Context, c channels.Channel) time.Duration
	// Rewrite leads calls to WhatsApp's hosts elsewhere, for demo and tests; Simulated says
	// that a simulator's key stands where WhatsApp's is pinned.
	Rewrite   func(*http.Client)
	Simulated bool
	Log       *slog.Logger // nil: slog.Default

	ProbeEvery   time.Duration // how often a session must prove that it is alive; 20 s
	ProbeTimeout time.Duration // how long WhatsApp may take to answer; 10 s
	SendTimeout  time.Duration // how long a message may stay unacknowledged; 20 s
	GiveUp       time.Duration // how long an undecryptable message may take to come again; 60 s
}

// Adapter implements channels.Adapter, Session, Linker, MediaFetcher, Typer and Describer.
type Adapter struct {
	o      Options
	http   *http.Client
	tables *sqlstore.Container
	texts  map[string]map[string]string
	log    *slog.Logger

	mu   sync.Mutex
	live map[id.Channel]*session
}

var (
	_ channels.Adapter      = (*Adapter)(nil)
	_ channels.Session      = (*Adapter)(nil)
	_ channels.Linker       = (*Adapter)(nil)
	_ channels.MediaFetcher = (*Adapter)(nil)
	_ channels.Typer        = (*Adapter)(nil)
	_ channels.Describer    = (*Adapter)(nil)
)

// pinned is the key by which WhatsApp's servers prove themselves, as the library ships it.
// The library keeps it in a variable that any package could set, and with it read along.
var pinned = [32]byte{
	0x14, 0x23, 0x75, 0x57, 0x4d, 0x0a, 0x58, 0x71, 0x66, 0xaa, 0xe7, 0x1e, 0xbe, 0x51, 0x64, 0x37,
	0xc4, 0xa2, 0x8b, 0x73, 0xe3, 0x69, 0x5c, 0x6c, 0xe1, 0xf7, 0xf9, 0x54, 0x5d, 0xa8, 0xee, 0x6b,
}

// ErrPin is returned by New when WhatsApp's pinned key is not the one that the library ships.
var ErrPin = errors.New("whatsmeow: WhatsApp's pinned key has been replaced")

// named is the process-wide part of what an owner sees under linked devices.
var named = sync.OnceFunc(func() { store.DeviceProps.Os = proto.String("Recado") })

// New makes the adapter. It touches neither network nor database.
func New(o Options) (*Adapter, error) {
	if wa.WACertPubKey != pinned && !o.Simulated {
		return nil, ErrPin
	}
	if o.DB == nil || o.Vault == nil {
		return nil, errors.New("whatsmeow: DB and Vault are required")
	}
	named()
	for d, value := range map[*time.Duration]time.Duration{
		&o.ProbeEvery: 20 * time.Second, &o.ProbeTimeout: 10 * time.Second, &o.SendTimeout: 20 * time.Second, &o.GiveUp: time.Minute,
	} {
		if *d == 0 {
			*d = value
		}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	// All clients share one transport: the library would make three for each.
	a := &Adapter{
		o: o, http: &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}, log: o.Log,
		tables: sqlstore.NewWithDB(o.DB, "postgres", logger{o.Log}),
		texts:  channels.LoadTexts(textFiles, "texts"), live: map[id.Channel]*session{},
	}
	if o.Rewrite != nil {
		o.Rewrite(a.http)
	}
	return a, nil
}

// Kind implements channels.Adapter.
func (*Adapter) Kind() channels.Kind { return Kind }

// Describe implements channels.Describer.
func (a *Adapter) Describe() channels.Description {
	return channels.Description{
		Fields: []channels.Field{
			{Key: channels.ConnectField, Type: "select", Options: []string{channels.ConnectAlways, channels.ConnectNeeded}, Default: channels.ConnectAlways},
		},
		Link: []string{"qr", "code"}, Texts: a.texts,
	}
}

const mega = 1 << 20

// capabilities are what people's WhatsApp carries. WhatsApp publishes no limits for linked
// devices: those of files are as integrators restate them, and a text could have 65,536
// characters but is cut where WhatsApp's interface for companies cuts it, so that what a
// company has written does for both.
var capabilities = channels.Capabilities{
	MaxText: 4096, MaxCaption: 1024,
	Media: map[string]int64{
		"image/jpeg": 16 * mega, "image/png": 16 * mega,
		"audio/aac": 16 * mega, "audio/mp4": 16 * mega, "audio/mpeg": 16 * mega, "audio/amr": 16 * mega, "audio/ogg": 16 * mega,
		"video/mp4": 64 * mega, "video/3gpp": 64 * mega,
		"*/*": 100 * mega, // as a document
	},
	Voice: true, Locations: true, Contacts: true, Reactions: true, Quotes: true, Typing: true, Receipts: true, Idempotent: true,
	Start: channels.Free,
	Sources: map[string]string{
		"max_text":    "https://www.engagespark.com/support/whatsapp-business-limits/",
		"max_caption": "https://www.engagespark.com/support/whatsapp-business-limits/",
		"media":       "https://help.chatdaddy.tech/article/file-size-limitation",
	},
	Lacks: map[string]string{
		"inbound/press":         "WhatsApp shows no buttons of unofficial clients; choices are numbered lines",
		"inbound/pick":          "WhatsApp shows no lists of unofficial clients; choices are numbered lines",
		"inbound/bad_signature": "a socket, not a webhook; every stanza is authenticated by the Noise session",
		"inbound/wrong_account": "a session belongs to one device and carries no other account's events",
		"send/template":         "templates exist in WhatsApp's interface for companies only",
		"error/opted_out":       "WhatsApp acknowledges what is written to somebody who blocked the number",
		"error/window":          "there is no reply window between people",
		"check":                 "the session itself proves every few seconds whether it works",
	},
}

// Capabilities implements channels.Adapter.
func (*Adapter) Capabilities(channels.Channel) channels.Capabilities { return capabilities }

// client makes a client for a device, with what holds for all of ours.
func (a *Adapter) client(d *store.Device) *wa.Client {
	cli := wa.NewClient(d, logger{a.log})
	cli.SetWebsocketHTTPClient(a.http)
	cli.SetPreLoginHTTPClient(a.http)
	cli.SetMediaHTTPClient(a.http)
	cli.EnableAutoReconnect = false // who holds the channel decides when
	// Acknowledge after the commit, and keep what was decrypted until then: the keys of a
	// message are spent by the first decryption.
	cli.SynchronousAck = true
	cli.EnableDecryptedEventBuffer = true
	cli.UseRetryMessageStore = true // a phone may ask again for a message of before a restart
	cli.ManualHistorySyncDownload = true
	return cli
}

// session is the live session of a channel in this process, nil when there is none.
func (a *Adapter) session(c channels.Channel) *session {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.live[c.ID]
}

// hold makes a session the channel's only one in this process.
func (a *Adapter) hold(s *session) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.live[s.c.ID] != nil {
		return false
	}
	a.live[s.c.ID] = s
	return true
}

func (a *Adapter) release(s *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.live[s.c.ID] == s {
		delete(a.live, s.c.ID)
	}
}

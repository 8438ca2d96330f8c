// Package channel keeps which channels a company has connected: their settings, their
// secrets and the bots that answer on them. What a channel can do is its adapter's to know.
package channel

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/seal"
)

// Channel is a connected channel as its owner sees it.
type Channel struct {
	ID             id.Channel      `json:"id" format:"uuid"`
	Kind           channels.Kind   `json:"kind" example:"webchat"`
	Name           string          `json:"name"`
	State          string          `json:"state" enum:"online,offline,paused,error" doc:"online: in use; offline: never seen, or its phone is not connected; paused: switched off; error: stopped until a person acts"`
	Enabled        bool            `json:"enabled"`
	Bot            *Bot            `json:"bot,omitempty"`
	Settings       json.RawMessage `json:"settings" doc:"The kind's own settings"`
	Ref            string          `json:"-"` // the platform's own reference: a site key, a number
	sealed         []byte
	SecretsSet     []string   `json:"secrets_set" nullable:"false" doc:"Secret fields that have a value"`
	HasSecret      bool       `json:"identity_secret_set"`
	SeenOrigin     string     `json:"seen_origin,omitempty"`
	LastActivityAt *time.Time `json:"last_activity_at,omitempty"`
	MessagesToday  int        `json:"messages_today"`
	Lane           Lane       `json:"lane"`
	CreatedAt      time.Time  `json:"created_at"`
}

// Bot is the bot that answers on a channel.
type Bot struct {
	ID   id.Bot `json:"id" format:"uuid"`
	Name string `json:"name"`
}

// Lane is how a channel's outbound queue stands.
type Lane struct {
	Waiting     int        `json:"waiting"`
	Unsure      int        `json:"unsure"`
	PausedUntil *time.Time `json:"paused_until,omitempty"`
	Stopped     string     `json:"stopped,omitempty" doc:"Why nothing leaves until a person acts"`
}

const selectSQL = `select c.id, c.kind, c.name, c.enabled, b.id, b.name, c.settings, c.ref, c.sealed_settings, c.secret_fields, c.sealed_secret is not null,
	c.seen_origin, greatest(c.seen_at, (select last_at from conversation v where v.channel_id = c.id and v.started order by v.last_slot desc, v.last_at desc limit 1)), c.created_at,
	(select count(*) from outbox o where o.lane_id = c.id and o.state = 'queued')
		+ (select count(*) from outbox o where o.lane_id = c.id and o.state in ('waiting', 'sending')), -- each has an index of its own
	(select count(*) from outbox o where o.lane_id = c.id and o.state = 'unsure'),
	(select count(*) from message m, company co where m.company_id = co.id and m.channel_id = c.id and m.kind = 'message'
		and m.at >= date_trunc('day', now() at time zone co.time_zone) at time zone co.time_zone),
	l.not_before, coalesce(l.stopped, ''), coalesce(s.phase, '')
	from channel c join lane l on l.id = c.id left join channel_session s on s.id = c.id left join bot b on b.id = c.bot_id
	where c.deleted_at is null and ($1::uuid is null or c.id = $1) order by c.created_at, c.id`

// List returns the company's channels, the oldest first.
func List(ctx context.Context, tx db.CompanyTx) ([]Channel, error) {
	return load(ctx, tx, id.Channel{})
}

// Get returns one channel.
func Get(ctx context.Context, tx db.CompanyTx, c id.Channel) (Channel, error) {
	list, err := load(ctx, tx, c)
	if err == nil && len(list) == 0 {
		err = errs.Missing("channel")
	}
	if err != nil {
		return Channel{}, err
	}
	return list[0], nil
}

func load(ctx context.Context, tx db.CompanyTx, c id.Channel) ([]Channel, error) {
	rows, err := tx.Query(ctx, selectSQL, c)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (Channel, error) {
		var v Channel
		var bot id.Bot
		var name *string
		var phase channels.Phase
		err := r.Scan(&v.ID, (*string)(&v.Kind), &v.Name, &v.Enabled, &bot, &name, &v.Settings, &v.Ref, &v.sealed, &v.SecretsSet, &v.HasSecret, &v.SeenOrigin,
			&v.LastActivityAt, &v.CreatedAt, &v.Lane.Waiting, &v.Lane.Unsure, &v.MessagesToday, &v.Lane.PausedUntil, &v.Lane.Stopped, (*string)(&phase))
		if name != nil {
			v.Bot = &Bot{bot, *name}
		}
		switch {
		case !v.Enabled:
			v.State = "paused"
		case v.Lane.Stopped != "":
			v.State = "error"
		case phase != "" && phase != channels.Online, phase == "" && v.LastActivityAt == nil:
			v.State = "offline"
		default:
			v.State = "online"
		}
		return v, err
	})
}

// Draft is what a new channel needs. Values are its kind's fields; Settings is for a kind
// that has settings of its own instead. Ref may be empty: where no field is the platform's
// reference a random one is made.
type Draft struct {
	Kind     channels.Kind
	Name     string
	Ref      string
	Bot      id.Bot
	Settings json.RawMessage
	Values   map[string]string
}

const maxChannels = 500

// Create connects a channel; its lane comes with it, and its session where it has one.
func Create(ctx context.Context, tx db.CompanyTx, by company.Actor, a channels.Adapter, o Opener, d Draft) (Channel, error) {
	if a == nil {
		return Channel{}, errs.New(errs.Invalid, "channel.kind", "kind", string(d.Kind)).At("kind")
	}
	name, err := cleanName(d.Name)
	if err != nil {
		return Channel{}, err
	}
	c := id.New[id.Channel]()
	s, err := prepare(a, o, c, nil, d.Values, d.Settings)
	if err != nil {
		return Channel{}, err
	}
	if err := checkBot(ctx, tx, d.Bot); err != nil {
		return Channel{}, err
	}
	var n int
	if err := tx.QueryRow(ctx, `select count(*) from channel where deleted_at is null`).Scan(&n); err != nil {
		return Channel{}, err
	}
	if n >= maxChannels {
		return Channel{}, errs.New(errs.Conflict, "channel.too_many", "max", maxChannels)
	}
	if d.Ref == "" {
		d.Ref = s.ref
	}
	if d.Ref == "" {
		d.Ref = strings.ToLower(rand.Text()) // 128 bits: a site cannot be guessed
	}
	b := &pgx.Batch{}
	b.Queue(`insert into channel (id, company_id, kind, name, ref, settings, sealed_settings, secret_fields, bot_id)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		c, tx.Company(), string(d.Kind), name, d.Ref, s.settings, s.sealed, orNone(s.secrets), d.Bot)
	b.Queue(`insert into lane (id, company_id) values ($1, $2)`, c, tx.Company())
	if _, holds := a.(channels.Session); holds {
		b.Queue(`insert into channel_session (id, company_id) values ($1, $2)`, c, tx.Company())
	}
	if err := taken(tx.SendBatch(ctx, b).Close()); err != nil {
		return Channel{}, err
	}
	v, err := Get(ctx, tx, c)
	if err != nil {
		return v, err
	}
	return v, company.Record(ctx, tx, by, "channel.create", v.object(), nil)
}

// taken tells a reference that another channel has, of whichever company, from other errors.
func taken(err error) error {
	if db.Violates(err, "channel_kind_ref_key") {
		return errs.New(errs.Conflict, "channel.ref_taken").At("values")
	}
	return err
}

func orNone(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// Patch names what to change; nil leaves it as it is. A zero Bot takes the bot away. Of
// Values and Settings those not named stay.
type Patch struct {
	Name     *string
	Enabled  *bool
	Bot      *id.Bot
	Settings json.RawMessage
	Values   map[string]string
}

// Update changes a channel.
func Update(ctx context.Context, tx db.CompanyTx, by company.Actor, adapter func(channels.Kind) channels.Adapter, o Opener, c id.Channel, p Patch) (Channel, error) {
	old, err := Get(ctx, tx, c)
	if err != nil {
		return old, err
	}
	name, enabled := old.Name, old.Enabled
	s := stored{settings: old.Settings, sealed: old.sealed, secrets: old.SecretsSet}
	if p.Name != nil {
		if name, err = cleanName(*p.Name); err != nil {
			return old, err
		}
	}
	if p.Enabled != nil {
		enabled = *p.Enabled
	}
	if p.Settings != nil || p.Values != nil {
		if s, err = prepare(adapter(old.Kind), o, c, &old, p.Values, p.Settings); err != nil {
			return old, err
		}
	}
	if s.ref == "" {
		s.ref = old.Ref
	}
	var bot id.Bot
	if old.Bot != nil {
		bot = old.Bot.ID
	}
	if p.Bot != nil {
		bot = *p.Bot
		if err := checkBot(ctx, tx, bot); err != nil {
			return old, err
		}
	}
	_, err = tx.Exec(ctx, `update channel set name = $2, enabled = $3, settings = $4, bot_id = $5, sealed_settings = $6, secret_fields = $7, ref = $8,
		updated_at = now() where id = $1`, c, name, enabled, s.settings, bot, s.sealed, orNone(s.secrets), s.ref)
	if err := taken(err); err != nil {
		return old, err
	}
	v, err := Get(ctx, tx, c)
	if err != nil {
		return v, err
	}
	return v, company.Record(ctx, tx, by, "channel.update", v.object(), company.Diff(old.audited(), v.audited()))
}

// Restart lets a stopped lane send again: whoever asks has mended what stopped it.
func Restart(ctx context.Context, tx db.CompanyTx, by company.Actor, c id.Channel) (Channel, error) {
	old, err := Get(ctx, tx, c)
	if err != nil {
		return old, err
	}
	if _, err := tx.Exec(ctx, `update lane set stopped = null, not_before = null where id = $1`, c); err != nil {
		return old, err
	}
	v, err := Get(ctx, tx, c)
	if err != nil {
		return v, err
	}
	return v, company.Record(ctx, tx, by, "channel.restart", v.object(), nil)
}

// Opened is the channel as its adapter takes it.
func (v Channel) Opened(company id.Company, o Opener) (channels.Channel, error) {
	c := channels.Channel{ID: v.ID, Company: company, Kind: v.Kind, Name: v.Name, Ref: v.Ref, Settings: v.Settings}
	return c, o.Open(&c, v.sealed)
}

// Delete disconnects a channel. Its conversations stay; what waited to be sent is cancelled.
func Delete(ctx context.Context, tx db.CompanyTx, by company.Actor, c id.Channel) error {
	old, err := Get(ctx, tx, c)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	b.Queue(`with gone as (delete from outbox where lane_id = $1 and state <> 'sending' returning message_id)
		update message m set state = 'cancelled', error_code = 'channel_deleted' from gone
		where m.id = gone.message_id and m.state = 'queued'`, c) // an unsure one stays unsure: it may have arrived
	b.Queue(`update lane set stopped = 'channel_deleted' where id = $1`, c) // what comes back from a call does not leave again
	b.Queue(`delete from turn where conversation_id in (select id from conversation where channel_id = $1)`, c)
	b.Queue(`update channel set deleted_at = now(), enabled = false, ref = ref || ' deleted ' || id, bot_id = null, sealed_secret = null, sealed_settings = null where id = $1`, c)
	b.Queue(`delete from channel_session where id = $1`, c)
	b.Queue(`delete from channel_device where channel_id = $1`, c)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	return company.Record(ctx, tx, by, "channel.delete", old.object(), nil)
}

// NewSecret gives the channel a fresh identity secret and returns it; it is never shown again.
func NewSecret(ctx context.Context, tx db.CompanyTx, by company.Actor, keys *seal.Keys, c id.Channel) (string, error) {
	old, err := Get(ctx, tx, c)
	if err != nil {
		return "", err
	}
	secret := rand.Text() + rand.Text()
	_, err = tx.Exec(ctx, `update channel set sealed_secret = $2, updated_at = now() where id = $1`, c, keys.Seal(secretPlace(c), []byte(secret)))
	if err != nil {
		return "", err
	}
	return secret, company.Record(ctx, tx, by, "channel.new_secret", old.object(), nil)
}

// Secret opens the channel's identity secret; nil when it has none.
func Secret(ctx context.Context, tx db.CompanyTx, keys *seal.Keys, c id.Channel) ([]byte, error) {
	var sealed []byte
	err := tx.QueryRow(ctx, `select sealed_secret from channel where id = $1`, c).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errs.Missing("channel")
	}
	if err != nil || sealed == nil {
		return nil, err
	}
	return keys.Open(secretPlace(c), sealed)
}

func secretPlace(c id.Channel) string { return "channel " + c.String() }

func (v Channel) object() company.Object {
	return company.Object{Kind: "channel", ID: v.ID.String(), Name: v.Name}
}

// audited is the part of a channel whose changes are recorded.
func (v Channel) audited() any {
	return struct {
		Name     string          `json:"name"`
		Enabled  bool            `json:"enabled"`
		Bot      *Bot            `json:"bot"`
		Settings json.RawMessage `json:"settings"`
		Secrets  []string        `json:"secrets_set"` // that they changed, never what they are
	}{v.Name, v.Enabled, v.Bot, v.Settings, v.SecretsSet}
}

func cleanName(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" || len([]rune(s)) > 120 || strings.ContainsRune(s, 0) {
		return "", errs.New(errs.Invalid, "channel.name", "max", 120).At("name")
	}
	return s, nil
}

func configure(a channels.Adapter, raw json.RawMessage) (json.RawMessage, error) {
	c, ok := a.(channels.Configurer)
	if !ok {
		return json.RawMessage("{}"), nil
	}
	out, err := c.Configure(raw)
	return out, errs.Under("settings", err)
}

func checkBot(ctx context.Context, tx db.CompanyTx, b id.Bot) error {
	if b.IsZero() {
		return nil
	}
	var n int
	err := tx.QueryRow(ctx, `select 1 from bot where id = $1`, b).Scan(&n)
	if errors.Is(err, pgx.ErrNoRows) {
		return errs.New(errs.Invalid, "channel.unknown_bot").At("bot_id")
	}
	return err
}

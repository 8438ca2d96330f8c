package app

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	wa "go.mau.fi/whatsmeow"

	"recado/channels"
	"recado/channels/cloudapi"
	"recado/channels/instagram"
	"recado/channels/messenger"
	"recado/channels/sms"
	"recado/channels/telegram"
	"recado/channels/twilio"
	"recado/channels/webchat"
	"recado/channels/whatsmeow"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/httpx"
	"recado/internal/seal"
	simwa "recado/internal/sim/whatsapp"
)

// Outside is the world beyond this program as adapters reach it.
type Outside struct {
	HTTP channels.Doer
	// Platforms is the address below which simulated platforms stand, each by its name; ""
	// is the real world.
	Platforms string
	WhatsApp  whatsmeow.Options
}

// at is where a platform's API is; nil is the platform itself.
func (o Outside) at(name string) func(channels.Channel) string {
	if o.Platforms == "" {
		return nil
	}
	base := o.Platforms + "/" + name
	return func(channels.Channel) string { return base }
}

// Adapters is every channel this program speaks; one line each.
func Adapters(o Outside) ([]channels.Adapter, error) {
	qr, err := whatsmeow.New(o.WhatsApp)
	return []channels.Adapter{
		webchat.Adapter{},
		cloudapi.New(cloudapi.Options{HTTP: o.HTTP, Base: o.at("meta")}),
		instagram.New(instagram.Options{HTTP: o.HTTP, Base: o.at("messaging")}),
		messenger.New(messenger.Options{HTTP: o.HTTP, Base: o.at("messaging")}),
		telegram.New(telegram.Options{HTTP: o.HTTP, Base: o.at("telegram")}),
		twilio.NewWhatsApp(twilio.Options{HTTP: o.HTTP, Base: o.at("twilio")}),
		twilio.NewSMS(twilio.Options{HTTP: o.HTTP, Base: o.at("twilio")}),
		sms.New(sms.Options{HTTP: o.HTTP, Base: o.at("smsgw")}),
		qr,
	}, err
}

// outside prepares the way out. With simulators, loopback addresses are let through.
func (c Config) outside(ctx context.Context, url string, d *db.DB, keys *seal.Keys, log *slog.Logger, silent func(context.Context, channels.Channel) time.Duration) (Outside, *sql.DB, error) {
	o := Outside{Platforms: strings.TrimRight(c.Simulators, "/")}
	hc := httpx.Options{Timeout: 18 * time.Second, MaxBody: 100 << 20, Log: log, Production: o.Platforms == ""}
	if o.Platforms != "" {
		hc.Private = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	client, err := httpx.New(hc)
	if err != nil {
		return o, nil, err
	}
	o.HTTP = client
	owner, err := db.SQL(url, "", whatsmeow.Schema, 2)
	if err != nil {
		return o, nil, err
	}
	defer owner.Close()
	if err := whatsmeow.Upgrade(ctx, owner); err != nil {
		return o, nil, err
	}
	tables, err := db.SQL(url, db.Pipeline, whatsmeow.Schema, 8)
	if err != nil {
		return o, nil, err
	}
	o.WhatsApp = whatsmeow.Options{DB: tables, Vault: vault{d, keys}, Allow: (vault{d, keys}).allow, Silent: silent, Log: log}
	if o.Platforms != "" {
		if err := o.simulateWhatsApp(ctx); err != nil {
			return o, tables, err
		}
	}
	return o, tables, nil
}

// simulateWhatsApp leads the library to the simulator and makes it believe its root key,
// which stands at <platforms>/whatsapp/root.
func (o *Outside) simulateWhatsApp(ctx context.Context) error {
	rewrite, err := simwa.Rewrite(o.Platforms + "/whatsapp")
	if err != nil {
		return err
	}
	o.WhatsApp.Rewrite, o.WhatsApp.Simulated = rewrite, true
	if strings.HasSuffix(o.Platforms, demoPlatforms) {
		return nil // in this process: its root is believed already
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.Platforms+"/whatsapp/root", nil)
	if err != nil {
		return err
	}
	resp, err := o.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("simulated WhatsApp: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 100))
	if err != nil {
		return err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != 32 {
		return errors.New("simulated WhatsApp: its root key cannot be read")
	}
	wa.WACertPubKey = [32]byte(key)
	return nil
}

// vault keeps device keys sealed in the database.
type vault struct {
	db   *db.DB
	keys *seal.Keys
}

func devicePlace(c channels.Channel) string { return "device " + c.ID.String() }

// LoadDevice implements whatsmeow.Vault.
func (v vault) LoadDevice(ctx context.Context, c channels.Channel) ([]byte, error) {
	var sealed []byte
	err := v.db.Direct(db.Pipeline).QueryRow(ctx, `select sealed from channel_device where channel_id = $1`, c.ID).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return v.keys.Open(devicePlace(c), sealed)
}

// SaveDevice implements whatsmeow.Vault.
func (v vault) SaveDevice(ctx context.Context, c channels.Channel, account string, device []byte) error {
	_, err := v.db.Direct(db.Pipeline).Exec(ctx, `insert into channel_device (channel_id, company_id, account, sealed) values ($1, $2, $3, $4)
		on conflict (channel_id) do update set account = excluded.account, sealed = excluded.sealed, updated_at = now()`,
		c.ID, c.Company, account, v.keys.Seal(devicePlace(c), device))
	return err
}

// DeleteDevice implements whatsmeow.Vault.
func (v vault) DeleteDevice(ctx context.Context, c channels.Channel) error {
	_, err := v.db.Direct(db.Pipeline).Exec(ctx, `delete from channel_device where channel_id = $1`, c.ID)
	return err
}

// allow refuses a number that another channel of the installation has.
func (v vault) allow(ctx context.Context, c channels.Channel, number string) error {
	var n int
	digits := strings.TrimLeft(number, "+")
	err := v.db.Direct(db.Pipeline).QueryRow(ctx, `select count(*) from channel_device where channel_id <> $1 and account ~ ('^' || $2 || '[:@.]')`, c.ID, digits).Scan(&n)
	if err == nil && n > 0 {
		err = errs.New(errs.Conflict, "session.number_taken")
	}
	return err
}

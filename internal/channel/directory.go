package channel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/seal"
)

// Opener completes a channel for those who speak to its platform: it opens the secret
// fields, reads the others and says where the platform finds us.
type Opener struct {
	Keys *seal.Keys
	Base string // public address of this installation; "" when none is known
}

// Open fills in Secrets and Hook and prepares the settings. sealed may be nil.
func (o Opener) Open(c *channels.Channel, sealed []byte) error {
	c.Hook = o.Hook(c.Kind, c.ID)
	c.Prepare()
	if sealed == nil {
		return nil
	}
	plain, err := o.Keys.Open(settingsPlace(c.ID), sealed)
	if err == nil {
		err = json.Unmarshal(plain, &c.Secrets)
	}
	if err != nil {
		return fmt.Errorf("the secrets of channel %s cannot be opened: %w", c.ID, err)
	}
	return nil
}

// Hook is the address at which a platform reaches a channel.
func (o Opener) Hook(k channels.Kind, c id.Channel) string {
	if o.Base == "" {
		return ""
	}
	return o.Base + "/hooks/" + string(k) + "/" + c.String()
}

func (o Opener) seal(c id.Channel, secrets map[string]string) []byte {
	if len(secrets) == 0 {
		return nil
	}
	b, _ := json.Marshal(secrets) // a map of strings always marshals
	return o.Keys.Seal(settingsPlace(c), b)
}

func settingsPlace(c id.Channel) string { return "channel settings " + c.String() }

// Directory finds channels for the doors and workers that serve all companies. What it
// returns is at most cacheFor old.
type Directory struct {
	db   *db.DB
	open Opener

	mu    sync.Mutex
	known map[string]entry
}

type entry struct {
	channel channels.Channel
	ok      bool
	at      time.Time
}

const (
	cacheFor     = 3 * time.Second
	maxKnown     = 10_000 // then it starts afresh
	directorySQL = `select id, company_id, kind, name, ref, settings, sealed_settings from channel where deleted_at is null and `
)

// NewDirectory makes a Directory.
func NewDirectory(d *db.DB, o Opener) *Directory {
	return &Directory{db: d, open: o, known: map[string]entry{}}
}

// ByID finds a channel that is in use; ok is false for none.
func (d *Directory) ByID(ctx context.Context, c id.Channel) (channels.Channel, bool, error) {
	return d.find(ctx, c.String(), `enabled and id = $1`, c)
}

// ByRef finds the channel of a kind with the platform's own reference. It is a
// channels.Lookup.
func (d *Directory) ByRef(ctx context.Context, k channels.Kind, ref string) (channels.Channel, bool, error) {
	return d.find(ctx, string(k)+" "+ref, `enabled and kind = $1 and ref = $2`, string(k), ref)
}

// Load finds a channel for those who know that it is there, be it in use or switched off.
func (d *Directory) Load(ctx context.Context, c id.Channel) (channels.Channel, error) {
	v, ok, err := d.find(ctx, c.String()+" even off", `id = $1`, c)
	if err == nil && !ok {
		err = fmt.Errorf("there is no channel %s", c)
	}
	return v, err
}

func (d *Directory) find(ctx context.Context, key, where string, args ...any) (channels.Channel, bool, error) {
	d.mu.Lock()
	e, hit := d.known[key]
	d.mu.Unlock()
	if hit && time.Since(e.at) < cacheFor {
		return e.channel, e.ok, nil
	}
	var c channels.Channel
	var sealed []byte
	err := d.db.Direct(db.Pipeline).QueryRow(ctx, directorySQL+where, args...).
		Scan(&c.ID, &c.Company, (*string)(&c.Kind), &c.Name, &c.Ref, &c.Settings, &sealed)
	ok := err == nil
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	} else if ok {
		err = d.open.Open(&c, sealed)
	}
	if err != nil {
		return c, false, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.known) >= maxKnown {
		clear(d.known)
	}
	d.known[key] = entry{c, ok, time.Now()}
	return c, ok, nil
}

// Forget makes the next look at a channel a fresh one, on this node.
func (d *Directory) Forget(c id.Channel) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for k, e := range d.known {
		if e.channel.ID == c || strings.HasPrefix(k, c.String()) {
			delete(d.known, k)
		}
	}
}

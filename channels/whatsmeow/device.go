package whatsmeow

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"

	"recado/channels"
)

// Vault keeps the keys of devices, sealed with a key that is not in the database: whoever
// has them can write in the shop's name. account is WhatsApp's own name of the device,
// "34600111222:7@s.whatsapp.net"; a second channel with the same account is an error.
type Vault interface {
	LoadDevice(ctx context.Context, c channels.Channel) (device []byte, err error) // nil, nil: none
	SaveDevice(ctx context.Context, c channels.Channel, account string, device []byte) error
	DeleteDevice(ctx context.Context, c channels.Channel) error // none is no error
}

// Schema is where the library keeps the state of its sessions.
const Schema = "whatsapp"

// Upgrade brings the library's tables up to date. db's connections must work in Schema
// (search_path) and belong to its owner. Several nodes may call it at once.
func Upgrade(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("whatsmeow: upgrade: %w", err)
	}
	defer conn.Close() //nolint:errcheck // back to the pool
	var schema sql.NullString
	if err := conn.QueryRowContext(ctx, "select current_schema()").Scan(&schema); err != nil {
		return fmt.Errorf("whatsmeow: upgrade: %w", err)
	}
	if schema.String != Schema {
		return fmt.Errorf("whatsmeow: upgrade: the connection works in schema %q, not in %q", schema.String, Schema)
	}
	const key = 7_301_202_612 // any number no other lock uses
	if _, err := conn.ExecContext(ctx, "select pg_advisory_lock($1)", int64(key)); err != nil {
		return fmt.Errorf("whatsmeow: upgrade: %w", err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", int64(key)) //nolint:errcheck // the connection's end frees it too
	if err := sqlstore.NewWithDB(db, "postgres", waLog.Noop).Upgrade(ctx); err != nil {
		return fmt.Errorf("whatsmeow: upgrade: %w", err)
	}
	return nil
}

// sealed is what goes to the Vault, as JSON.
type sealed struct {
	JID            types.JID `json:"jid"`
	LID            types.JID `json:"lid"`
	Registration   uint32    `json:"registration"`
	Noise          []byte    `json:"noise"`
	Identity       []byte    `json:"identity"`
	SignedKey      []byte    `json:"signed_key"`
	SignedKeyID    uint32    `json:"signed_key_id"`
	SignedKeySig   []byte    `json:"signed_key_sig"`
	Secret         []byte    `json:"secret"`
	Account        []byte    `json:"account"` // the phone's signature of this device, protobuf
	Platform       string    `json:"platform,omitempty"`
	BusinessName   string    `json:"business_name,omitempty"`
	PushName       string    `json:"push_name,omitempty"`
	LIDMigratedAt  int64     `json:"lid_migrated_at,omitempty"`
	CompanionNonce string    `json:"companion_nonce,omitempty"`
}

func encodeDevice(d *store.Device) ([]byte, error) {
	account, err := proto.Marshal(d.Account)
	if err != nil {
		return nil, err
	}
	return json.Marshal(sealed{
		JID: *d.ID, LID: d.LID, Registration: d.RegistrationID, Noise: d.NoiseKey.Priv[:], Identity: d.IdentityKey.Priv[:],
		SignedKey: d.SignedPreKey.Priv[:], SignedKeyID: d.SignedPreKey.KeyID, SignedKeySig: d.SignedPreKey.Signature[:],
		Secret: d.AdvSecretKey, Account: account, Platform: d.Platform, BusinessName: d.BusinessName, PushName: d.PushName,
		LIDMigratedAt: d.LIDMigrationTimestamp, CompanionNonce: d.CompanionMetaNonce,
	})
}

var errDevice = errors.New("whatsmeow: a device's keys cannot be read")

func decodeDevice(b []byte) (*store.Device, error) {
	var s sealed
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, errDevice // without the reason, which quotes the bytes
	}
	var account waAdv.ADVSignedDeviceIdentity
	if len(s.Noise) != 32 || len(s.Identity) != 32 || len(s.SignedKey) != 32 || len(s.SignedKeySig) != 64 || s.JID.IsEmpty() || proto.Unmarshal(s.Account, &account) != nil {
		return nil, errDevice
	}
	return &store.Device{
		ID: &s.JID, LID: s.LID, RegistrationID: s.Registration,
		NoiseKey:     keys.NewKeyPairFromPrivateKey([32]byte(s.Noise)),
		IdentityKey:  keys.NewKeyPairFromPrivateKey([32]byte(s.Identity)),
		SignedPreKey: &keys.PreKey{KeyPair: *keys.NewKeyPairFromPrivateKey([32]byte(s.SignedKey)), KeyID: s.SignedKeyID, Signature: (*[64]byte)(s.SignedKeySig)},
		AdvSecretKey: s.Secret, Account: &account, Platform: s.Platform, BusinessName: s.BusinessName, PushName: s.PushName,
		LIDMigrationTimestamp: s.LIDMigratedAt, CompanionMetaNonce: s.CompanionNonce,
	}, nil
}

// container keeps one channel's device: the keys in the Vault, and in the library's table a
// row with keys that open nothing, for its other tables refer to that row.
type container struct {
	a *Adapter
	c channels.Channel

	ratchet sync.Mutex // see oneAtATime

	mu   sync.Mutex
	gone bool // deleted; what is still on its way must neither bring it back nor delete its successor
}

// keeping is how long a change to a device may take. It is not cut short by the end of the
// session, which is when devices are deleted.
const keeping = 10 * time.Second

// PutDevice implements store.DeviceContainer.
func (k *container) PutDevice(ctx context.Context, d *store.Device) error {
	if d.ID == nil {
		return sqlstore.ErrDeviceIDMustBeSet
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.gone {
		return store.ErrDeviceDeleted
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keeping)
	defer cancel()
	if err := k.a.tables.PutDevice(ctx, stub(d)); err != nil {
		return err
	}
	b, err := encodeDevice(d)
	if err == nil {
		err = k.a.o.Vault.SaveDevice(ctx, k.c, d.ID.String(), b)
	}
	if err != nil {
		if !d.Initialized { // a pairing that is not to be
			_ = k.a.tables.DeleteDevice(ctx, d)
		}
		return err
	}
	if !d.Initialized {
		k.open(d)
	}
	return nil
}

// open gives a device its stores. Initialized keeps the library's container from taking over.
func (k *container) open(d *store.Device) {
	d.SetAllStores(sqlstore.NewSQLStore(k.a.tables, *d.ID))
	d.EventBuffer = oneAtATime{d.EventBuffer, &k.ratchet}
	d.LIDs, d.Container, d.Log, d.Initialized = k.a.tables.LIDMap, k, logger{k.a.log}, true
}

// oneAtATime keeps what comes from being decrypted while something is sent. Both take one
// step of the same record of keys, read it at their beginning and write it at their end; the
// library locks neither against the other, and the later write would undo the earlier step:
// the next message would use a key twice, and the phone would drop it as a repeat.
type oneAtATime struct {
	store.EventBuffer
	ratchet *sync.Mutex
}

// DoDecryptionTxn implements store.EventBuffer.
func (o oneAtATime) DoDecryptionTxn(ctx context.Context, fn func(context.Context) error) error {
	o.ratchet.Lock()
	defer o.ratchet.Unlock()
	return o.EventBuffer.DoDecryptionTxn(ctx, fn)
}

// stub is a device without its secrets, in the lengths that the table checks.
func stub(d *store.Device) *store.Device {
	nothing := keys.NewKeyPairFromPrivateKey([32]byte{1})
	s := *d
	s.NoiseKey, s.IdentityKey, s.AdvSecretKey, s.Initialized = nothing, nothing, make([]byte, 32), true
	s.SignedPreKey = &keys.PreKey{KeyPair: *nothing, KeyID: d.SignedPreKey.KeyID, Signature: d.SignedPreKey.Signature}
	return &s
}

// errDeleted is what the library hears when a device has been deleted. Told of success it
// would replace the device's stores, without a lock, under the hands of whoever is sending.
var errDeleted = errors.New("whatsmeow: the device is deleted, and its client is of no more use")

// DeleteDevice implements store.DeviceContainer. The library calls it when the owner takes
// the device off the account.
func (k *container) DeleteDevice(ctx context.Context, d *store.Device) error {
	if d.ID == nil {
		return sqlstore.ErrDeviceIDMustBeSet
	}
	if err := k.forget(ctx, *d.ID); err != nil {
		return err
	}
	return errDeleted
}

// forget deletes the channel's device. Doing it twice is harmless.
func (k *container) forget(ctx context.Context, jid types.JID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.gone {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keeping)
	defer cancel()
	err := errors.Join(k.a.o.Vault.DeleteDevice(ctx, k.c), k.a.tables.DeleteDevice(ctx, &store.Device{ID: &jid}))
	k.gone = err == nil
	return err
}

// load is the channel's device and who keeps it, nil when it has none.
func (a *Adapter) load(ctx context.Context, c channels.Channel) (*store.Device, *container, error) {
	b, err := a.o.Vault.LoadDevice(ctx, c)
	if err != nil || b == nil {
		return nil, nil, err
	}
	d, err := decodeDevice(b)
	if err != nil {
		return nil, nil, err
	}
	if err := a.tables.PutDevice(ctx, stub(d)); err != nil { // a restored database may lack the row
		return nil, nil, err
	}
	k := &container{a: a, c: c}
	k.open(d)
	return d, k, nil
}

// newDevice is a device that is yet to be paired.
func (a *Adapter) newDevice(c channels.Channel) *store.Device {
	d := a.tables.NewDevice()
	d.Container = &container{a: a, c: c}
	return d
}

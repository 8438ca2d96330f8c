package whatsapp

import (
	"context"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
)

// memory keeps a simulated phone's Signal state: what the protocol cannot do without. The
// rest, contacts and app state among it, is the library's store that keeps nothing.
type memory struct {
	store.NoopStore
	s *Server

	mu         sync.Mutex
	identities map[string][32]byte
	sessions   map[string][]byte
	preKeys    map[uint32]*keys.PreKey
	lastKey    uint32
	uploaded   int
}

// fewKeys is how many one-time keys a phone has; a real one has 812, for years.
const fewKeys = 30

// newPhoneDevice is device 0 of an account: the phone itself.
func newPhoneDevice(s *Server, a *account) *store.Device {
	m := &memory{s: s, identities: map[string][32]byte{}, sessions: map[string][]byte{}, preKeys: map[uint32]*keys.PreKey{}}
	jid := a.pn
	d := &store.Device{
		ID: &jid, LID: a.lid, PushName: a.name, Initialized: true,
		NoiseKey: keys.NewKeyPair(), IdentityKey: a.identity, RegistrationID: rand.Uint32() >> 1,
		Account:   &waAdv.ADVSignedDeviceIdentity{Details: []byte{}, AccountSignatureKey: a.identity.Pub[:], AccountSignature: make([]byte, 64), DeviceSignature: make([]byte, 64)},
		Container: m, LIDs: m,
	}
	d.SignedPreKey = d.IdentityKey.CreateSignedPreKey(1)
	d.SetAllStores(m)
	return d
}

func (m *memory) PutIdentity(_ context.Context, address string, key [32]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.identities[address] = key
	return nil
}

func (m *memory) DeleteAllIdentities(_ context.Context, phone string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.identities, func(a string, _ [32]byte) bool { return strings.HasPrefix(a, phone+":") })
	return nil
}

func (m *memory) DeleteIdentity(_ context.Context, address string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.identities, address)
	return nil
}

func (m *memory) IsTrustedIdentity(_ context.Context, address string, key [32]byte) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, ok := m.identities[address]
	return !ok || known == key, nil
}

func (m *memory) GetSession(_ context.Context, address string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sessions[address], nil
}

func (m *memory) HasSession(_ context.Context, address string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.sessions[address]
	return ok, nil
}

// GetManySessions gives nil for those there are none with, as the library's own store does.
func (m *memory) GetManySessions(_ context.Context, addresses []string) (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make(map[string][]byte, len(addresses))
	for _, a := range addresses {
		out[a] = m.sessions[a]
	}
	return out, nil
}

func (m *memory) PutSession(_ context.Context, address string, session []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions[address] = session
	return nil
}

func (m *memory) PutManySessions(_ context.Context, sessions map[string][]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.Copy(m.sessions, sessions)
	return nil
}

func (m *memory) DeleteAllSessions(_ context.Context, phone string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.sessions, func(a string, _ []byte) bool { return strings.HasPrefix(a, phone+":") })
	return nil
}

func (m *memory) DeleteSession(_ context.Context, address string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, address)
	return nil
}

func (m *memory) GetOrGenPreKeys(_ context.Context, count uint32) ([]*keys.PreKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]*keys.PreKey, min(count, fewKeys))
	for i := range out {
		out[i] = m.newKey()
	}
	return out, nil
}

func (m *memory) newKey() *keys.PreKey {
	m.lastKey++
	k := keys.NewPreKey(m.lastKey)
	m.preKeys[k.KeyID] = k
	return k
}

func (m *memory) GenOnePreKey(context.Context) (*keys.PreKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.newKey(), nil
}

func (m *memory) GetPreKey(_ context.Context, id uint32) (*keys.PreKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.preKeys[id], nil
}

func (m *memory) RemovePreKey(_ context.Context, id uint32) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.preKeys, id)
	m.uploaded--
	return nil
}

func (m *memory) MarkPreKeysAsUploaded(context.Context, uint32) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.uploaded = len(m.preKeys)
	return nil
}

func (m *memory) UploadedPreKeyCount(context.Context) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.uploaded, nil
}

// GetPrivacyToken says that whoever is written to has had a token just now, so that the library
// asks for none beside a message: when a line breaks it does not bear two requests at once.
func (m *memory) GetPrivacyToken(_ context.Context, user types.JID) (*store.PrivacyToken, error) {
	return &store.PrivacyToken{User: user, SenderTimestamp: time.Now()}, nil
}

// The numbers behind LIDs are looked up at the server itself.

func (m *memory) GetPNForLID(_ context.Context, lid types.JID) (types.JID, error) {
	return m.other(lid, func(a *account) types.JID { return a.pn }), nil
}

func (m *memory) GetLIDForPN(_ context.Context, pn types.JID) (types.JID, error) {
	return m.other(pn, func(a *account) types.JID { return a.lid }), nil
}

func (m *memory) GetManyLIDsForPNs(ctx context.Context, pns []types.JID) (map[types.JID]types.JID, error) {
	out := make(map[types.JID]types.JID, len(pns))
	for _, pn := range pns {
		out[pn], _ = m.GetLIDForPN(ctx, pn)
	}
	return out, nil
}

func (m *memory) other(j types.JID, of func(*account) types.JID) types.JID {
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	if a := m.s.accounts[j.User]; a != nil {
		return withDevice(of(a), j.Device)
	}
	return types.EmptyJID
}

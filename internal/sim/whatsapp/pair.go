package whatsapp

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
	"golang.org/x/crypto/curve25519"
	"google.golang.org/protobuf/proto"
)

// refs is how many QR codes a login socket gets; the client shows one after the other.
const refs = 6

// offer starts pairing on a socket. The lock is held.
func (s *Server) offer(c *conn) {
	list := make([]node, refs)
	for i := range list {
		ref := "2@" + rand.Text()
		s.pairing[ref] = c
		list[i] = node{Tag: "ref", Content: []byte(ref)}
	}
	c.send(node{Tag: "iq", Attrs: attrs{"id": s.next("pair"), "type": "set", "from": types.ServerJID, "xmlns": "md"},
		Content: []node{{Tag: "pair-device", Content: list}}})
}

// ErrCode is returned for a QR or pairing code that nobody is showing.
var ErrCode = errors.New("whatsapp: this code is not valid any more")

// Scan plays the owner who scans a QR code with the phone of this number, which is on from
// then: it keeps what customers write, and its companions may ask it for that.
func (s *Server) Scan(code, number string) error {
	if digits(number) == "" {
		return fmt.Errorf("whatsapp: %q is no number", number)
	}
	_, data, _ := strings.Cut(code, "#")
	parts := strings.Split(data, ",")
	if len(parts) < 4 {
		return ErrCode
	}
	var raw [3][]byte
	for i := range raw {
		b, err := base64.StdEncoding.DecodeString(parts[i+1])
		if err != nil || len(b) != 32 {
			return ErrCode
		}
		raw[i] = b
	}
	shown := func() *conn {
		if c := s.pairing[parts[0]]; c != nil && bytes.Equal(c.noise, raw[0]) {
			return c
		}
		return nil
	}
	s.mu.Lock()
	c := shown()
	s.mu.Unlock()
	if c == nil {
		return ErrCode
	}
	if err := s.switchOn(number); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c = shown(); c == nil {
		return ErrCode
	}
	return s.vouch(c, s.account(number), raw[1], raw[2])
}

// switchOn switches on the phone of a number.
func (s *Server) switchOn(number string) error {
	ctx, cancel := context.WithTimeout(s.ctx, 10*time.Second)
	defer cancel()
	_, err := s.phone(ctx, number, "")
	return err
}

// vouch signs a companion's identity with the phone's and tells the companion that it is
// paired; it becomes a device when it has signed in turn. The lock is held.
func (s *Server) vouch(c *conn, a *account, companion, secret []byte) error {
	a.business = true
	a.last++
	d := &device{account: a, number: a.last, noise: c.noise}
	d.takeKeys(c.pairing)
	c.joining = d
	details, err := proto.Marshal(&waAdv.ADVDeviceIdentity{
		RawID: proto.Uint32(1), Timestamp: proto.Uint64(uint64(time.Now().Unix())), KeyIndex: proto.Uint32(uint32(d.number)),
	})
	if err != nil {
		return err
	}
	sig := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*a.identity.Priv), slices.Concat(whatsmeow.AdvAccountSignaturePrefix, details, companion))
	signed, err := proto.Marshal(&waAdv.ADVSignedDeviceIdentity{Details: details, AccountSignatureKey: a.identity.Pub[:], AccountSignature: sig[:]})
	if err != nil {
		return err
	}
	h := hmac.New(sha256.New, secret)
	h.Write(signed)
	sealed, err := proto.Marshal(&waAdv.ADVSignedDeviceIdentityHMAC{Details: signed, HMAC: h.Sum(nil)})
	if err != nil {
		return err
	}
	c.send(node{Tag: "iq", Attrs: attrs{"id": s.next("paired"), "type": "set", "from": types.ServerJID, "t": now()},
		Content: []node{{Tag: "pair-success", Content: []node{
			{Tag: "device-identity", Content: sealed},
			{Tag: "biz", Attrs: attrs{"name": a.name}},
			{Tag: "device", Attrs: attrs{"jid": d.jid(), "lid": d.lid()}},
			{Tag: "platform", Attrs: attrs{"name": "android"}},
		}}}})
	return nil
}

// joined ends a pairing: with ok the companion is a device from now on and logs in anew.
func (s *Server) joined(c *conn, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := c.joining
	c.joining = nil
	if d == nil {
		return
	}
	if ok {
		d.account.devices[d.number] = d
		s.devicesChanged(d.account)
		c.send(node{Tag: "stream:error", Attrs: attrs{"code": "515"}})
	}
	c.finish()
}

// codePairing is a companion that shows a pairing code instead of a QR code.
type codePairing struct {
	conn      *conn
	number    string
	ref       []byte
	wrapped   []byte // the companion's ephemeral key, under the code
	ephemeral *keys.KeyPair
	companion []byte // the same, once the code has been entered
}

// hello notes a companion that wants to pair with a code and gives it a reference.
func (s *Server) hello(c *conn, iq *node, reg node) {
	wrapped, _ := reg.GetChildByTag("link_code_pairing_wrapped_companion_ephemeral_pub").Content.([]byte)
	jid, _ := reg.Attrs["jid"].(types.JID)
	display := contentString(reg.GetChildByTag("companion_platform_display"))
	if len(wrapped) != 80 || digits(jid.User) == "" || !strings.HasSuffix(display, ")") || !strings.Contains(display, " (") {
		c.refuse(iq, "400", "bad-request")
		return
	}
	ref := rand.Text()
	s.mu.Lock()
	s.codes[digits(jid.User)] = &codePairing{conn: c, number: digits(jid.User), ref: []byte(ref), wrapped: wrapped}
	s.mu.Unlock()
	c.result(iq, node{Tag: "link_code_companion_reg", Attrs: attrs{"stage": "companion_hello"},
		Content: []node{{Tag: "link_code_pairing_ref", Content: []byte(ref)}}})
}

// Enter plays the owner who types a pairing code into the phone of this number, which is on
// from then, as with Scan.
func (s *Server) Enter(code, number string) error {
	s.mu.Lock()
	p := s.codes[digits(number)]
	s.mu.Unlock()
	if p == nil {
		return ErrCode
	}
	if err := s.switchOn(number); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	code = strings.ReplaceAll(strings.ToUpper(code), "-", "")
	var err error
	if p.companion, err = underCode(code, p.wrapped[:32], p.wrapped[32:48], p.wrapped[48:]); err != nil {
		return err
	}
	p.ephemeral = keys.NewKeyPair()
	salt, iv := make([]byte, 32), make([]byte, 16)
	_, _ = rand.Read(salt)
	_, _ = rand.Read(iv)
	wrapped, err := underCode(code, salt, iv, p.ephemeral.Pub[:])
	if err != nil {
		return err
	}
	p.conn.send(node{Tag: "notification", Attrs: attrs{"from": types.ServerJID, "type": "link_code_companion_reg", "id": s.next("code"), "t": now()},
		Content: []node{{Tag: "link_code_companion_reg", Attrs: attrs{"stage": "primary_hello"}, Content: []node{
			{Tag: "link_code_pairing_ref", Content: p.ref},
			{Tag: "link_code_pairing_wrapped_primary_ephemeral_pub", Content: slices.Concat(salt, iv, wrapped)},
			{Tag: "primary_identity_pub", Content: s.account(number).identity.Pub[:]},
		}}}})
	return nil
}

// underCode wraps and unwraps a key with the eight letters that the owner types.
func underCode(code string, salt, iv, key []byte) ([]byte, error) {
	k, err := pbkdf2.Key(sha256.New, code, salt, 2<<16, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(key))
	cipher.NewCTR(block, iv).XORKeyStream(out, key)
	return out, nil
}

// complete reads what the companion sealed for the phone. A wrong code shows here: the keys differ.
func (s *Server) complete(c *conn, iq *node, reg node) {
	bundle, _ := reg.GetChildByTag("link_code_pairing_wrapped_key_bundle").Content.([]byte)
	jid, _ := reg.Attrs["jid"].(types.JID)
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.codes[digits(jid.User)]
	if p == nil || p.conn != c || p.ephemeral == nil {
		c.refuse(iq, "404", "item-not-found")
		return
	}
	delete(s.codes, p.number)
	a := s.account(p.number)
	companion, secret, err := p.open(a, bundle)
	if err != nil {
		c.refuse(iq, "400", "bad-request")
		return
	}
	c.result(iq)
	if s.vouch(c, a, companion, secret) != nil {
		c.finish()
	}
}

func (p *codePairing) open(a *account, bundle []byte) (companion, secret []byte, err error) {
	if len(bundle) < 32+12+96+16 {
		return nil, nil, ErrCode
	}
	shared, err := curve25519.X25519(p.ephemeral.Priv[:], p.companion)
	if err != nil {
		return nil, nil, err
	}
	key, err := hkdf.Key(sha256.New, shared, bundle[:32], "link_code_pairing_key_bundle_encryption_key", 32)
	if err != nil {
		return nil, nil, err
	}
	aead, err := gcm(key)
	if err != nil {
		return nil, nil, err
	}
	plain, err := aead.Open(nil, bundle[32:44], bundle[44:], nil)
	if err != nil || len(plain) != 96 {
		return nil, nil, ErrCode
	}
	companion = plain[:32]
	identities, err := curve25519.X25519(a.identity.Priv[:], companion)
	if err != nil {
		return nil, nil, err
	}
	secret, err = hkdf.Key(sha256.New, slices.Concat(shared, identities, plain[64:]), nil, "adv_secret", 32)
	return companion, secret, err
}

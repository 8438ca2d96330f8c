package whatsapp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"go.mau.fi/libsignal/ecc"
	signal "go.mau.fi/libsignal/logger"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCert"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/socket"
	"go.mau.fi/whatsmeow/util/keys"
	"golang.org/x/crypto/curve25519"
	"google.golang.org/protobuf/proto"
)

// authority is the simulated root of trust. The client library pins WhatsApp's in a
// variable, so there is one for all simulators of a process and it is put in place once,
// before any client has been made.
var authority = sync.OnceValue(func() *keys.KeyPair {
	ca := keys.NewKeyPair()
	whatsmeow.WACertPubKey = *ca.Pub
	return ca
})

// The cryptographic library makes its logger at the first line, without a lock.
func init() {
	var none signal.Loggable = silence{}
	signal.Setup(&none)
}

type silence struct{}

func (silence) Debug(string, string)   {}
func (silence) Info(string, string)    {}
func (silence) Warning(string, string) {}
func (silence) Error(string, string)   {}
func (silence) Configure(string)       {}

// identity is what a server proves itself by: a static key and the chain that signs it.
type identity struct {
	static *keys.KeyPair
	chain  []byte
}

func newIdentity() (identity, error) {
	inter, static := keys.NewKeyPair(), keys.NewKeyPair()
	first, err := certify(1, 0, inter, authority())
	if err != nil {
		return identity{}, err
	}
	second, err := certify(2, 1, static, inter)
	if err != nil {
		return identity{}, err
	}
	chain, err := proto.Marshal(&waCert.CertChain{Intermediate: first, Leaf: second})
	return identity{static, chain}, err
}

func certify(serial, issuer uint32, subject, signer *keys.KeyPair) (*waCert.CertChain_NoiseCertificate, error) {
	now := time.Now()
	details, err := proto.Marshal(&waCert.CertChain_NoiseCertificate_Details{
		Serial: &serial, IssuerSerial: &issuer, Key: subject.Pub[:],
		NotBefore: proto.Uint64(uint64(now.Add(-time.Hour).Unix())),
		NotAfter:  proto.Uint64(uint64(now.AddDate(10, 0, 0).Unix())),
	})
	if err != nil {
		return nil, err
	}
	sig := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*signer.Priv), details)
	return &waCert.CertChain_NoiseCertificate{Details: details, Signature: sig[:]}, nil
}

// noise is the responder's side of Noise_XX_25519_AESGCM_SHA256 (noiseprotocol.org,
// revision 34), in which the library is always the initiator.
type noise struct {
	hash, salt []byte
	key        cipher.AEAD
	count      uint32
}

func gcm(key []byte) (cipher.AEAD, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(b)
}

func nonce(n uint32) []byte {
	b := make([]byte, 12)
	binary.BigEndian.PutUint32(b[8:], n)
	return b
}

func (n *noise) authenticate(data []byte) {
	sum := sha256.Sum256(append(append([]byte{}, n.hash...), data...))
	n.hash = sum[:]
}

func (n *noise) expand(secret []byte) (a, b []byte, err error) {
	out, err := hkdf.Key(sha256.New, secret, n.salt, "", 64)
	if err != nil {
		return nil, nil, err
	}
	return out[:32], out[32:], nil
}

func (n *noise) mix(priv, pub []byte) error {
	secret, err := curve25519.X25519(priv, pub)
	if err != nil {
		return err
	}
	var key []byte
	if n.salt, key, err = n.expand(secret); err != nil {
		return err
	}
	n.key, err = gcm(key)
	n.count = 0
	return err
}

func (n *noise) encrypt(plain []byte) []byte {
	out := n.key.Seal(nil, nonce(n.count), plain, n.hash)
	n.count++
	n.authenticate(out)
	return out
}

func (n *noise) decrypt(sealed []byte) ([]byte, error) {
	plain, err := n.key.Open(nil, nonce(n.count), sealed, n.hash)
	n.count++
	n.authenticate(sealed)
	return plain, err
}

// hello is what a client says of itself in the handshake.
type hello struct {
	static  []byte // its noise key
	payload *waWa6.ClientPayload
}

var errHandshake = errors.New("whatsapp: the handshake is wrong")

// handshake answers a client and leaves the two keys of the connection.
func handshake(id identity, read func() ([]byte, error), write func([]byte) error) (in, out cipher.AEAD, who hello, err error) {
	pattern := []byte(socket.NoiseStartPattern)
	n := &noise{hash: pattern, salt: pattern}
	n.authenticate(socket.WAConnHeader)
	first, err := readHandshake(read)
	if err != nil {
		return nil, nil, who, err
	}
	theirs := first.GetClientHello().GetEphemeral()
	if len(theirs) != 32 {
		return nil, nil, who, errHandshake
	}
	ours := keys.NewKeyPair()
	n.authenticate(theirs)
	n.authenticate(ours.Pub[:])
	if err = n.mix(ours.Priv[:], theirs); err != nil {
		return nil, nil, who, err
	}
	static := n.encrypt(id.static.Pub[:])
	if err = n.mix(id.static.Priv[:], theirs); err != nil {
		return nil, nil, who, err
	}
	reply, err := proto.Marshal(&waWa6.HandshakeMessage{ServerHello: &waWa6.HandshakeMessage_ServerHello{
		Ephemeral: ours.Pub[:], Static: static, Payload: n.encrypt(id.chain),
	}})
	if err != nil {
		return nil, nil, who, err
	}
	if err = write(reply); err != nil {
		return nil, nil, who, err
	}
	last, err := readHandshake(read)
	if err != nil {
		return nil, nil, who, err
	}
	if who.static, err = n.decrypt(last.GetClientFinish().GetStatic()); err != nil {
		return nil, nil, who, err
	}
	if err = n.mix(ours.Priv[:], who.static); err != nil {
		return nil, nil, who, err
	}
	payload, err := n.decrypt(last.GetClientFinish().GetPayload())
	if err != nil {
		return nil, nil, who, err
	}
	who.payload = new(waWa6.ClientPayload)
	if err = proto.Unmarshal(payload, who.payload); err != nil {
		return nil, nil, who, err
	}
	a, b, err := n.expand(nil)
	if err != nil {
		return nil, nil, who, err
	}
	if in, err = gcm(a); err != nil {
		return nil, nil, who, err
	}
	out, err = gcm(b)
	return in, out, who, err
}

func readHandshake(read func() ([]byte, error)) (*waWa6.HandshakeMessage, error) {
	frame, err := read()
	if err != nil {
		return nil, err
	}
	m := new(waWa6.HandshakeMessage)
	return m, proto.Unmarshal(frame, m)
}

package commerce

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"recado/internal/id"
)

// Links are addresses at which whoever has them sees one cart. They carry company, cart and
// a signature, so that they need no table and cannot be guessed.
type Links struct {
	Key  []byte // of its own purpose
	Base string // public address of this installation; "" gives a path
}

// CartPath is where carts are shown; the page's handler stands below it.
const CartPath = "/cart/"

// Cart is the address of a cart.
func (l Links) Cart(c id.Company, cart id.Cart) string {
	b := append(append([]byte{}, c[:]...), cart[:]...)
	return l.Base + CartPath + base64.RawURLEncoding.EncodeToString(append(b, l.sign(b)...))
}

// Read tells which cart the last part of an address means; ok is false for one that Cart
// did not make.
func (l Links) Read(token string) (c id.Company, cart id.Cart, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimSuffix(token, "/"))
	if err != nil || len(b) != 48 || !hmac.Equal(b[32:], l.sign(b[:32])) {
		return c, cart, false
	}
	copy(c[:], b)
	copy(cart[:], b[16:])
	return c, cart, true
}

func (l Links) sign(b []byte) []byte {
	m := hmac.New(sha256.New, l.Key)
	m.Write(b)
	return m.Sum(nil)[:16]
}

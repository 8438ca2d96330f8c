// Package id gives every noun its own identifier type, so that a contact's id
// cannot be passed where a conversation's is wanted: the mistake does not compile.
//
// All of them are UUIDv7 (RFC 9562 section 5.7): they sort by creation time, which
// keeps B-tree inserts at the right edge and lets the message ledger be partitioned
// by time on its own primary key.
package id

import (
	"crypto/rand"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// ID is a UUID that remembers at compile time what it names. The zero value means "none".
type ID[K any] [16]byte

// The nouns. Each tag type is unexported: an id can only be made for a noun listed here.
type (
	company      struct{}
	user         struct{}
	session      struct{}
	channel      struct{}
	contact      struct{}
	conversation struct{}
	message      struct{}
	bot          struct{}
	rule         struct{}
	faq          struct{}
	label        struct{}
	file         struct{}
	template     struct{}
	pass         struct{}
	flow         struct{}
	run          struct{}
	event        struct{}
	team         struct{}
	product      struct{}
	order        struct{}
	cart         struct{}

	Company      = ID[company]
	User         = ID[user] // a person who signs in; a member is a user within one company
	Session      = ID[session]
	Channel      = ID[channel] // one configured number, page or widget; also its outbound lane
	Contact      = ID[contact]
	Conversation = ID[conversation]
	Message      = ID[message]
	Bot          = ID[bot]
	Rule         = ID[rule]
	FAQ          = ID[faq]
	Label        = ID[label]
	File         = ID[file]
	Template     = ID[template]
	Pass         = ID[pass] // an offer to go on at another number
	Flow         = ID[flow]
	Run          = ID[run]   // one contact's way through a flow
	Event        = ID[event] // something told to a conversation's flows
	Team         = ID[team]
	Product      = ID[product]
	Order        = ID[order]
	Cart         = ID[cart]
)

// New returns a fresh id, for example id.New[id.Message](). It never fails: crypto/rand
// aborts the process when the system has no randomness.
func New[T ~[16]byte]() T { return NewAt[T](time.Now()) }

// NewAt is New as of time t, for what is told of the past.
func NewAt[T ~[16]byte](t time.Time) T {
	var b [16]byte
	_, _ = rand.Read(b[6:])
	putTime(&b, t)
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return T(b)
}

// At is the smallest id of time t. The ledger's partitions begin and end at such ids.
func At[T ~[16]byte](t time.Time) T {
	var b [16]byte
	putTime(&b, t)
	return T(b)
}

func putTime(b *[16]byte, t time.Time) {
	ms := uint64(t.UnixMilli())
	binary.BigEndian.PutUint16(b[0:], uint16(ms>>32))
	binary.BigEndian.PutUint32(b[2:], uint32(ms))
}

var errSyntax = errors.New("want a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057")

// Parse reads the canonical 36-character form, upper or lower case.
func Parse[T ~[16]byte](s string) (T, error) {
	var b [16]byte
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return T(b), errSyntax
	}
	var packed [32]byte
	n := 0
	for i := range 36 {
		if s[i] != '-' && n < 32 {
			packed[n] = s[i]
			n++
		}
	}
	if _, err := hex.Decode(b[:], packed[:]); err != nil {
		return T([16]byte{}), errSyntax
	}
	return T(b), nil
}

// IsZero reports whether the id names nothing; encoding/json's omitzero uses it.
func (i ID[K]) IsZero() bool { return i == ID[K]{} }

// Time is the creation time carried by a UUIDv7, to the millisecond.
func (i ID[K]) Time() time.Time {
	ms := uint64(binary.BigEndian.Uint16(i[0:]))<<32 | uint64(binary.BigEndian.Uint32(i[2:]))
	return time.UnixMilli(int64(ms)).UTC()
}

func (i ID[K]) String() string {
	b, _ := i.MarshalText()
	return string(b)
}

// MarshalText writes the canonical lower-case form.
func (i ID[K]) MarshalText() ([]byte, error) {
	var out [36]byte
	hex.Encode(out[0:], i[0:4])
	out[8] = '-'
	hex.Encode(out[9:], i[4:6])
	out[13] = '-'
	hex.Encode(out[14:], i[6:8])
	out[18] = '-'
	hex.Encode(out[19:], i[8:10])
	out[23] = '-'
	hex.Encode(out[24:], i[10:16])
	return out[:], nil
}

// UnmarshalText reads the canonical form; the empty string is the zero id.
func (i *ID[K]) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*i = ID[K]{}
		return nil
	}
	v, err := Parse[ID[K]](string(b))
	if err != nil {
		return err
	}
	*i = v
	return nil
}

// Value stores the zero id as NULL.
func (i ID[K]) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil
	}
	return i.String(), nil
}

// Scan reads NULL as the zero id.
func (i *ID[K]) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = ID[K]{}
		return nil
	case string:
		return i.UnmarshalText([]byte(v))
	case []byte:
		if len(v) == 16 {
			copy(i[:], v)
			return nil
		}
		return i.UnmarshalText(v)
	case [16]byte:
		*i = v
		return nil
	}
	return fmt.Errorf("id: cannot read %T", src)
}

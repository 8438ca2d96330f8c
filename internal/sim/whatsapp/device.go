package whatsapp

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/types"
)

// device is one of an account's: the phone (0) or a companion.
type device struct {
	account *account
	number  uint16
	noise   []byte // the key it logs in with; nil: any
	keys    bundle
	conn    *conn
	deaf    bool
	garble  bool        // damage the next message
	mute    bool        // deliver nothing
	pending []*delivery // sent or to be sent, and not acknowledged
	last    *node       // last message
}

// bundle is what others need to write to a device. One-time keys are kept as the three
// bytes of their id and the 32 of the key: there are 812 of them for each device.
type bundle struct {
	registration, identity []byte
	signed                 node
	oneTime                [][35]byte
}

// delivery is a stanza on its way to a device.
type delivery struct {
	n     node
	sent  bool
	taken func() // called, under the lock, when it has been acknowledged; may be nil
}

func (d *device) jid() types.JID { return withDevice(d.account.pn, d.number) }
func (d *device) lid() types.JID { return withDevice(d.account.lid, d.number) }

func withDevice(j types.JID, n uint16) types.JID { j.Device = n; return j }

// takeKeys takes the keys a companion shows when it pairs; one-time keys follow later.
func (d *device) takeKeys(reg *waWa6.ClientPayload_DevicePairingRegistrationData) {
	d.keys.registration, d.keys.identity = reg.GetERegid(), reg.GetEIdent()
	d.keys.signed = node{Tag: "skey", Content: []node{
		{Tag: "id", Content: reg.GetESkeyID()}, {Tag: "value", Content: reg.GetESkeyVal()}, {Tag: "signature", Content: reg.GetESkeySig()},
	}}
}

func now() string { return strconv.FormatInt(time.Now().Unix(), 10) }

// admit lets a socket pair or log in, or tells it why not.
func (s *Server) admit(c *conn, p *waWa6.ClientPayload) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.outdated && p.GetDevice() != 0 || s.outdated && p.DevicePairingData != nil {
		c.send(node{Tag: "failure", Attrs: attrs{"reason": "405"}})
		return false
	}
	if p.DevicePairingData != nil {
		c.pairing = p.DevicePairingData
		s.offer(c)
		return true
	}
	a := s.accounts[strconv.FormatUint(p.GetUsername(), 10)]
	if a == nil || a.devices[uint16(p.GetDevice())] == nil {
		c.send(node{Tag: "failure", Attrs: attrs{"reason": "401", "location": "sim"}})
		return false
	}
	d := a.devices[uint16(p.GetDevice())]
	if d.noise != nil && !bytes.Equal(d.noise, c.noise) {
		c.send(node{Tag: "failure", Attrs: attrs{"reason": "401", "location": "sim"}})
		return false
	}
	if a.banned != 0 && d.number != 0 {
		c.send(a.ban())
		return false
	}
	if d.conn != nil {
		d.end(replaced)
	}
	c.device, d.conn = d, c
	if d.deaf {
		return true
	}
	c.send(node{Tag: "success", Attrs: attrs{"t": now(), "lid": d.lid()}})
	for _, m := range d.pending {
		m.sent = true
		c.send(m.n)
	}
	c.send(node{Tag: "ib", Attrs: attrs{"from": types.ServerJID}, Content: []node{{Tag: "offline", Attrs: attrs{"count": strconv.Itoa(len(d.pending))}}}})
	return true
}

// gone clears up after a socket; what it did not acknowledge comes again with the next.
func (s *Server) gone(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ref, other := range s.pairing {
		if other == c {
			delete(s.pairing, ref)
		}
	}
	for number, p := range s.codes {
		if p.conn == c {
			delete(s.codes, number)
		}
	}
	if c.device != nil && c.device.conn == c {
		c.device.conn = nil
		for _, m := range c.device.pending {
			m.sent = false
		}
	}
}

// deliver hands a stanza to a device, now or when it comes back, until it is acknowledged.
// The lock is held.
func (s *Server) deliver(d *device, n node) *delivery {
	if n.Tag == "message" {
		kept := n
		d.last = &kept
		if d.garble {
			d.garble = false
			n = damaged(n)
		}
	}
	m := &delivery{n: n}
	d.pending = append(d.pending, m)
	if d.conn != nil && !d.deaf && !d.mute {
		m.sent = true
		d.conn.send(n)
	}
	return m
}

// damaged is a message whose ciphertext has a byte changed.
func damaged(n node) node {
	children := slices.Clone(n.GetChildren())
	for i, child := range children {
		if b, ok := child.Content.([]byte); ok && child.Tag == "enc" {
			b = slices.Clone(b)
			b[len(b)/2] ^= 1
			children[i].Content = b
		}
	}
	n.Content = children
	return n
}

// tell hands over what need not survive, such as somebody typing. The lock is held.
func (s *Server) tell(d *device, n node) {
	if d.conn != nil && !d.deaf {
		d.conn.send(n)
	}
}

// acknowledged forgets a stanza that a device has taken. The lock is held.
func (d *device) acknowledged(class string, id, from any) {
	same := func(m *delivery) bool {
		return m.sent && m.n.Tag == class && m.n.Attrs["id"] == id && fmt.Sprint(m.n.Attrs["from"]) == fmt.Sprint(from)
	}
	if i := slices.IndexFunc(d.pending, same); i >= 0 {
		taken := d.pending[i].taken
		d.pending = slices.Delete(d.pending, i, i+1)
		if taken != nil {
			taken()
		}
	}
}

// upload takes a device's key bundle.
func (d *device) upload(n *node) error {
	get := func(tag string) []byte { b, _ := n.GetChildByTag(tag).Content.([]byte); return b }
	k := bundle{registration: get("registration"), identity: get("identity"), signed: n.GetChildByTag("skey"), oneTime: d.keys.oneTime}
	if len(k.registration) != 4 || len(k.identity) != 32 || k.signed.Tag != "skey" {
		return errStanza
	}
	list := n.GetChildByTag("list")
	for _, key := range list.GetChildren() {
		id, _ := key.GetChildByTag("id").Content.([]byte)
		value, _ := key.GetChildByTag("value").Content.([]byte)
		if len(id) != 3 || len(value) != 32 {
			return errStanza
		}
		k.oneTime = append(k.oneTime, [35]byte(append(slices.Clone(id), value...)))
	}
	d.keys = k
	return nil
}

// take gives out a device's bundle with one of its one-time keys, while there are any.
func (d *device) take(jid types.JID) node {
	content := []node{
		{Tag: "registration", Content: d.keys.registration}, {Tag: "type", Content: []byte{5}}, {Tag: "identity", Content: d.keys.identity},
	}
	if n := len(d.keys.oneTime); n > 0 {
		key := d.keys.oneTime[0]
		d.keys.oneTime = d.keys.oneTime[1:]
		content = append(content, node{Tag: "key", Content: []node{{Tag: "id", Content: key[:3]}, {Tag: "value", Content: key[3:]}}})
	}
	return node{Tag: "user", Attrs: attrs{"jid": jid}, Content: append(content, d.keys.signed)}
}

func contentString(n waBinary.Node) string {
	switch c := n.Content.(type) {
	case []byte:
		return string(c)
	case string:
		return c
	}
	return ""
}

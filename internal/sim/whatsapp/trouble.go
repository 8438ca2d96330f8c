package whatsapp

import (
	"strconv"

	"go.mau.fi/whatsmeow/types"
)

// banned tells how long a ban of Ban lasts, in seconds.
const banned = 3600

// Drop cuts the sockets of a business's companions.
func (s *Server) Drop(number string) {
	s.each(number, func(_ *account, d *device) {
		if d.conn != nil {
			d.conn.cut()
		}
	})
}

// DropAll cuts the sockets of all companions at once, as a restart of WhatsApp's does.
func (s *Server) DropAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		for _, d := range a.companions() {
			if d.conn != nil {
				d.conn.cut()
			}
		}
	}
}

// Deafen makes the sockets of a business's companions swallow everything without an answer,
// also those that connect later; off makes them hear again.
func (s *Server) Deafen(number string, on bool) {
	s.each(number, func(_ *account, d *device) { d.deaf = on })
}

// Ban bans a number for an hour, for a reason as WhatsApp counts them (101: wrote to too
// many strangers); 0 lifts the ban.
func (s *Server) Ban(number string, reason int) {
	s.mu.Lock()
	a := s.accounts[digits(number)]
	if a != nil {
		a.banned = reason
	}
	s.mu.Unlock()
	if a == nil || reason == 0 {
		return
	}
	s.each(number, func(a *account, d *device) { d.end(a.ban()) })
}

func (a *account) ban() node {
	return node{Tag: "failure", Attrs: attrs{"reason": "402", "code": strconv.Itoa(a.banned), "expire": strconv.Itoa(banned)}}
}

// Outdated makes the server refuse clients as too old; off makes it take them again.
func (s *Server) Outdated(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outdated = on
	if !on {
		return
	}
	for _, a := range s.accounts {
		for _, d := range a.companions() {
			d.end(node{Tag: "failure", Attrs: attrs{"reason": "405"}})
		}
	}
}

// Replace tells a business's companions that the same device has logged in elsewhere.
func (s *Server) Replace(number string) {
	s.each(number, func(_ *account, d *device) { d.end(replaced) })
}

var replaced = node{Tag: "stream:error", Attrs: attrs{}, Content: []node{{Tag: "conflict", Attrs: attrs{"type": "replaced"}}}}

// LogOut takes the companions off a business's account, as its owner does on the phone.
func (s *Server) LogOut(number string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[digits(number)]; a != nil {
		for _, d := range a.companions() {
			s.remove(d)
		}
	}
}

// remove takes a companion off its account. The lock is held.
func (s *Server) remove(d *device) {
	delete(d.account.devices, d.number)
	d.end(node{Tag: "stream:error", Attrs: attrs{"code": "401"}, Content: []node{{Tag: "conflict", Attrs: attrs{"type": "device_removed"}}}})
	s.devicesChanged(d.account)
}

// end tells a connected device why its session is over and closes the socket.
func (d *device) end(why node) {
	if d.conn != nil {
		d.conn.send(why)
		d.conn.finish()
	}
}

// Redeliver sends a business's companions the last message again, ciphertext and all, as
// the server does when an acknowledgement got lost.
func (s *Server) Redeliver(number string) {
	s.each(number, func(_ *account, d *device) {
		if d.last != nil {
			s.deliver(d, *d.last)
		}
	})
}

// Garble makes the next message to a business's companions arrive damaged.
func (s *Server) Garble(number string) {
	s.each(number, func(_ *account, d *device) { d.garble = true })
}

// GarbleTo makes the next message to a customer's phone arrive damaged.
func (s *Server) GarbleTo(customer string) { s.phoneOf(customer, func(d *device) { d.garble = true }) }

// Mute keeps everything from a customer's phone but the answers to its own; off lets it
// through, also what has waited.
func (s *Server) Mute(customer string, on bool) {
	s.phoneOf(customer, func(d *device) {
		d.mute = on
		if !on && d.conn != nil {
			for _, m := range d.pending {
				if !m.sent {
					m.sent = true
					d.conn.send(m.n)
				}
			}
		}
	})
}

func (s *Server) phoneOf(customer string, do func(*device)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[digits(customer)]; a != nil && a.devices[0] != nil {
		do(a.devices[0])
	}
}

// Companions is how many devices are paired to a business's account.
func (s *Server) Companions(number string) (n int) {
	s.each(number, func(*account, *device) { n++ })
	return n
}

// Forget throws away what waits for a business's companions, as the server does with a
// device that was away too long.
func (s *Server) Forget(number string) {
	s.each(number, func(_ *account, d *device) { d.pending = nil })
}

// devicesChanged tells everybody who has asked that an account's device list is another now.
func (s *Server) devicesChanged(of *account) {
	for d := range of.watchers {
		for _, from := range []types.JID{of.pn, of.lid} {
			s.deliver(d, node{Tag: "notification",
				Attrs:   attrs{"from": from, "type": "devices", "id": s.next("dev"), "t": now()},
				Content: []node{{Tag: "update", Attrs: attrs{"device_hash": "0"}, Content: []node{{Tag: "device", Attrs: attrs{"jid": from}}}}}})
		}
	}
}

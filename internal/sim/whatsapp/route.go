package whatsapp

import (
	"time"

	"go.mau.fi/whatsmeow/types"

	"recado/internal/sim"
)

// slow is how long sim.Slow takes.
const slow = 300 * time.Millisecond

// message routes one message, or fails as the mood is.
func (s *Server) message(c *conn, n *node) {
	fault := sim.OK
	_, fanned := n.GetOptionalChildByTag("participants")
	if c.device.number != 0 && fanned { // the business writes; retries and requests to its phone pass
		fault = s.faults.Draw()
	}
	switch fault {
	case sim.Busy:
		c.ack(n, "429")
	case sim.Broken:
		c.ack(n, "500")
	case sim.Rejected, sim.OptedOut, sim.Closed:
		c.ack(n, "479")
	case sim.Revoked:
		s.mu.Lock()
		s.remove(c.device)
		s.mu.Unlock()
	case sim.Unplugged:
		c.cut()
	case sim.Slow:
		time.AfterFunc(slow, func() { s.route(c, n, func() { c.ack(n, "") }) })
	case sim.Hang:
		s.route(c, n, nil)
	case sim.HalfBody:
		s.route(c, n, nil)
		c.cut()
	case sim.BrokenLate:
		s.route(c, n, nil)
		c.send(node{Tag: "stream:error", Attrs: attrs{"code": "500"}})
		c.finish()
	default:
		s.route(c, n, func() { c.ack(n, "") })
	}
}

// ack answers a stanza; code is empty when it was taken.
func (c *conn) ack(n *node, code string) {
	a := attrs{"class": n.Tag, "id": n.Attrs["id"], "from": n.Attrs["to"], "t": now()}
	if code != "" {
		a["error"] = code
	}
	c.send(node{Tag: "ack", Attrs: a})
}

// route hands each recipient device its own ciphertext, then acknowledges. WhatsApp does so
// at once; here the phones that are on have shown the message by then, so that whoever has
// sent something can look at the screen.
func (s *Server) route(c *conn, n *node, ack func()) {
	to, ok := n.Attrs["to"].(types.JID)
	if !ok {
		c.ack(n, "479")
		return
	}
	var extra []node
	if id, ok := n.GetOptionalChildByTag("device-identity"); ok {
		extra = append(extra, id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := 1
	taken := func() {
		if waiting--; waiting == 0 && ack != nil {
			ack()
		}
	}
	defer taken()
	pass := func(jid types.JID, content []node) {
		if m := s.pass(c.device, jid, to, n, append(content, extra...)); m != nil && m.sent && jid.Device == 0 {
			waiting++
			m.taken = taken
		}
	}
	if enc, ok := n.GetOptionalChildByTag("enc"); ok { // for one device: a retry, or a request among one's own
		pass(to, []node{enc})
		return
	}
	parts := n.GetChildByTag("participants")
	for _, p := range parts.GetChildren() {
		jid, _ := p.Attrs["jid"].(types.JID)
		pass(jid, append([]node{}, p.GetChildren()...))
	}
}

// pass delivers one ciphertext; nil when there is no such device. The lock is held.
func (s *Server) pass(from *device, to, chat types.JID, n *node, content []node) *delivery {
	d := s.find(to)
	if d == nil || d == from {
		return nil
	}
	a := attrs{"from": from.lid(), "id": n.Attrs["id"], "type": n.Attrs["type"], "t": now(), "sender_pn": from.account.pn}
	if from.account.name != "" {
		a["notify"] = from.account.name
	}
	for _, k := range []string{"category", "edit"} {
		if v, ok := n.Attrs[k]; ok {
			a[k] = v
		}
	}
	if d.account == from.account && a["category"] != "peer" {
		if other := s.accounts[chat.User]; other != nil {
			a["recipient"], a["peer_recipient_pn"] = other.lid, other.pn
		}
	}
	return s.deliver(d, node{Tag: "message", Attrs: a, Content: content})
}

// receipt takes a device's word on messages: it acknowledges them to the server, and tells
// the sender what is for the sender.
func (s *Server) receipt(c *conn, n *node) {
	to, ok := n.Attrs["to"].(types.JID)
	if !ok {
		return
	}
	kind, _ := n.Attrs["type"].(string)
	c.send(node{Tag: "ack", Attrs: attrs{"class": "receipt", "id": n.Attrs["id"], "from": to, "type": kind}})
	s.mu.Lock()
	defer s.mu.Unlock()
	if kind != "retry" { // which is followed by an acknowledgement of its own
		c.device.acknowledged("message", n.Attrs["id"], to)
	}
	a := attrs{"from": c.device.lid(), "id": n.Attrs["id"], "t": now()}
	if kind != "" {
		a["type"] = kind
	}
	other := s.accounts[to.User]
	switch {
	case other == nil:
	case kind == "retry": // for the device that encrypted it
		if d := s.find(to); d != nil {
			s.deliver(d, node{Tag: "receipt", Attrs: a, Content: n.Content})
		}
	case kind == "" || kind == "inactive" || kind == "read" || kind == "played":
		if other == c.device.account {
			return
		}
		for _, d := range other.devices {
			s.deliver(d, node{Tag: "receipt", Attrs: a, Content: n.Content})
		}
	}
}

func (s *Server) chatstate(from *device, n *node) {
	to, _ := n.Attrs["to"].(types.JID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[to.User]; a != nil {
		for _, d := range a.devices {
			s.tell(d, node{Tag: "chatstate", Attrs: attrs{"from": from.account.lid}, Content: n.Content})
		}
	}
}

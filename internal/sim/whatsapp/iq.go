package whatsapp

import (
	"errors"
	"strconv"
	"strings"

	"go.mau.fi/whatsmeow/types"
)

var errStanza = errors.New("whatsapp: a stanza lacks something")

// handle does what one stanza asks for.
func (s *Server) handle(c *conn, n *node) {
	s.mu.Lock()
	d := c.device
	deaf := d != nil && d.deaf
	s.mu.Unlock()
	switch {
	case deaf:
	case n.Tag == "iq":
		s.query(c, n)
	case d == nil: // not logged in: nothing else
	case n.Tag == "message":
		s.message(c, n)
	case n.Tag == "receipt":
		s.receipt(c, n)
	case n.Tag == "ack":
		s.mu.Lock()
		class, _ := n.Attrs["class"].(string)
		d.acknowledged(class, n.Attrs["id"], n.Attrs["to"])
		s.mu.Unlock()
	case n.Tag == "chatstate":
		s.chatstate(d, n)
	}
}

func (s *Server) query(c *conn, n *node) {
	kind, _ := n.Attrs["type"].(string)
	if kind == "result" || kind == "error" {
		if _, signed := n.GetOptionalChildByTag("pair-device-sign"); signed || kind == "error" {
			s.joined(c, signed)
		}
		return
	}
	xmlns, _ := n.Attrs["xmlns"].(string)
	child := firstChild(n)
	switch {
	case xmlns == "md" && child.Tag == "link_code_companion_reg":
		if child.Attrs["stage"] == "companion_hello" {
			s.hello(c, n, child)
		} else {
			s.complete(c, n, child)
		}
	case c.device == nil:
		c.refuse(n, "401", "not-authorized")
	case xmlns == "md" && child.Tag == "remove-companion-device":
		c.result(n)
		s.mu.Lock()
		s.remove(c.device)
		s.mu.Unlock()
	case xmlns == "encrypt":
		s.keyQuery(c, n, kind, child)
	case xmlns == "usync":
		s.usync(c, n)
	case xmlns == "w:m":
		c.result(n, node{Tag: "media_conn", Attrs: attrs{"auth": "sim", "ttl": "300", "auth_ttl": "300", "max_buckets": "12"},
			Content: []node{{Tag: "host", Attrs: attrs{"hostname": mediaHost}}}})
	case xmlns == "privacy" && kind == "get":
		c.result(n, node{Tag: "privacy", Content: []node{{Tag: "category", Attrs: attrs{"name": "readreceipts", "value": "all"}}}})
	case xmlns == "privacy" && child.Tag == "tokens":
		c.result(n)
		s.trust(c.device, child)
	default: // a ping, passive and the like
		c.result(n)
	}
}

// trust notes the token by which a device tells that it knows somebody.
func (s *Server) trust(d *device, tokens node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range tokens.GetChildren() {
		if jid, ok := t.Attrs["jid"].(types.JID); ok && s.accounts[jid.User] != nil {
			d.account.trusts[s.accounts[jid.User]]++
		}
	}
}

// Trusts is how many tokens a business has given to a customer.
func (s *Server) Trusts(number, customer string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[digits(number)]; a != nil {
		return a.trusts[s.accounts[digits(customer)]]
	}
	return 0
}

func firstChild(n *node) node {
	if ch := n.GetChildren(); len(ch) > 0 {
		return ch[0]
	}
	return node{}
}

func (s *Server) keyQuery(c *conn, n *node, kind string, child node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case kind == "set":
		if c.device.upload(n) != nil {
			c.refuse(n, "400", "bad-request")
			return
		}
		c.result(n)
	case child.Tag == "count":
		c.result(n, node{Tag: "count", Attrs: attrs{"value": strconv.Itoa(len(c.device.keys.oneTime))}})
	case child.Tag == "key":
		var out []node
		for _, u := range child.GetChildren() {
			jid, _ := u.Attrs["jid"].(types.JID)
			if d := s.find(jid); d != nil && d.keys.identity != nil {
				out = append(out, d.take(jid))
			} else {
				out = append(out, node{Tag: "user", Attrs: attrs{"jid": jid}, Content: []node{{Tag: "error", Attrs: attrs{"code": "404", "text": "item-not-found"}}}})
			}
		}
		c.result(n, node{Tag: "list", Content: out})
	default:
		c.refuse(n, "400", "bad-request")
	}
}

// find is the device with an address, nil when there is none. The lock is held.
func (s *Server) find(j types.JID) *device {
	if a := s.accounts[j.User]; a != nil {
		return a.devices[j.Device]
	}
	return nil
}

// usync tells about users: who has a number, which devices they have and their LID.
func (s *Server) usync(c *conn, n *node) {
	query := n.GetChildByTag("usync")
	list := query.GetChildByTag("list")
	var out []node
	s.mu.Lock()
	for _, u := range list.GetChildren() {
		if jid, ok := u.Attrs["jid"].(types.JID); ok {
			if a := s.accounts[jid.User]; a != nil && len(a.devices) > 0 {
				a.watchers[c.device] = true
				out = append(out, a.told(jid))
			}
			continue
		}
		asked := contentString(u.GetChildByTag("contact"))
		number, _, _ := strings.Cut(strings.TrimPrefix(asked, "+"), "@")
		contact := node{Tag: "contact", Attrs: attrs{"type": "out"}, Content: []byte(asked)}
		found := attrs{"jid": types.NewJID(number, types.DefaultUserServer)}
		if a := s.accounts[number]; a != nil && len(a.devices) > 0 {
			contact.Attrs["type"] = "in"
			found = attrs{"jid": a.lid, "pn_jid": a.pn}
		}
		out = append(out, node{Tag: "user", Attrs: found, Content: []node{contact}})
	}
	s.mu.Unlock()
	c.result(n, node{Tag: "usync", Content: []node{{Tag: "list", Content: out}}})
}

// told is what a usync says of an account that was asked for by one of its addresses.
func (a *account) told(asked types.JID) node {
	var devices []node
	for number, d := range a.devices {
		if d.keys.identity != nil {
			devices = append(devices, node{Tag: "device", Attrs: attrs{"id": strconv.Itoa(int(number))}})
		}
	}
	return node{Tag: "user", Attrs: attrs{"jid": asked}, Content: []node{
		{Tag: "devices", Content: []node{{Tag: "device-list", Content: devices}}},
		{Tag: "lid", Attrs: attrs{"val": a.lid}},
	}}
}

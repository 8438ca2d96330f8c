package whatsapp

import (
	"context"
	"crypto/cipher"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/types"
)

// attrs and node spare the eye; stanzas are written as they stand on the wire.
type (
	attrs = waBinary.Attrs
	node  = waBinary.Node
)

// maxFrame is the largest frame the protocol's three length bytes can tell.
const maxFrame = 1 << 24

// conn is one socket: first in the handshake, then pairing or logged in.
type conn struct {
	s       *Server
	ws      *websocket.Conn
	ctx     context.Context
	in, out cipher.AEAD
	read    uint32
	noise   []byte // the client's static key
	device  *device
	pairing *waWa6.ClientPayload_DevicePairingRegistrationData
	joining *device // vouched for, and not yet confirmed

	mu      sync.Mutex
	queue   [][]byte // stanzas to write, in order
	wake    chan struct{}
	closing bool // once the queue is empty
	written uint32
}

func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer ws.CloseNow() //nolint:errcheck // it may be closed already
	ws.SetReadLimit(maxFrame + 16)
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	c := &conn{s: s, ws: ws, ctx: ctx, wake: make(chan struct{}, 1)}
	in, out, who, err := handshake(s.id, c.readFrame, c.writeFrame)
	if err != nil {
		return
	}
	c.in, c.out, c.noise = in, out, who.static
	go c.writeLoop()
	if !s.admit(c, who.payload) {
		c.finish()
		for err == nil { // until the refusal has been read
			_, err = c.readFrame()
		}
		return
	}
	c.readLoop()
	s.gone(c)
}

func (c *conn) readFrame() ([]byte, error) {
	_, b, err := c.ws.Read(c.ctx)
	if err != nil {
		return nil, err
	}
	if c.in == nil && len(b) > 4 && b[0] == 'W' && b[1] == 'A' { // the header before the first frame
		b = b[4:]
	}
	if len(b) < 3 {
		return nil, errHandshake
	}
	return b[3:], nil
}

func (c *conn) writeFrame(b []byte) error {
	frame := append([]byte{byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}, b...)
	return c.ws.Write(c.ctx, websocket.MessageBinary, frame)
}

func (c *conn) readLoop() {
	for {
		f, err := c.readFrame()
		if err != nil {
			return
		}
		plain, err := c.in.Open(nil, nonce(c.read), f, nil)
		c.read++
		if err != nil {
			return
		}
		plain, err = waBinary.Unpack(plain)
		if err != nil {
			return
		}
		n, err := waBinary.Unmarshal(plain)
		if err != nil {
			return
		}
		c.s.handle(c, n)
	}
}

// send queues a stanza. It never blocks, so it may be called under the server's lock, and
// stanzas leave in the order of the calls.
func (c *conn) send(n node) {
	b, err := waBinary.Marshal(n)
	if err != nil {
		panic("whatsapp: a stanza that cannot be written: " + err.Error())
	}
	c.mu.Lock()
	c.queue = append(c.queue, b)
	c.mu.Unlock()
	c.nudge()
}

// finish closes the socket when everything queued has been written.
func (c *conn) finish() {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	c.nudge()
}

func (c *conn) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// cut ends the connection as a broken cable does.
func (c *conn) cut() { go c.ws.CloseNow() } //nolint:errcheck // it may be closed already

func (c *conn) writeLoop() {
	for {
		c.mu.Lock()
		batch, closing := c.queue, c.closing
		c.queue = nil
		c.mu.Unlock()
		for _, b := range batch {
			sealed := c.out.Seal(nil, nonce(c.written), b, nil)
			c.written++
			if c.writeFrame(sealed) != nil {
				return
			}
		}
		if closing && len(batch) == 0 {
			c.linger()
			return
		}
		if closing {
			continue
		}
		select {
		case <-c.wake:
		case <-c.ctx.Done():
			return
		}
	}
}

// linger leaves a client the time to read why its stream is over and to close the socket
// itself: the library drops what it has not handled when the socket closes.
func (c *conn) linger() {
	late := time.NewTimer(2 * time.Second)
	defer late.Stop()
	select {
	case <-late.C:
		_ = c.ws.Close(websocket.StatusNormalClosure, "")
	case <-c.ctx.Done():
	}
}

// result answers an info query.
func (c *conn) result(to *node, content ...node) {
	c.send(node{Tag: "iq", Attrs: attrs{"id": to.Attrs["id"], "type": "result", "from": types.ServerJID}, Content: content})
}

// refuse answers an info query with an error.
func (c *conn) refuse(to *node, code, text string) {
	c.send(node{Tag: "iq", Attrs: attrs{"id": to.Attrs["id"], "type": "error", "from": types.ServerJID},
		Content: []node{{Tag: "error", Attrs: attrs{"code": code, "text": text}}}})
}

package whatsapp

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waWeb"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"recado/internal/sim"
)

// Phone is the phone of one number, a real client of the protocol with its state in
// memory. A customer has one, and a business whose owner uses it.
type Phone struct {
	s      *Server
	number string
	client *whatsmeow.Client
	ready  chan struct{} // closed once connected
	once   sync.Once

	mu      sync.Mutex
	threads map[string][]sim.Bubble            // by the other's number
	typing  map[string]bool                    // who is typing to us
	history map[string][]*waWeb.WebMessageInfo // a business's: what its companions may ask for
}

// phone finds the phone of a number or switches it on.
func (s *Server) phone(ctx context.Context, number, name string) (*Phone, error) {
	if digits(number) == "" {
		return nil, errors.New("whatsapp: " + number + " is no number")
	}
	s.mu.Lock()
	a := s.account(number)
	if name != "" {
		a.name = name
	}
	p := s.phones[a.pn.User]
	if p == nil {
		p = s.newPhone(a)
		s.phones[a.pn.User] = p
		s.mu.Unlock()
		if err := p.client.ConnectContext(s.ctx); err != nil {
			return nil, err
		}
	} else {
		s.mu.Unlock()
	}
	select {
	case <-p.ready:
		return p, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Server) newPhone(a *account) *Phone {
	d := newPhoneDevice(s, a)
	a.devices[0] = &device{account: a, noise: d.NoiseKey.Pub[:]}
	p := &Phone{
		s: s, number: a.pn.User, client: whatsmeow.NewClient(d, nil), ready: make(chan struct{}),
		threads: map[string][]sim.Bubble{}, typing: map[string]bool{}, history: map[string][]*waWeb.WebMessageInfo{},
	}
	p.client.SetWebsocketHTTPClient(s.client())
	p.client.SetMediaHTTPClient(s.client())
	p.client.BackgroundEventCtx = s.ctx
	p.client.SetForceActiveDeliveryReceipts(true)
	p.client.SynchronousAck = true
	p.client.AddEventHandler(p.event)
	return p
}

func (p *Phone) event(evt any) {
	switch e := evt.(type) {
	case *events.Connected:
		p.s.mu.Lock()
		if a := p.s.accounts[p.number]; a != nil {
			p.s.devicesChanged(a)
		}
		p.s.mu.Unlock()
		p.once.Do(func() { close(p.ready) })
	case *events.Message:
		p.receive(e)
	case *events.Receipt:
		if e.Type == types.ReceiptTypeRead {
			p.change(e.Chat, func(b *sim.Bubble) {
				if slices.Contains(e.MessageIDs, b.ID) {
					b.Read = true
				}
			})
		}
	case *events.ChatPresence:
		p.mu.Lock()
		p.typing[p.s.numberOf(e.Chat)] = e.State == types.ChatPresenceComposing
		p.mu.Unlock()
	}
}

// numberOf is the number behind an address.
func (s *Server) numberOf(j types.JID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[j.User]; a != nil {
		return a.pn.User
	}
	return j.User
}

// change does something with each bubble of the thread with somebody.
func (p *Phone) change(with types.JID, do func(*sim.Bubble)) {
	number := p.s.numberOf(with)
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.threads[number] {
		do(&p.threads[number][i])
	}
}

func (p *Phone) receive(e *events.Message) {
	if e.Info.IsFromMe {
		if req := e.Message.GetProtocolMessage().GetPeerDataOperationRequestMessage(); req != nil {
			go p.serveHistory(e.Info.Sender, req)
		}
		return
	}
	p.remember(e)
	p.show(e.Info, e.Message, false)
}

// show puts what a message says on the screen. A second message of the same id is the same
// message: real phones show it once.
func (p *Phone) show(info types.MessageInfo, m *waE2E.Message, mine bool) {
	if r := m.GetReactionMessage(); r != nil {
		p.change(info.Chat, func(b *sim.Bubble) {
			if b.ID == r.GetKey().GetID() {
				b.Reactions = nil
				if r.GetText() != "" {
					b.Reactions = []string{r.GetText()}
				}
			}
		})
		return
	}
	if pm := m.GetProtocolMessage(); pm != nil {
		p.change(info.Chat, func(b *sim.Bubble) {
			switch {
			case b.ID != pm.GetKey().GetID():
			case pm.GetType() == waE2E.ProtocolMessage_REVOKE:
				b.Deleted = true
			case pm.GetType() == waE2E.ProtocolMessage_MESSAGE_EDIT:
				b.Text, b.Edited = p.bubble(pm.GetEditedMessage()).Text, true
			}
		})
		return
	}
	b := p.bubble(m)
	b.ID, b.Mine, b.At, b.ClientID = info.ID, mine, info.Timestamp, info.ID
	number := p.s.numberOf(info.Chat)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.ContainsFunc(p.threads[number], func(o sim.Bubble) bool { return o.ID == b.ID }) {
		p.threads[number] = append(p.threads[number], b)
	}
}

// bubble draws a message.
func (p *Phone) bubble(m *waE2E.Message) sim.Bubble {
	context := func(c interface{ GetContextInfo() *waE2E.ContextInfo }) string {
		return c.GetContextInfo().GetStanzaID()
	}
	switch {
	case m.GetConversation() != "":
		return sim.Bubble{Type: "text", Text: m.GetConversation()}
	case m.ExtendedTextMessage != nil:
		return sim.Bubble{Type: "text", Text: m.ExtendedTextMessage.GetText(), Quote: context(m.ExtendedTextMessage)}
	case m.ImageMessage != nil:
		i := m.ImageMessage
		return sim.Bubble{Type: "image", Text: i.GetCaption(), Quote: context(i), Media: p.file(i, i.GetMimetype(), "")}
	case m.VideoMessage != nil:
		v := m.VideoMessage
		return sim.Bubble{Type: "video", Text: v.GetCaption(), Quote: context(v), Media: p.file(v, v.GetMimetype(), "")}
	case m.AudioMessage != nil:
		a := m.AudioMessage
		kind := "audio"
		if a.GetPTT() {
			kind = "voice"
		}
		return sim.Bubble{Type: kind, Quote: context(a), Media: p.file(a, a.GetMimetype(), "")}
	case m.DocumentMessage != nil:
		d := m.DocumentMessage
		return sim.Bubble{Type: "document", Text: d.GetCaption(), Quote: context(d), Media: p.file(d, d.GetMimetype(), d.GetFileName())}
	case m.GetDocumentWithCaptionMessage().GetMessage() != nil:
		return p.bubble(m.GetDocumentWithCaptionMessage().GetMessage())
	case m.LocationMessage != nil:
		l := m.LocationMessage
		return sim.Bubble{Type: "location", Text: strings.Trim(l.GetName()+"\n"+l.GetAddress(), "\n"), Quote: context(l)}
	case m.ContactMessage != nil:
		return sim.Bubble{Type: "contact", Text: m.ContactMessage.GetDisplayName(), Quote: context(m.ContactMessage)}
	}
	return sim.Bubble{Type: "unsupported"}
}

// file downloads a file for the screen; one that cannot be had is shown without its bytes.
func (p *Phone) file(m whatsmeow.DownloadableMessage, mime, name string) *sim.Media {
	ctx, cancel := context.WithTimeout(p.s.ctx, 10*time.Second)
	defer cancel()
	b, _ := p.client.Download(ctx, m)
	return &sim.Media{MIME: mime, Name: name, Bytes: b}
}

// Thread implements sim.Platform.
func (s *Server) Thread(ref, customer string) []sim.Bubble {
	s.mu.Lock()
	p := s.phones[digits(customer)]
	s.mu.Unlock()
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.threads[digits(ref)])
}

// Typing tells whether the customer sees the business typing.
func (s *Server) Typing(ref, customer string) bool {
	s.mu.Lock()
	p := s.phones[digits(customer)]
	s.mu.Unlock()
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.typing[digits(ref)]
}

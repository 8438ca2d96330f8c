package whatsapp

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"recado/internal/sim"
)

// Own is the act of a business's owner, who writes Text to Customer on the phone.
const Own sim.Act = "own"

// Do implements sim.Platform. A customer's phone is switched on by its first act, and a
// business's by Own.
func (s *Server) Do(ctx context.Context, a sim.Action) (string, error) {
	if a.Act == sim.Press || a.Act == sim.Pick {
		return "", sim.ErrCannot{Act: a.Act} // WhatsApp shows no buttons of unofficial clients
	}
	customer, err := s.phone(ctx, a.Customer.ID, a.Customer.Name)
	if err != nil {
		return "", err
	}
	if a.Act == Own {
		owner, err := s.phone(ctx, a.Ref, "")
		if err != nil {
			return "", err
		}
		return owner.send(ctx, customer.number, a, &waE2E.Message{Conversation: &a.Text})
	}
	if a.Act == sim.ReadAll {
		return "", customer.read(ctx, digits(a.Ref))
	}
	m, err := customer.compose(ctx, a)
	if err != nil {
		return "", err
	}
	return customer.send(ctx, digits(a.Ref), a, m)
}

func (p *Phone) send(ctx context.Context, to string, a sim.Action, m *waE2E.Message) (string, error) {
	jid := types.NewJID(to, types.DefaultUserServer)
	info := types.MessageInfo{MessageSource: types.MessageSource{Chat: jid, IsFromMe: true}, ID: a.ID, Timestamp: time.Now()}
	if info.ID == "" {
		info.ID = p.client.GenerateMessageID()
	}
	shown := m
	if edit := m.GetEditedMessage().GetMessage(); edit != nil {
		shown = edit
	}
	p.show(info, shown, true)
	_, err := p.client.SendMessage(ctx, jid, m, whatsmeow.SendRequestExtra{ID: info.ID, Timeout: 10 * time.Second})
	return info.ID, err
}

// compose writes what a customer does as WhatsApp's phones do.
func (p *Phone) compose(ctx context.Context, a sim.Action) (*waE2E.Message, error) {
	chat := types.NewJID(digits(a.Ref), types.DefaultUserServer)
	quote := p.quote(a)
	switch a.Act {
	case sim.SayText:
		if quote == nil {
			return &waE2E.Message{Conversation: &a.Text}, nil
		}
		return &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: &a.Text, ContextInfo: quote}}, nil
	case sim.SendImage, sim.SendVideo, sim.SendAudio, sim.SendVoice, sim.SendFile, sim.SendSticker:
		return p.media(ctx, a, quote)
	case sim.SendPlace:
		return &waE2E.Message{LocationMessage: &waE2E.LocationMessage{DegreesLatitude: &a.Lat, DegreesLongitude: &a.Lng, Name: &a.Text, ContextInfo: quote}}, nil
	case sim.SendCard:
		card := fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nN:;%[1]s;;;\r\nFN:%[1]s\r\nTEL;type=CELL;waid=34600111222:+34 600 11 12 22\r\nEND:VCARD", a.Text)
		return &waE2E.Message{ContactMessage: &waE2E.ContactMessage{DisplayName: &a.Text, Vcard: &card, ContextInfo: quote}}, nil
	case sim.React:
		sender := types.EmptyJID
		if !p.mine(a.Ref, a.Target) {
			sender = chat
		}
		return p.client.BuildReaction(chat, sender, a.Target, a.Text), nil
	case sim.EditText:
		return p.client.BuildEdit(chat, a.Target, &waE2E.Message{Conversation: &a.Text}), nil
	case sim.Delete:
		return p.client.BuildRevoke(chat, types.EmptyJID, a.Target), nil
	case sim.Opaque: // a field that no schema of today has
		m := &waE2E.Message{}
		m.ProtoReflect().SetUnknown(protowire.AppendBytes(protowire.AppendTag(nil, 60000, protowire.BytesType), []byte("mañana")))
		return m, nil
	}
	return nil, sim.ErrCannot{Act: a.Act}
}

func (p *Phone) mine(ref, id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.threads[digits(ref)], func(b sim.Bubble) bool { return b.ID == id && b.Mine })
}

func (p *Phone) quote(a sim.Action) *waE2E.ContextInfo {
	if a.Quote == "" {
		return nil
	}
	by := types.NewJID(digits(a.Ref), types.DefaultUserServer)
	if p.mine(a.Ref, a.Quote) {
		by = types.NewJID(p.number, types.DefaultUserServer)
	}
	return &waE2E.ContextInfo{StanzaID: &a.Quote, Participant: proto.String(by.String()), QuotedMessage: &waE2E.Message{Conversation: proto.String("")}}
}

func (p *Phone) media(ctx context.Context, a sim.Action, quote *waE2E.ContextInfo) (*waE2E.Message, error) {
	kind := map[sim.Act]whatsmeow.MediaType{
		sim.SendImage: whatsmeow.MediaImage, sim.SendSticker: whatsmeow.MediaImage, sim.SendVideo: whatsmeow.MediaVideo,
		sim.SendAudio: whatsmeow.MediaAudio, sim.SendVoice: whatsmeow.MediaAudio, sim.SendFile: whatsmeow.MediaDocument,
	}[a.Act]
	u, err := p.client.Upload(ctx, a.File, kind)
	if err != nil {
		return nil, err
	}
	switch a.Act {
	case sim.SendImage:
		return &waE2E.Message{ImageMessage: &waE2E.ImageMessage{Caption: text(a.Text), Mimetype: &a.MIME, URL: &u.URL, DirectPath: &u.DirectPath,
			MediaKey: u.MediaKey, FileEncSHA256: u.FileEncSHA256, FileSHA256: u.FileSHA256, FileLength: &u.FileLength, ContextInfo: quote}}, nil
	case sim.SendSticker:
		return &waE2E.Message{StickerMessage: &waE2E.StickerMessage{Mimetype: &a.MIME, URL: &u.URL, DirectPath: &u.DirectPath,
			MediaKey: u.MediaKey, FileEncSHA256: u.FileEncSHA256, FileSHA256: u.FileSHA256, FileLength: &u.FileLength}}, nil
	case sim.SendVideo:
		return &waE2E.Message{VideoMessage: &waE2E.VideoMessage{Caption: text(a.Text), Mimetype: &a.MIME, URL: &u.URL, DirectPath: &u.DirectPath,
			MediaKey: u.MediaKey, FileEncSHA256: u.FileEncSHA256, FileSHA256: u.FileSHA256, FileLength: &u.FileLength, ContextInfo: quote}}, nil
	case sim.SendFile:
		return &waE2E.Message{DocumentMessage: &waE2E.DocumentMessage{Caption: text(a.Text), FileName: &a.FileName, Mimetype: &a.MIME, URL: &u.URL, DirectPath: &u.DirectPath,
			MediaKey: u.MediaKey, FileEncSHA256: u.FileEncSHA256, FileSHA256: u.FileSHA256, FileLength: &u.FileLength, ContextInfo: quote}}, nil
	}
	voice := a.Act == sim.SendVoice
	return &waE2E.Message{AudioMessage: &waE2E.AudioMessage{PTT: &voice, Seconds: proto.Uint32(3), Mimetype: &a.MIME, URL: &u.URL, DirectPath: &u.DirectPath,
		MediaKey: u.MediaKey, FileEncSHA256: u.FileEncSHA256, FileSHA256: u.FileSHA256, FileLength: &u.FileLength, ContextInfo: quote}}, nil
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// read marks everything that the other side has written as read.
func (p *Phone) read(ctx context.Context, other string) error {
	var ids []types.MessageID
	p.mu.Lock()
	for _, b := range p.threads[other] {
		if !b.Mine {
			ids = append(ids, b.ID)
		}
	}
	p.mu.Unlock()
	if len(ids) == 0 {
		return nil
	}
	chat := types.NewJID(other, types.DefaultUserServer)
	return p.client.MarkRead(ctx, ids, time.Now(), chat, chat)
}

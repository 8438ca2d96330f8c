package whatsmeow

import (
	"context"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/encoding/protojson"

	"recado/channels"
	"recado/internal/chat"
)

// lookup finds the number behind a LID and the reverse; empty: not known.
type lookup func(types.JID) types.JID

// isPerson tells a chat with one person from groups, status, newsletters and announcements.
func isPerson(j types.JID) bool {
	return (j.Server == types.DefaultUserServer && j.User != types.PSAJID.User || j.Server == types.HiddenUserServer) && j.User != "" && !j.IsBot()
}

// sender is the person of a chat. Their number, when it is known, makes the identity, for it
// is what other channels know them by; else the LID, WhatsApp's name for somebody whose
// number is not to be seen. The other one is an alias.
func sender(info types.MessageSource, find lookup) channels.Sender {
	who, alt := info.Chat.ToNonAD(), info.SenderAlt
	if info.IsFromMe {
		alt = info.RecipientAlt
	}
	if alt = alt.ToNonAD(); !isPerson(alt) {
		alt = find(who).ToNonAD()
	}
	if who.Server == types.HiddenUserServer && alt.Server == types.DefaultUserServer {
		who, alt = alt, who
	}
	out := channels.Sender{Identity: who.String(), Verified: true}
	if isPerson(alt) {
		out.Aliases = []string{alt.String()}
	}
	if who.Server == types.DefaultUserServer {
		out.Phone = "+" + who.User
	}
	return out
}

// event is what all events of a message have in common.
func event(c channels.Channel, info types.MessageInfo, find lookup) channels.Inbound {
	in := channels.Inbound{Channel: c, ExternalID: clean(info.ID, maxRef), At: info.Timestamp, From: sender(info.MessageSource, find)}
	if !info.IsFromMe && info.PushName != "-" {
		in.From.Name = clean(info.PushName, maxName)
	}
	return in
}

// inbound says what a message of the library's is: mostly one event; several for a message
// with several contacts; none for what is not for people's eyes.
func inbound(c channels.Channel, e *events.Message, find lookup) []channels.Inbound {
	if e.Message == nil || e.Info.ID == "" || !isPerson(e.Info.Chat) || e.Info.Category == "peer" {
		return nil
	}
	base := event(c, e.Info, find)
	m := e.Message
	if p := m.GetProtocolMessage(); p != nil {
		return protocol(base, p)
	}
	bodies := bodiesOf(m)
	out := make([]channels.Inbound, 0, len(bodies))
	for i, b := range bodies {
		in := base
		if i > 0 {
			in.ExternalID += "/" + string(rune('a'+i%26))
		}
		b.Own = e.Info.IsFromMe
		in.Message = &b
		out = append(out, in)
	}
	return out
}

// protocol is what a message does to an earlier one.
func protocol(in channels.Inbound, p *waE2E.ProtocolMessage) []channels.Inbound {
	of := clean(p.GetKey().GetID(), maxRef)
	if of == "" {
		return nil
	}
	switch p.GetType() {
	case waE2E.ProtocolMessage_REVOKE:
		in.Deletion = &channels.Deletion{Of: of}
	case waE2E.ProtocolMessage_MESSAGE_EDIT:
		bodies := bodiesOf(p.GetEditedMessage())
		if len(bodies) == 0 {
			return nil
		}
		in.Edit = &channels.Edit{Of: of, Content: bodies[0].Content}
	default:
		return nil
	}
	return []channels.Inbound{in}
}

// receipts are one event for each message of a receipt. "Inactive" is delivery to a device
// that nobody is looking at.
func receipts(c channels.Channel, e *events.Receipt, find lookup) []channels.Inbound {
	if e.IsFromMe || !isPerson(e.Chat) {
		return nil
	}
	var state chat.State
	switch e.Type {
	case types.ReceiptTypeDelivered, types.ReceiptTypeInactive:
		state = chat.Delivered
	case types.ReceiptTypeRead, types.ReceiptTypePlayed:
		state = chat.Read
	default:
		return nil
	}
	who := sender(e.MessageSource, find)
	out := make([]channels.Inbound, 0, len(e.MessageIDs))
	for _, m := range e.MessageIDs {
		if m = clean(m, maxRef); m == "" {
			continue
		}
		out = append(out, channels.Inbound{
			Channel: c, ExternalID: "receipt:" + string(state) + ":" + m, At: e.Timestamp, From: who,
			Receipt: &chat.Receipt{ProviderID: m, State: state, At: e.Timestamp},
		})
	}
	return out
}

// unreadable stands for a message whose content never came. Its ExternalID is its own, so
// that the message is not taken for a repeat if it comes after all.
func unreadable(c channels.Channel, e *events.UndecryptableMessage, find lookup) channels.Inbound {
	in := event(c, e.Info, find)
	in.ExternalID = "unreadable:" + in.ExternalID
	text := "undecryptable"
	if e.UnavailableType == events.UnavailableTypeViewOnce {
		text = "view_once"
	}
	in.Message = &channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: text}, Own: e.Info.IsFromMe}
	return in
}

// record puts a message into the channel's log.
func record(ctx context.Context, e *events.Message) {
	body, err := protojson.Marshal(e.Message)
	if err != nil {
		return // what cannot be written down, such as bad UTF-8, is handled all the same
	}
	channels.Wire(ctx, channels.Exchange{At: time.Now(), Inbound: true, Method: "message", URL: e.Info.Chat.String() + "/" + e.Info.ID, Status: 200, Request: cut(compact(body))})
}

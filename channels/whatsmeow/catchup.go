package whatsmeow

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	signal "go.mau.fi/libsignal/session"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"recado/channels"
)

// How much history is asked for after a silence: in each chat, when it stirs, the messages
// before. More chats than that are not worth the attention it draws.
const (
	historyCount = 50
	historyChats = 100
)

// message takes a message in, with what belongs to it.
func (s *session) message(e *events.Message) bool {
	s.found(e.Info.ID)
	if n := e.Message.GetProtocolMessage().GetHistorySyncNotification(); n != nil {
		return !e.Info.IsFromMe || s.history(n)
	}
	record(s.ctx, e)
	if !s.pass(s.ctx, inbound(s.c, e, s.lookup)...) {
		return false
	}
	s.askHistory(e.Info)
	return true
}

// askHistory asks the phone for what was said in a chat while the session was silent. The
// protocol can only be asked for what came before a message, so the first to come afterwards
// is the handle. Answers come as a message of our own phone, when it is on.
func (s *session) askHistory(info types.MessageInfo) {
	chat := info.Chat.ToNonAD()
	if s.since.IsZero() || info.IsFromMe || !isPerson(chat) {
		return
	}
	s.mu.Lock()
	skip := s.gaps[chat] || len(s.gaps) >= historyChats
	if !skip {
		s.gaps[chat] = true
	}
	s.mu.Unlock()
	if skip {
		return
	}
	go func() { // the answer to the request waits in the queue that this event holds up
		if err := s.askPhone(s.cli.BuildHistorySyncRequest(&info, historyCount)); err != nil && s.ctx.Err() == nil {
			s.a.log.Info("whatsapp: history could not be asked for", "channel", s.c.ID, "error", err)
		}
	}()
}

// askPhone sends a request to our own phone. The library does so only with keys that are
// there, and a phone that has never written to this device has left none: then they are
// fetched, as they are for anybody one writes to for the first time.
func (s *session) askPhone(m *waE2E.Message) error {
	s.keys.ratchet.Lock()
	defer s.keys.ratchet.Unlock()
	phone := s.cli.Store.GetLID().ToNonAD()
	known, err := s.cli.Store.ContainsSession(s.ctx, phone.SignalAddress())
	if err != nil {
		return err
	}
	if !known {
		bundle := internals(s.cli).FetchPreKeysNoError(s.ctx, []types.JID{phone})[phone]
		if bundle == nil {
			return errors.New("the phone has published no keys")
		}
		builder := signal.NewBuilderFromSignal(s.cli.Store, phone.SignalAddress(), store.SignalProtobufSerializer)
		if err := builder.ProcessBundle(s.ctx, bundle); err != nil {
			return err
		}
	}
	_, err = s.cli.SendPeerMessage(s.ctx, m)
	return err
}

// history passes on what the phone has sent of the silent time; the rest of what a phone
// sends, months of it when a device is new, is left alone.
func (s *session) history(n *waE2E.HistorySyncNotification) bool {
	if s.since.IsZero() {
		return true
	}
	h, err := s.cli.DownloadHistorySync(s.ctx, n, true)
	if err != nil {
		s.a.log.Info("whatsapp: history could not be had", "channel", s.c.ID, "error", err)
		return true
	}
	var out []channels.Inbound
	for _, conv := range h.GetConversations() {
		chat, err := types.ParseJID(conv.GetID())
		if err != nil || !isPerson(chat) {
			continue
		}
		messages := conv.GetMessages()
		for i := len(messages) - 1; i >= 0; i-- { // newest first on the wire
			e, err := s.cli.ParseWebMessage(chat, messages[i].GetMessage())
			if err != nil || e.Message == nil || e.Info.Timestamp.Before(s.since) {
				continue
			}
			for _, in := range inbound(s.c, e, s.lookup) {
				if in.Message != nil {
					in.Message.History = true
				}
				out = append(out, in)
			}
		}
	}
	return s.pass(s.ctx, out...)
}

// undecryptable waits for a message that could not be read: the library has asked for it
// again, and mostly it comes within seconds. Only then is it worth a line in the chat.
func (s *session) undecryptable(e *events.UndecryptableMessage) bool {
	if !isPerson(e.Info.Chat) || e.DecryptFailMode == events.DecryptFailHide {
		return true
	}
	in := unreadable(s.c, e, s.lookup)
	if e.UnavailableType == events.UnavailableTypeViewOnce { // for the phone alone, always
		return s.pass(s.ctx, in)
	}
	id := e.Info.ID
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, waiting := s.lost[id]; !waiting {
		s.lost[id] = lost{in, time.AfterFunc(s.a.o.GiveUp, func() { s.giveUp(s.ctx, id) })}
	}
	return true
}

// lost is a message that could not be read, and the end of the hope that it may be.
type lost struct {
	in   channels.Inbound
	hope *time.Timer
}

// found forgets a message that has come after all.
func (s *session) found(id types.MessageID) (lost, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, waiting := s.lost[id]
	if waiting {
		l.hope.Stop()
		delete(s.lost, id)
	}
	return l, waiting
}

func (s *session) giveUp(ctx context.Context, id types.MessageID) {
	if l, waiting := s.found(id); waiting {
		s.pass(ctx, l.in)
	}
}

// settleLost says what was never read before the session is gone, also when it is gone
// because the server stops.
func (s *session) settleLost() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), keeping)
	defer cancel()
	s.mu.Lock()
	ids := slices.Collect(maps.Keys(s.lost))
	s.mu.Unlock()
	for _, id := range ids {
		s.giveUp(ctx, id)
	}
}

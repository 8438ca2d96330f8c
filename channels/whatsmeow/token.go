package whatsmeow

import (
	"context"
	"strconv"
	"time"

	wa "go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
)

// tokenWeek is how WhatsApp counts the time in which a contact's token is due once: in weeks
// from 1970 (tctoken.go of the library).
const tokenWeek = int64(7 * 24 * time.Hour / time.Second)

// transmit sends a message and, when it is due, gives the contact the token by which
// WhatsApp knows that the two are no strangers.
//
// The library would ask for the token by itself, beside the message. A line that breaks then
// finds two requests under way, and both go into a wait for a reconnect that is not safe for
// two: go.mau.fi/util/exsync's Event.GetChan writes under a read lock. So the library is told
// that the token has been given, and ours is a question that waits for no reconnect.
func (s *session) transmit(ctx context.Context, to types.JID, m *waE2E.Message, id types.MessageID) (wa.SendResponse, error) {
	s.keys.ratchet.Lock()
	defer s.keys.ratchet.Unlock()
	in := internals(s.cli)
	_, _ = in.EnsureTCToken(ctx, to) // reads when the last was given; what goes wrong, the sending tells
	given, now := in.GetTCTokenSenderTS(to), time.Now()
	due := given.Unix()/tokenWeek < now.Unix()/tokenWeek
	if due {
		in.SetTCTokenSenderTS(to, now)
	}
	resp, err := s.cli.SendMessage(ctx, to, m, wa.SendRequestExtra{ID: id, Timeout: s.a.o.SendTimeout})
	switch {
	case due && err != nil:
		in.SetTCTokenSenderTS(to, given)
	case due:
		go s.giveToken(to, now)
	}
	return resp, err
}

// giveToken gives a contact a token and notes when beside the contact's own, as the library
// does. One that could not be given is due with the next message.
func (s *session) giveToken(to types.JID, at time.Time) {
	err := ask(s.wire, s.cli, wa.DangerousInfoQuery{
		Namespace: "privacy", Type: "set", Timeout: s.a.o.ProbeTimeout,
		Content: []waBinary.Node{{Tag: "tokens", Content: []waBinary.Node{{Tag: "token", Attrs: waBinary.Attrs{
			"jid": to, "t": strconv.FormatInt(at.Unix(), 10), "type": "trusted_contact",
		}}}}},
	})
	if err != nil {
		internals(s.cli).SetTCTokenSenderTS(to, time.Time{})
		return
	}
	theirs, err := s.cli.Store.PrivacyTokens.GetPrivacyToken(s.wire, to)
	if err == nil && theirs != nil && len(theirs.Token) > 0 {
		theirs.SenderTimestamp = at
		err = s.cli.Store.PrivacyTokens.PutPrivacyTokens(s.wire, *theirs)
	}
	if err != nil && s.wire.Err() == nil {
		s.a.log.Warn("whatsapp: a token could not be noted", "channel", s.c.ID, "error", err)
	}
}

package whatsmeow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	wa "go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/encoding/protojson"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
)

// rateWait is how long to wait when WhatsApp says that it is too much; it does not say more.
const rateWait = time.Minute

func refuse(class errs.Class, code string, err error) *errs.Send {
	return &errs.Send{Op: "whatsapp send", Class: class, Code: code, Err: err}
}

// messageID is the id a message of ours has on WhatsApp: the same at every attempt, so that
// phones show it once. It has the form of WhatsApp Web's, and its last byte pair follows
// from the rest, by which ours knows our own.
func messageID(m id.Message) types.MessageID {
	sum := sha256.Sum256(m[:])
	return sign(strings.ToUpper(hex.EncodeToString(sum[:7])))
}

func sign(head string) string {
	tail := sha256.Sum256([]byte("recado:" + head))
	return wa.WebMessageIDPrefix + head + strings.ToUpper(hex.EncodeToString(tail[:2]))
}

// ours tells whether a message is one that messageID named. One in 65,536 of others passes.
func ours(m types.MessageID) bool {
	head, ok := strings.CutPrefix(m, wa.WebMessageIDPrefix)
	return ok && len(head) == 18 && sign(head[:14]) == m
}

// Send implements channels.Adapter. It needs the channel's session in this process.
func (a *Adapter) Send(ctx context.Context, c channels.Channel, m channels.Outgoing) (channels.Sent, error) {
	s := a.session(c)
	if s == nil || !s.online.Load() {
		return channels.Sent{}, notConnected()
	}
	to, err := s.resolve(ctx, m.To)
	if err != nil {
		return channels.Sent{}, err
	}
	msg, err := s.compose(ctx, to, m)
	if err != nil {
		return channels.Sent{}, err
	}
	mid := messageID(m.ID)
	x := channels.Exchange{At: time.Now(), Method: "send", URL: m.To}
	if body, err := protojson.Marshal(msg); err == nil {
		x.Request = cut(compact(body))
	}
	resp, err := s.transmit(ctx, to, msg, mid)
	x.Took = time.Since(x.At)
	if err != nil {
		// Timings are written as the steps are taken, the last when the stanza goes out.
		out := classify(err, resp.DebugTimings.Send > 0)
		x.Error = err.Error()
		x.Status, _ = strconv.Atoi(out.Code)
		channels.Wire(ctx, x)
		sent := channels.Sent{}
		if out.MaybeSent {
			sent.ProviderID = mid
		}
		return sent, out
	}
	x.Status = 200
	x.Reply, _ = json.Marshal(map[string]string{"id": resp.ID, "t": strconv.FormatInt(resp.Timestamp.Unix(), 10)})
	channels.Wire(ctx, x)
	return channels.Sent{ProviderID: resp.ID, At: resp.Timestamp, State: chat.Sent}, nil
}

// resolve turns an identity into the address that chats go by now, the LID.
func (s *session) resolve(ctx context.Context, to string) (types.JID, error) {
	jid, err := types.ParseJID(to)
	if err != nil || !isPerson(jid) || jid.Device != 0 {
		return jid, refuse(errs.Permanent, "bad_recipient", errors.New("this is no WhatsApp user"))
	}
	if jid.Server == types.HiddenUserServer {
		return jid, nil
	}
	lid, err := s.cli.Store.LIDs.GetLIDForPN(ctx, jid)
	if err == nil && !lid.IsEmpty() {
		return lid.ToNonAD(), nil
	}
	info, err := s.cli.GetUserInfo(ctx, []types.JID{jid})
	if err != nil {
		return jid, classify(err, false)
	}
	if lid = info[jid].LID.ToNonAD(); lid.IsEmpty() {
		return jid, refuse(errs.Permanent, "not_on_whatsapp", errors.New("this number has no WhatsApp"))
	}
	return lid, nil
}

// classify says what a failed send means. written: the stanza has gone out.
func classify(err error, written bool) *errs.Send {
	var cut *wa.DisconnectedError
	switch {
	case errors.Is(err, wa.ErrServerReturnedError):
		return nack(err)
	case errors.Is(err, wa.ErrIQRateOverLimit):
		out := refuse(errs.RateLimited, "429", err)
		out.RetryAfter = rateWait
		return out
	case errors.As(err, &cut) && removed(cut):
		// Stanzas of one socket are taken in order: this one came after the removal.
		return refuse(errs.ChannelDown, codeLoggedOut, err)
	case errors.Is(err, wa.ErrNotLoggedIn) || errors.Is(err, store.ErrDeviceDeleted):
		return refuse(errs.ChannelDown, codeLoggedOut, err)
	case errors.Is(err, wa.ErrMessageTimedOut) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, wa.ErrIQTimedOut):
		out := refuse(errs.Retryable, "timeout", err)
		out.MaybeSent = written
		return out
	}
	out := refuse(errs.Retryable, "disconnected", err)
	out.MaybeSent = written && !errors.Is(err, wa.ErrNotConnected)
	return out
}

func removed(e *wa.DisconnectedError) bool {
	return e.Node != nil && e.Node.Tag == "stream:error" && e.Node.Attrs["code"] == "401"
}

// nack reads the number by which WhatsApp refuses a message. None of them is documented;
// 463 is met by accounts that may not begin chats with strangers for some time
// (github.com/tulir/whatsmeow/issues/1074), 479 by stanzas that are not in order
// (client.go of the library).
func nack(err error) *errs.Send {
	text := err.Error()
	code := text[strings.LastIndexByte(text, ' ')+1:]
	switch code {
	case "429":
		out := refuse(errs.RateLimited, code, err)
		out.RetryAfter = rateWait
		return out
	case "500", "503", "504":
		return refuse(errs.Retryable, code, err)
	}
	return refuse(errs.Permanent, code, err)
}

// Typing implements channels.Typer.
func (a *Adapter) Typing(ctx context.Context, c channels.Channel, to, _ string) error {
	return a.at(ctx, c, to, func(s *session, j types.JID) error {
		return s.cli.SendChatPresence(ctx, j, types.ChatPresenceComposing, types.ChatPresenceMediaText)
	})
}

// Seen implements channels.Typer.
func (a *Adapter) Seen(ctx context.Context, c channels.Channel, to, last string) error {
	return a.at(ctx, c, to, func(s *session, j types.JID) error {
		return s.cli.MarkRead(ctx, []types.MessageID{last}, time.Now(), j, j)
	})
}

func (a *Adapter) at(ctx context.Context, c channels.Channel, to string, do func(*session, types.JID) error) error {
	s := a.session(c)
	if s == nil || !s.online.Load() {
		return notConnected()
	}
	j, err := s.resolve(ctx, to)
	if err != nil {
		return err
	}
	return do(s, j)
}

// compose writes a content as WhatsApp's clients do.
func (s *session) compose(ctx context.Context, to types.JID, m channels.Outgoing) (*waE2E.Message, error) {
	c := m.Content
	context := s.quote(to, m.Refs.Quote)
	unfit := refuse(errs.Permanent, "unfit", errors.New("this channel cannot carry "+string(c.Type)))
	switch {
	case c.Type == chat.Text && len([]rune(c.Text)) <= capabilities.MaxText:
		if context == nil {
			return &waE2E.Message{Conversation: &c.Text}, nil
		}
		return &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: &c.Text, ContextInfo: context}}, nil
	case c.Type == chat.LocationMsg && c.Location != nil:
		l := c.Location
		return &waE2E.Message{LocationMessage: &waE2E.LocationMessage{
			DegreesLatitude: &l.Latitude, DegreesLongitude: &l.Longitude, Name: set(l.Name), Address: set(l.Address), Comment: set(c.Text), ContextInfo: context,
		}}, nil
	case c.Type == chat.ContactCard && c.Contact != nil:
		card := vcard(*c.Contact)
		return &waE2E.Message{ContactMessage: &waE2E.ContactMessage{DisplayName: &c.Contact.Name, Vcard: &card, ContextInfo: context}}, nil
	case c.Type == chat.ReactionMsg && c.Reaction != nil && m.Refs.React != "":
		by := to
		if ours(m.Refs.React) {
			by = types.EmptyJID
		}
		return s.cli.BuildReaction(to, by, m.Refs.React, c.Reaction.Emoji), nil
	case c.Media != nil:
		return s.media(ctx, m, context, unfit)
	}
	return nil, unfit
}

// quote points at the message that this one answers. Its text is left out: phones that have
// the message show it from their own.
func (s *session) quote(to types.JID, of string) *waE2E.ContextInfo {
	if of == "" {
		return nil
	}
	by := to
	if ours(of) {
		by = s.cli.Store.GetLID().ToNonAD()
	}
	participant, none := by.String(), ""
	return &waE2E.ContextInfo{StanzaID: &of, Participant: &participant, QuotedMessage: &waE2E.Message{Conversation: &none}}
}

func (s *session) media(ctx context.Context, m channels.Outgoing, quote *waE2E.ContextInfo, unfit error) (*waE2E.Message, error) {
	c := m.Content
	kinds := map[chat.Type]wa.MediaType{
		chat.Image: wa.MediaImage, chat.Video: wa.MediaVideo, chat.Audio: wa.MediaAudio, chat.Voice: wa.MediaAudio, chat.Document: wa.MediaDocument,
	}
	kind, ok := kinds[c.Type]
	if !ok {
		return nil, unfit
	}
	u, err := s.upload(ctx, m, kind)
	if err != nil {
		return nil, err
	}
	mime, seconds := c.Media.MIME, uint32(max(c.Media.Duration, 0)+999)/1000
	switch c.Type {
	case chat.Image:
		return &waE2E.Message{ImageMessage: &waE2E.ImageMessage{
			Caption: set(c.Text), Mimetype: &mime, Width: count(c.Media.Width), Height: count(c.Media.Height), ContextInfo: quote,
			URL: &u.URL, DirectPath: &u.DirectPath, MediaKey: u.MediaKey, FileEncSHA256: u.FileEncSHA256, FileSHA256: u.FileSHA256, FileLength: &u.FileLength,
		}}, nil
	case chat.Video:
		return &waE2E.Message{VideoMessage: &waE2E.VideoMessage{
			Caption: set(c.Text), Mimetype: &mime, Width: count(c.Media.Width), Height: count(c.Media.Height), Seconds: &seconds, ContextInfo: quote,
			URL: &u.URL, DirectPath: &u.DirectPath, MediaKey: u.MediaKey, FileEncSHA256: u.FileEncSHA256, FileSHA256: u.FileSHA256, FileLength: &u.FileLength,
		}}, nil
	case chat.Document:
		return &waE2E.Message{DocumentMessage: &waE2E.DocumentMessage{
			Caption: set(c.Text), Mimetype: &mime, FileName: set(c.Media.Name), Title: set(c.Media.Name), ContextInfo: quote,
			URL: &u.URL, DirectPath: &u.DirectPath, MediaKey: u.MediaKey, FileEncSHA256: u.FileEncSHA256, FileSHA256: u.FileSHA256, FileLength: &u.FileLength,
		}}, nil
	}
	voice := c.Type == chat.Voice
	if voice {
		mime = "audio/ogg; codecs=opus" // phones show a voice note as such only with the codec named
	}
	return &waE2E.Message{AudioMessage: &waE2E.AudioMessage{
		PTT: &voice, Mimetype: &mime, Seconds: &seconds, ContextInfo: quote,
		URL: &u.URL, DirectPath: &u.DirectPath, MediaKey: u.MediaKey, FileEncSHA256: u.FileEncSHA256, FileSHA256: u.FileSHA256, FileLength: &u.FileLength,
	}}, nil
}

// vcard writes a card as phones read it (RFC 2426); waid makes a number one to write to.
func vcard(c chat.Card) string {
	escape := strings.NewReplacer(`\`, `\\`, ",", `\,`, ";", `\;`, "\r", "", "\n", `\n`)
	name := escape.Replace(c.Name)
	lines := []string{"BEGIN:VCARD", "VERSION:3.0", "N:;" + name + ";;;", "FN:" + name}
	for _, p := range c.Phones {
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, p)
		lines = append(lines, "TEL;type=CELL;waid="+digits+":"+escape.Replace(p))
	}
	for _, e := range c.Emails {
		lines = append(lines, "EMAIL:"+escape.Replace(e))
	}
	return strings.Join(append(lines, "END:VCARD"), "\n")
}

func set(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func count(n int) *uint32 {
	if n <= 0 {
		return nil
	}
	u := uint32(n)
	return &u
}

// notConnected costs the message no attempt: nothing was written, and when the line is back
// it is its turn again.
func notConnected() error {
	return &errs.Send{Op: "whatsapp send", Class: errs.RateLimited, RetryAfter: offlineWait, Code: codeOffline, Err: errors.New("the session is not connected")}
}

const offlineWait = 2 * time.Second

package twilio

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"recado/internal/sim"
)

// can tells what a customer can do on each channel. A contact is a vCard file to Twilio:
// SendFile with text/vcard plays it. Reactions, edits and deletions have no webhook.
var can = map[string][]sim.Act{
	WhatsApp: {sim.SayText, sim.SendImage, sim.SendAudio, sim.SendVoice, sim.SendVideo, sim.SendFile, sim.SendPlace,
		sim.SendSticker, sim.Press, sim.Pick, sim.ReadAll, sim.Opaque},
	SMS: {sim.SayText, sim.SendImage, sim.SendAudio, sim.SendVideo, sim.SendFile, sim.Opaque},
}

// Do implements sim.Platform.
func (s *Server) Do(_ context.Context, a sim.Action) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	biz := s.written(a.Ref)
	if biz == nil {
		return "", errors.New("twilio: nobody has the number " + a.Ref)
	}
	if !slices.Contains(can[biz.Kind], a.Act) || a.Quote != "" && biz.Kind == SMS {
		return "", sim.ErrCannot{Act: a.Act}
	}
	phone := address(biz.Kind, a.Customer.ID)
	t := s.thread(biz.address(), phone)
	if a.Act == sim.ReadAll {
		return s.readAll(t)
	}
	b := sim.Bubble{ID: a.ID, Mine: true, At: s.now(), Type: string(a.Act), Text: a.Text, Quote: a.Quote}
	if b.ID == "" {
		b.ID = newSID("SM")
		if len(a.File) > 0 {
			b.ID = newSID("MM")
		}
	}
	v := url.Values{
		"MessageSid": {b.ID}, "SmsSid": {b.ID}, "SmsMessageSid": {b.ID}, "AccountSid": {biz.sid}, "ApiVersion": {"2010-04-01"},
		"From": {phone}, "To": {biz.address()}, "Body": {a.Text}, "SmsStatus": {"received"}, "NumSegments": {"1"}, "NumMedia": {"0"},
	}
	if biz.service != "" {
		v.Set("MessagingServiceSid", biz.service)
	}
	if biz.Kind == WhatsApp {
		s.dress(v, a, phone)
	}
	if err := s.enact(v, &b, a, biz, t); err != nil {
		return "", err
	}
	if a.ID == "" {
		t.bubbles = append(t.bubbles, b)
	}
	t.heard = s.now()
	if biz.Kind == SMS {
		s.obey(v, t, a.Text)
	}
	s.push(biz, biz.Hook, v)
	return b.ID, nil
}

// written is the account of a number. One that is both a WhatsApp sender and an SMS number
// is written to by WhatsApp.
func (s *Server) written(ref string) *account {
	for _, kind := range s.Kinds() {
		if a := s.accounts[address(kind, ref)]; a != nil {
			return a
		}
	}
	return nil
}

// dress adds what WhatsApp tells of the person and of the message replied to.
func (*Server) dress(v url.Values, a sim.Action, phone string) {
	digits := strings.TrimPrefix(phone, "whatsapp:+")
	v.Set("ProfileName", a.Customer.Name)
	v.Set("WaId", digits)
	v.Set("ExternalUserId", "whatsapp:ES."+digits+"00")
	v.Set("Forwarded", "false")
	v.Set("FrequentlyForwarded", "false")
	v.Set("ReferralNumMedia", "0")
	v.Set("MessageType", "text")
	if replied := a.Quote + a.Target; replied != "" {
		v.Set("OriginalRepliedMessageSid", replied)
		v.Set("OriginalRepliedMessageSender", v.Get("To"))
	}
}

// enact adds what the act is to the webhook and to the bubble.
func (s *Server) enact(v url.Values, b *sim.Bubble, a sim.Action, biz *account, t *thread) error {
	kind := func(name string) {
		if biz.Kind == WhatsApp {
			v.Set("MessageType", name)
		}
	}
	switch a.Act {
	case sim.SayText:
		if a.Text == "" {
			return errors.New("twilio: a text has words")
		}
	case sim.SendImage, sim.SendAudio, sim.SendVoice, sim.SendVideo, sim.SendFile, sim.SendSticker:
		kind(map[sim.Act]string{sim.SendImage: "image", sim.SendAudio: "audio", sim.SendVoice: "audio", sim.SendVideo: "video",
			sim.SendFile: "document", sim.SendSticker: "sticker"}[a.Act])
		s.host(v, b, a, biz)
	case sim.SendPlace:
		kind("location")
		v.Set("Latitude", strconv.FormatFloat(a.Lat, 'f', -1, 64))
		v.Set("Longitude", strconv.FormatFloat(a.Lng, 'f', -1, 64))
		v.Set("Label", a.Text)
		v.Del("Body")
	case sim.Press, sim.Pick:
		return choose(v, b, a, t, kind)
	case sim.Opaque:
		kind("hologram")
		v.Del("Body")
	}
	return nil
}

// host keeps a file where the webhook says it is.
func (s *Server) host(v url.Values, b *sim.Bubble, a sim.Action, biz *account) {
	media := newSID("ME")
	s.files[media] = file{account: biz.sid, mime: a.MIME, bytes: a.File}
	b.Media = &sim.Media{MIME: a.MIME, Name: a.FileName, Bytes: a.File}
	v.Set("NumMedia", "1")
	v.Set("MediaContentType0", a.MIME)
	v.Set("MediaUrl0", "https://api.twilio.com/2010-04-01/Accounts/"+biz.sid+"/Messages/"+b.ID+"/Media/"+media)
}

// choose is a button pressed or a row picked, of a bubble on the customer's screen.
func choose(v url.Values, b *sim.Bubble, a sim.Action, t *thread, kind func(string)) error {
	i := slices.IndexFunc(t.bubbles, func(x sim.Bubble) bool { return x.ID == a.Target && !x.Mine })
	if i < 0 {
		return errors.New("twilio: there is no such message to answer")
	}
	offered, of, fields := t.bubbles[i].Buttons, "button", [2]string{"ButtonPayload", "ButtonText"}
	if a.Act == sim.Pick {
		offered, of, fields = t.bubbles[i].Rows, "row", [2]string{"ListId", "ListTitle"}
	}
	j := slices.IndexFunc(offered, func(c sim.Choice) bool { return c.ID == a.Choice })
	if j < 0 {
		return errors.New("twilio: the message has no such " + of)
	}
	kind("interactive")
	b.Type, b.Text, b.Quote = "answer", offered[j].Label, a.Target
	v.Set("Body", offered[j].Label)
	v.Set(fields[0], offered[j].ID)
	v.Set(fields[1], offered[j].Label)
	return nil
}

// obey does what Twilio does with its own words in an SMS: it stops or starts the sending,
// and says so in the webhook (OptOutType).
func (*Server) obey(v url.Values, t *thread, text string) {
	switch word := strings.ToUpper(strings.TrimSpace(text)); word {
	case "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT":
		t.stopped = true
		v.Set("OptOutType", "STOP")
	case "START", "UNSTOP":
		t.stopped = false
		v.Set("OptOutType", "START")
	}
}

// readAll lets the customer open the chat: each message not yet read says so.
func (s *Server) readAll(t *thread) (string, error) {
	var last string
	for _, m := range t.sent {
		if m.status == "delivered" {
			s.tell(m, "read", 0)
			last = m.sid
		}
	}
	for i := range t.bubbles {
		if b := &t.bubbles[i]; !b.Mine {
			b.Read = true
		}
	}
	return last, nil
}

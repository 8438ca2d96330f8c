package channeltest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/sim"
)

func inboundCases() []one {
	return []one{
		{"inbound/text", sim.SayText, inText},
		{"inbound/image", sim.SendImage, inMedia(sim.SendImage, chat.Image, jpegFile)},
		{"inbound/audio", sim.SendAudio, inMedia(sim.SendAudio, chat.Audio, mp3File)},
		{"inbound/voice", sim.SendVoice, inMedia(sim.SendVoice, chat.Voice, oggFile)},
		{"inbound/video", sim.SendVideo, inMedia(sim.SendVideo, chat.Video, mp4File)},
		{"inbound/document", sim.SendFile, inMedia(sim.SendFile, chat.Document, pdfFile)},
		{"inbound/location", sim.SendPlace, inLocation},
		{"inbound/contact", sim.SendCard, inContact},
		{"inbound/press", sim.Press, inPress},
		{"inbound/pick", sim.Pick, inPick},
		{"inbound/reaction", sim.React, inReaction},
		{"inbound/edit", sim.EditText, inEdit},
		{"inbound/delete", sim.Delete, inDelete},
		{"inbound/quote", "", inQuote},
		{"inbound/own", WriteOwn, inOwn},
		{"inbound/unknown", sim.Opaque, inUnknown},
		{"inbound/receipts", "", inReceipts},
		{"inbound/duplicate", "", inDuplicate},
		{"inbound/reorder", "", inReorder},
		{"inbound/bad_signature", "", inBadSignature},
		{"inbound/wrong_account", "", inWrongAccount},
	}
}

// cannot asks the platform for the act of a case that is called lacking.
func (s *stage) cannot(c one) {
	s.Helper()
	_, err := s.can(sim.Action{Act: c.act, Text: "Hola", File: pngFile.bytes, MIME: pngFile.mime, FileName: pngFile.name, Lat: 1, Lng: 1})
	var cannot sim.ErrCannot
	if !errors.As(err, &cannot) {
		s.Errorf("Lacks[%q], but the platform knows a customer's %s (Do: %v, want sim.ErrCannot)", c.name, c.act, err)
	}
}

// message awaits the message with a platform's id and checks what every message has.
func (s *stage) message(got string, want chat.Type) channels.Inbound {
	s.Helper()
	e := s.await("the "+string(want)+" "+got+" came", func(e channels.Inbound) bool { return e.ExternalID == got })
	if e.Message == nil {
		s.Fatalf("the %s came as no message: %s", want, told([]channels.Inbound{e}))
	}
	if e.Message.Content.Type != want {
		s.Fatalf("type is %s, want %s", e.Message.Content.Type, want)
	}
	s.sound(e)
	return e
}

// sound checks what every event has: whose it is, one body, a text that can be stored, and
// a clock that is right.
func (s *stage) sound(e channels.Inbound) {
	s.Helper()
	if e.Channel.ID != s.Channel.ID {
		s.Errorf("the event is for channel %v, want ours", e.Channel.ID)
	}
	if e.ExternalID == "" {
		s.Error("the event has no ExternalID: a repeat cannot be told from a new one")
	}
	bodies := 0
	for _, set := range []bool{e.Message != nil, e.Receipt != nil, e.Edit != nil, e.Deletion != nil, e.Notice != nil} {
		if set {
			bodies++
		}
	}
	if bodies != 1 {
		s.Errorf("the event has %d bodies, want one: %s", bodies, told([]channels.Inbound{e}))
	}
	if !e.At.IsZero() && time.Since(e.At).Abs() > time.Hour {
		s.Errorf("At is %v, which is not now: seconds or milliseconds?", e.At)
	}
	if e.Receipt != nil || e.Notice != nil {
		return
	}
	if !s.isCustomer(e.From) {
		s.Errorf("From is %+v, want the customer %s", e.From, s.Customer.ID)
	}
	if m := e.Message; m != nil && m.Content.Type != chat.ReactionMsg && m.Media == nil {
		if err := m.Content.Check(); err != nil {
			s.Errorf("the content cannot be stored: %v", err)
		}
	}
}

// isCustomer compares identities loosely: adapters put a prefix or a plus before a
// platform's number, and some platforms have two ids for one person.
func (s *stage) isCustomer(p channels.Sender) bool {
	return slices.ContainsFunc(append(p.Aliases, p.Identity), func(i string) bool {
		return i != "" && strings.Contains(i, strings.TrimPrefix(s.Customer.ID, "+"))
	})
}

func inText(s *stage) {
	const text = "Hola, ¿tienen la talla 38? Ñandú & Co. <b>5 > 3</b> 👍🏽\nSegunda línea"
	e := s.message(s.do(sim.Action{Act: sim.SayText, Text: text}), chat.Text)
	if e.Message.Content.Text != text {
		s.Errorf("text is %q, want %q", e.Message.Content.Text, text)
	}
	if e.Message.Own || e.Message.History {
		s.Errorf("a customer's new message is neither Own nor History: %+v", e.Message)
	}
	if again := s.say("Otra cosa"); again.From.Identity != e.From.Identity {
		s.Errorf("the same person is %q and then %q", e.From.Identity, again.From.Identity)
	}
}

func inMedia(act sim.Act, want chat.Type, f sample) func(*stage) {
	return func(s *stage) {
		a := sim.Action{Act: act, File: f.bytes, MIME: f.mime, FileName: f.name}
		if act == sim.SendImage {
			a.Text = "Quiero este"
		}
		got := s.do(a)
		e := s.message(got, want)
		m := e.Message.Media
		if m == nil || m.Ref == "" {
			s.Fatalf("there is no reference to fetch the file by: %+v", m)
		}
		group, _, _ := strings.Cut(f.mime, "/")
		if !strings.HasPrefix(m.MIME, group+"/") {
			s.Errorf("the reference says %q, want %s", m.MIME, f.mime)
		}
		if c := e.Message.Content.Media; c != nil && !c.File.IsZero() {
			s.Error("Content.Media has a File already; only the inbox gives one")
		}
		if m.Size != 0 && m.Size != int64(len(f.bytes)) {
			s.Errorf("the reference tells %d bytes, want %d", m.Size, len(f.bytes))
		}
		if shown := s.bubble(got).Text; e.Message.Content.Text != shown {
			s.Errorf("the caption is %q, want %q", e.Message.Content.Text, shown)
		}
	}
}

// bubble is a message on the customer's screen.
func (s *stage) bubble(got string) sim.Bubble {
	s.Helper()
	thread := s.Platform.Thread(s.Account.Ref, s.Customer.ID)
	i := slices.IndexFunc(thread, func(b sim.Bubble) bool { return b.ID == got })
	if i < 0 {
		s.Fatalf("the customer's screen shows no %s", got)
	}
	return thread[i]
}

func inLocation(s *stage) {
	e := s.message(s.do(sim.Action{Act: sim.SendPlace, Lat: 19.4326, Lng: -99.1332, Text: "Zócalo"}), chat.LocationMsg)
	l := e.Message.Content.Location
	if l == nil || math.Abs(l.Latitude-19.4326) > 1e-4 || math.Abs(l.Longitude+99.1332) > 1e-4 {
		s.Errorf("location is %+v, want 19.4326, -99.1332", l)
	}
}

func inContact(s *stage) {
	e := s.message(s.do(sim.Action{Act: sim.SendCard, Text: "Luis Pérez"}), chat.ContactCard)
	if c := e.Message.Content.Contact; c == nil || !strings.Contains(c.Name, "Luis") {
		s.Errorf("contact is %+v, want Luis Pérez", c)
	}
}

// offered sends a content with choices and gives the bubble that shows them.
func (s *stage) offered(c chat.Content, shows func(sim.Bubble) []sim.Choice) (sim.Bubble, channels.Sent) {
	s.Helper()
	to := s.say("Hola").From.Identity
	_, sent := s.send(c, channels.Refs{}, to)
	for _, b := range slices.Backward(s.arrived()) {
		if len(shows(b)) > 0 {
			return b, sent[len(sent)-1]
		}
	}
	s.Fatalf("the customer's screen shows no choices; if the channel has none, the platform answers sim.ErrCannot and Lacks says so")
	return sim.Bubble{}, channels.Sent{}
}

func inPress(s *stage) {
	s.answers(sim.Press, contents(s.caps)["buttons"], func(b sim.Bubble) []sim.Choice { return b.Buttons }, "no", "No, gracias")
}

func inPick(s *stage) {
	s.answers(sim.Pick, contents(s.caps)["list"], func(b sim.Bubble) []sim.Choice { return b.Rows }, "r3", "Martes")
}

// answers offers choices, lets the customer take one and checks what it became.
func (s *stage) answers(act sim.Act, offer chat.Content, shows func(sim.Bubble) []sim.Choice, choice, label string) {
	s.Helper()
	b, sent := s.offered(offer, shows)
	choices := shows(b)
	i := slices.IndexFunc(choices, func(c sim.Choice) bool { return c.Label == label })
	if i < 0 {
		s.Fatalf("no choice reads %q: %+v", label, choices)
	}
	s.do(sim.Action{Act: act, Target: b.ID, Choice: choices[i].ID, Text: label})
	e := s.await("the answer came", func(e channels.Inbound) bool {
		return e.Message != nil && e.Message.Content.Type == chat.AnswerMsg
	})
	s.sound(e)
	a := e.Message.Content.Answer
	if a == nil || a.ID != choice || a.Label != "" && a.Label != label {
		s.Errorf("the answer is %+v, want %q %q", a, choice, label)
	}
	if ref := e.Message.Refs.Answer; ref != sent.ProviderID && (ref != "" || a.To.IsZero()) { // some platforms carry our own id back instead
		s.Errorf("Refs.Answer is %q, want the offer's %q", e.Message.Refs.Answer, sent.ProviderID)
	}
}

func inReaction(s *stage) {
	to := s.say("Hola").From.Identity
	_, sent := s.send(chat.Plain("Tu pedido salió"), channels.Refs{}, to)
	on := s.arrived()[0].ID
	seen := map[string]bool{sent[0].ProviderID: true}
	for _, emoji := range []string{"👍", ""} {
		s.do(sim.Action{Act: sim.React, Target: on, Text: emoji})
		e := s.await(fmt.Sprintf("the reaction %q came", emoji), func(e channels.Inbound) bool {
			return e.Message != nil && e.Message.Content.Reaction != nil && e.Message.Content.Reaction.Emoji == emoji
		})
		s.sound(e)
		if e.Message.Refs.React != sent[0].ProviderID {
			s.Errorf("Refs.React is %q, want our message's %q", e.Message.Refs.React, sent[0].ProviderID)
		}
		if seen[e.ExternalID] {
			s.Errorf("ExternalID %q was another event's before: this one would be dropped", e.ExternalID)
		}
		seen[e.ExternalID] = true
	}
}

func inEdit(s *stage) {
	first := s.say("Quiero dos")
	s.do(sim.Action{Act: sim.EditText, Target: first.ExternalID, Text: "Quiero tres"})
	e := s.await("the edit came", func(e channels.Inbound) bool { return e.Edit != nil })
	s.sound(e)
	if e.Edit.Of != first.ExternalID || e.Edit.Content.Text != "Quiero tres" {
		s.Errorf("the edit is %+v, want of %s", e.Edit, first.ExternalID)
	}
	if e.ExternalID == first.ExternalID {
		s.Error("the edit has the ExternalID of the message it edits: it would be dropped as a repeat")
	}
}

func inDelete(s *stage) {
	first := s.say("Me equivoqué")
	s.do(sim.Action{Act: sim.Delete, Target: first.ExternalID})
	e := s.await("the deletion came", func(e channels.Inbound) bool { return e.Deletion != nil })
	s.sound(e)
	if e.Deletion.Of != first.ExternalID {
		s.Errorf("the deletion is of %q, want %q", e.Deletion.Of, first.ExternalID)
	}
	if e.ExternalID == first.ExternalID {
		s.Error("the deletion has the ExternalID of the message it deletes: it would be dropped as a repeat")
	}
}

func inQuote(s *stage) {
	to := s.say("Hola").From.Identity
	_, sent := s.send(chat.Plain("¿Cuál prefieres?"), channels.Refs{}, to)
	e := s.message(s.do(sim.Action{Act: sim.SayText, Text: "Este", Quote: s.arrived()[0].ID}), chat.Text)
	if e.Message.Refs.Quote != sent[0].ProviderID {
		s.Errorf("Refs.Quote is %q, want our message's %q", e.Message.Refs.Quote, sent[0].ProviderID)
	}
}

func inOwn(s *stage) {
	s.say("Hola")
	e := s.message(s.do(sim.Action{Act: WriteOwn, Text: "Te atiendo desde el teléfono"}), chat.Text)
	if !e.Message.Own {
		s.Error("what the company wrote on its own phone is not marked Own")
	}
	if e.Message.Content.Text != "Te atiendo desde el teléfono" {
		s.Errorf("text is %q", e.Message.Content.Text)
	}
}

func inUnknown(s *stage) {
	for _, act := range []sim.Act{sim.Opaque, sim.SendSticker} {
		_, err := s.can(sim.Action{Act: act, File: pngFile.bytes, MIME: pngFile.mime})
		var cannot sim.ErrCannot
		if err != nil && (act == sim.Opaque || !errors.As(err, &cannot)) {
			s.Fatalf("%s: %v", act, err)
		}
	}
	for _, e := range s.settle() {
		s.sound(e)
		if m := e.Message; m != nil && m.Content.Type != chat.Unsupported && m.Content.Type != chat.Image {
			s.Errorf("an event nobody knows became a %s", m.Content.Type)
		}
	}
}

func inReceipts(s *stage) {
	if !s.caps.Receipts {
		s.Fatalf("Capabilities.Receipts is false: Lacks[%q] says why", "inbound/receipts")
	}
	to := s.say("Hola").From.Identity
	m := s.outgoing(chat.Plain("Tu pedido salió"), channels.Refs{}, to)
	sent, err := s.Adapter.Send(s.ctx, s.Channel, m)
	if err != nil {
		s.Fatalf("Send: %v", err)
	}
	ours := func(state chat.State) func(channels.Inbound) bool {
		return func(e channels.Inbound) bool {
			return e.Receipt != nil && e.Receipt.State == state &&
				(e.Receipt.Message == m.ID || e.Receipt.ProviderID != "" && e.Receipt.ProviderID == sent.ProviderID)
		}
	}
	states := []chat.State{chat.Delivered}
	if _, err := s.can(sim.Action{Act: sim.ReadAll}); err == nil && s.caps.Lacks["inbound/receipts/read"] == "" {
		states = []chat.State{chat.Read} // a platform may leave out the delivery of what is read
	}
	for _, state := range states {
		e := s.await(fmt.Sprintf("our message is %s", state), ours(state))
		s.sound(e)
	}
	ids := map[string]chat.State{}
	for _, e := range s.settle() {
		if e.Receipt == nil {
			continue
		}
		if before, twice := ids[e.ExternalID]; twice && before != e.Receipt.State {
			s.Errorf("receipts %s and %s have one ExternalID %q: the second would be dropped", before, e.Receipt.State, e.ExternalID)
		}
		ids[e.ExternalID] = e.Receipt.State
	}
}

package cloudapi

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"recado/channels"
	"recado/internal/chat"
)

// message is one thing a person wrote, or with To one that the company wrote in its own app.
type message struct {
	ID        string `json:"id"`
	From      string `json:"from"`
	FromUser  string `json:"from_user_id"`
	To        string `json:"to"`
	Group     string `json:"group_id"`
	Timestamp string `json:"timestamp"`
	Context   struct {
		ID string `json:"id"`
	} `json:"context"`
	Referral *struct {
		URL      string `json:"source_url"`
		Headline string `json:"headline"`
	} `json:"referral"`
	Edit *struct {
		Original string          `json:"original_message_id"`
		Message  json.RawMessage `json:"message"`
	} `json:"edit"`
	Revoke *struct {
		Original string `json:"original_message_id"`
	} `json:"revoke"`
	body
}

// body is the part that says what a message is; an edit has it again.
type body struct {
	Type string `json:"type"`
	Text *struct {
		Body string `json:"body"`
	} `json:"text"`
	Image    *file `json:"image"`
	Audio    *file `json:"audio"`
	Video    *file `json:"video"`
	Document *file `json:"document"`
	Location *struct {
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
		Name      string  `json:"name"`
		Address   string  `json:"address"`
	} `json:"location"`
	Contacts []card `json:"contacts"`
	Button   *struct {
		Payload string `json:"payload"`
		Text    string `json:"text"`
	} `json:"button"`
	Interactive *struct {
		Type   string  `json:"type"`
		Button *choice `json:"button_reply"`
		List   *choice `json:"list_reply"`
	} `json:"interactive"`
	Reaction *struct {
		Message string `json:"message_id"`
		Emoji   string `json:"emoji"`
	} `json:"reaction"`
	System *struct {
		Body string `json:"body"`
	} `json:"system"`
	Unsupported *struct {
		Type string `json:"type"`
	} `json:"unsupported"`
}

type file struct {
	ID      string `json:"id"`
	MIME    string `json:"mime_type"`
	Caption string `json:"caption"`
	Name    string `json:"filename"`
	Voice   bool   `json:"voice"`
}

type choice struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type card struct {
	Name struct {
		Formatted string `json:"formatted_name"`
		First     string `json:"first_name"`
	} `json:"name"`
	Phones []struct {
		Phone string `json:"phone"`
		WaID  string `json:"wa_id"`
	} `json:"phones"`
	Emails []struct {
		Email string `json:"email"`
	} `json:"emails"`
}

// events are what a message is to us: one, but for several contacts shared at once.
func (m message) events(c channels.Channel, from channels.Sender, own bool) []channels.Inbound {
	if from.Identity == "" {
		return nil
	}
	ev := channels.Inbound{Channel: c, ExternalID: m.ID, At: moment(m.Timestamp), From: from}
	switch {
	case m.Revoke != nil && m.Revoke.Original != "":
		ev.Deletion = &channels.Deletion{Of: m.Revoke.Original}
		return []channels.Inbound{ev}
	case m.Edit != nil && m.Edit.Original != "":
		var b body
		if json.Unmarshal(m.Edit.Message, &b) != nil {
			return nil
		}
		content, media := b.content()
		if media != nil { // the file stays, its words change
			content = chat.Plain(content.Text)
		}
		ev.Edit = &channels.Edit{Of: m.Edit.Original, Content: content}
		return []channels.Inbound{ev}
	}
	out := []channels.Inbound{}
	for i, b := range m.split() {
		ev := ev
		if i > 0 {
			ev.ExternalID += "/" + strconv.Itoa(i+1)
		}
		content, media := b.content()
		ev.Message = &channels.Message{Content: content, Media: media, Refs: m.refs(content), Own: own, Page: m.page()}
		out = append(out, ev)
	}
	return out
}

// split parts contacts shared at once, since a content has one.
func (m message) split() []body {
	if len(m.Contacts) < 2 {
		return []body{m.body}
	}
	out := make([]body, len(m.Contacts))
	for i := range m.Contacts {
		out[i] = body{Type: m.Type, Contacts: m.Contacts[i : i+1]}
	}
	return out
}

func (m message) refs(c chat.Content) channels.Refs {
	switch c.Type {
	case chat.ReactionMsg:
		return channels.Refs{React: m.Reaction.Message}
	case chat.AnswerMsg:
		return channels.Refs{Answer: m.Context.ID}
	}
	return channels.Refs{Quote: m.Context.ID}
}

// page is the advertisement or post that the person came from.
func (m message) page() *channels.Page {
	if m.Referral == nil || m.Referral.URL == "" {
		return nil
	}
	return &channels.Page{URL: cut(m.Referral.URL, 2000), Title: cut(m.Referral.Headline, 300)}
}

// content is the message in our words. What has no shape of ours, and what lacks the part
// its type promises, is Unsupported and names its type.
func (b body) content() (chat.Content, *channels.MediaRef) {
	switch {
	case b.Text != nil && strings.TrimSpace(b.Text.Body) != "":
		return chat.Plain(cut(b.Text.Body, chat.MaxText/4)), nil
	case b.Image != nil && b.Image.ID != "":
		return b.Image.content(chat.Image)
	case b.Audio != nil && b.Audio.ID != "":
		if b.Audio.Voice {
			return b.Audio.content(chat.Voice)
		}
		return b.Audio.content(chat.Audio)
	case b.Video != nil && b.Video.ID != "":
		return b.Video.content(chat.Video)
	case b.Document != nil && b.Document.ID != "":
		return b.Document.content(chat.Document)
	case b.Location != nil && b.Location.Latitude >= -90 && b.Location.Latitude <= 90 && b.Location.Longitude >= -180 && b.Location.Longitude <= 180:
		return chat.Content{Type: chat.LocationMsg, Location: &chat.Location{
			Latitude: b.Location.Latitude, Longitude: b.Location.Longitude,
			Name: cut(b.Location.Name, 200), Address: cut(b.Location.Address, 400)}}, nil
	case len(b.Contacts) > 0:
		return b.Contacts[0].content(), nil
	case b.Reaction != nil && b.Reaction.Message != "":
		return chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Emoji: cut(b.Reaction.Emoji, 32)}}, nil
	case b.Button != nil:
		return answer(choice{cmp.Or(b.Button.Payload, b.Button.Text), b.Button.Text}), nil
	case b.Interactive != nil && b.Interactive.Button != nil:
		return answer(*b.Interactive.Button), nil
	case b.Interactive != nil && b.Interactive.List != nil:
		return answer(*b.Interactive.List), nil
	}
	return b.unsupported(), nil
}

func (b body) unsupported() chat.Content {
	what := b.Type
	switch {
	case b.Unsupported != nil && b.Unsupported.Type != "":
		what = b.Unsupported.Type
	case b.Interactive != nil && b.Interactive.Type != "":
		what = b.Interactive.Type
	case b.System != nil && strings.TrimSpace(b.System.Body) != "":
		what = b.System.Body
	}
	if strings.TrimSpace(what) == "" {
		what = "unknown"
	}
	return chat.Content{Type: chat.Unsupported, Text: cut(what, 500)}
}

func (f file) content(t chat.Type) (chat.Content, *channels.MediaRef) {
	mime, _, _ := strings.Cut(f.MIME, ";")
	return chat.Content{Type: t, Text: cut(f.Caption, chat.MaxText/4)},
		&channels.MediaRef{Ref: f.ID, MIME: cut(strings.TrimSpace(mime), 127), Name: cut(f.Name, 255)}
}

func answer(c choice) chat.Content {
	id := cut(cmp.Or(strings.TrimSpace(c.ID), strings.TrimSpace(c.Title)), 200)
	if id == "" {
		return chat.Content{Type: chat.Unsupported, Text: "button"}
	}
	return chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: id, Label: cut(c.Title, 120)}}
}

func (c card) content() chat.Content {
	out := &chat.Card{Name: cut(cmp.Or(c.Name.Formatted, c.Name.First), 200)}
	for _, p := range c.Phones {
		if phone := cmp.Or(p.Phone, e164(p.WaID)); phone != "" && len(out.Phones) < 10 {
			out.Phones = append(out.Phones, cut(phone, 40))
		}
	}
	for _, e := range c.Emails {
		if e.Email != "" && len(out.Emails) < 10 {
			out.Emails = append(out.Emails, cut(e.Email, 254))
		}
	}
	if out.Name == "" && len(out.Phones) > 0 {
		out.Name = out.Phones[0]
	}
	if out.Name == "" {
		return chat.Content{Type: chat.Unsupported, Text: "contacts"}
	}
	return chat.Content{Type: chat.ContactCard, Contact: out}
}

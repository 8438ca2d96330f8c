package messenger

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"recado/channels"
	"recado/channels/meta"
	"recado/internal/chat"
)

// Receive implements channels.Webhook. One call is one app's, but may be about several of
// its accounts; each counts only if the secret of its own channel has signed.
func (a *Adapter) Receive(ctx context.Context, c channels.Channel, find channels.Lookup, r *http.Request, body []byte) ([]channels.Inbound, *channels.Reply, error) {
	if reply, ok := meta.Challenge(c, r); ok {
		return nil, reply, nil
	}
	signed := signatures{r: r, body: body, known: map[string]bool{}}
	ours := signed.by(c)
	entries, err := meta.Split(body)
	if err != nil && ours {
		return nil, nil, err
	}
	var out []channels.Inbound
	refused := !ours
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, e := range entries {
		if e.Object != a.product.Object {
			continue
		}
		of, known := c, e.ID == c.Ref
		if !known {
			if of, known, err = find(ctx, a.product.Kind, e.ID); err != nil {
				return nil, nil, err
			}
		}
		if !known {
			continue
		}
		if !signed.by(of) {
			refused = true
			continue
		}
		out = append(out, a.entry(asking, of, e)...)
	}
	if len(out) == 0 && refused {
		return nil, nil, channels.ErrSignature
	}
	return out, nil, nil
}

// signatures remembers which secrets have signed a body: most entries share one.
type signatures struct {
	r     *http.Request
	body  []byte
	known map[string]bool
}

func (s signatures) by(c channels.Channel) bool {
	secret := c.Value("app_secret")
	ok, asked := s.known[secret]
	if !asked {
		ok = meta.Verify(secret, s.r, s.body) == nil
		s.known[secret] = ok
	}
	return ok
}

// event is one item of an entry's messaging. Exactly one of the pointers is set, unless the
// platform has invented another.
type event struct {
	Sender    person      `json:"sender"`
	Recipient person      `json:"recipient"`
	Timestamp json.Number `json:"timestamp"` // milliseconds
	Message   *received   `json:"message"`
	Postback  *struct {
		MID     string `json:"mid"`
		Title   string `json:"title"`
		Payload string `json:"payload"`
	} `json:"postback"`
	Reaction *struct {
		MID      string `json:"mid"`
		Action   string `json:"action"` // "react", "unreact"
		Reaction string `json:"reaction"`
		Emoji    string `json:"emoji"`
	} `json:"reaction"`
	Edit *struct {
		MID  string      `json:"mid"`
		Text string      `json:"text"`
		Num  json.Number `json:"num_edit"`
	} `json:"message_edit"`
	Delivery *struct {
		MIDs      []string    `json:"mids"`
		Watermark json.Number `json:"watermark"`
	} `json:"delivery"`
	Read *struct {
		MID       string      `json:"mid"` // Instagram's
		Watermark json.Number `json:"watermark"`
	} `json:"read"`
}

// entry is what an entry says; ctx bounds only the asking for names.
func (a *Adapter) entry(ctx context.Context, c channels.Channel, e meta.Entry) []channels.Inbound {
	var out []channels.Inbound
	for _, raw := range e.Messaging {
		var ev event
		if json.Unmarshal(raw, &ev) != nil || ev.Sender.ID == "" || ev.Recipient.ID == "" {
			continue
		}
		for _, in := range a.events(ev) {
			in.Channel = c
			if in.From.Identity == "" {
				in.From = channels.Sender{Identity: ev.Sender.ID, Verified: true}
			}
			if in.At.IsZero() {
				in.At = moment(ev.Timestamp)
			}
			if in.Message != nil && !in.Message.Own {
				in.From.Name = a.name(ctx, c, in.From.Identity)
			}
			out = append(out, in)
		}
	}
	return out
}

// events says what an event is in our words; nothing for what has no words. Channel, and
// where it is the usual From and At, are for the caller to fill in.
//
// Referrals and opt-ins without a message say only that somebody has come: nothing.
func (a *Adapter) events(ev event) []channels.Inbound {
	one := func(in channels.Inbound) []channels.Inbound { return []channels.Inbound{in} }
	switch {
	case ev.Message != nil:
		return a.message(ev)
	case ev.Postback != nil:
		return one(a.postback(ev))
	case ev.Reaction != nil && ev.Reaction.MID != "":
		return one(reaction(ev))
	case ev.Edit != nil && ev.Edit.MID != "" && ev.Edit.Text != "":
		return one(channels.Inbound{
			ExternalID: "edit:" + ev.Edit.MID + ":" + ev.Edit.Num.String(),
			Edit:       &channels.Edit{Of: ev.Edit.MID, Content: chat.Plain(clip(ev.Edit.Text, chat.MaxText))},
		})
	case ev.Delivery != nil:
		return deliveries(ev)
	case ev.Read != nil:
		return one(read(ev))
	}
	return nil
}

func deliveries(ev event) []channels.Inbound {
	if len(ev.Delivery.MIDs) == 0 { // then only the time up to which is told
		return []channels.Inbound{watermark(chat.Delivered, ev.Sender.ID, ev.Delivery.Watermark)}
	}
	var out []channels.Inbound
	for _, mid := range ev.Delivery.MIDs {
		out = append(out, channels.Inbound{
			ExternalID: "delivered:" + mid,
			Receipt:    &chat.Receipt{ProviderID: mid, State: chat.Delivered, At: moment(ev.Timestamp)},
		})
	}
	return out
}

func read(ev event) channels.Inbound {
	if ev.Read.MID == "" {
		return watermark(chat.Read, ev.Sender.ID, ev.Read.Watermark)
	}
	return channels.Inbound{
		ExternalID: "read:" + ev.Read.MID,
		Receipt:    &chat.Receipt{ProviderID: ev.Read.MID, State: chat.Read, At: moment(ev.Timestamp)},
	}
}

// watermark is a receipt without a ProviderID: all that was sent to the person until At.
func watermark(state chat.State, from string, mark json.Number) channels.Inbound {
	return channels.Inbound{
		ExternalID: fmt.Sprintf("%s:%s:%s", state, from, mark),
		Receipt:    &chat.Receipt{State: state, At: moment(mark)},
	}
}

// postback is a press on a template's button, the start button or the menu.
func (a *Adapter) postback(ev event) channels.Inbound {
	p := ev.Postback
	in := channels.Inbound{ExternalID: p.MID}
	if p.MID == "" { // as before version 8.0 of the API
		in.ExternalID = "postback:" + ev.Sender.ID + ":" + ev.Timestamp.String()
	}
	said := a.unsupported("postback", "")
	if p.Payload != "" || p.Title != "" {
		said = channels.Message{Content: answer(p.Payload, p.Title)}
	}
	in.Message = &said
	return in
}

// emojis are for reactions that come without one.
var emojis = map[string]string{
	"love": "❤️", "smile": "😆", "laugh": "😆", "haha": "😆", "wow": "😮", "sad": "😢", "angry": "😠", "like": "👍", "dislike": "👎",
}

func reaction(ev event) channels.Inbound {
	r := ev.Reaction
	emoji := ""
	if r.Action != "unreact" {
		for _, e := range []string{r.Emoji, emojis[r.Reaction], "❤️"} { // a heart is what a double tap means
			if e != "" && len(e) <= 32 {
				emoji = e
				break
			}
		}
	}
	return channels.Inbound{
		ExternalID: "reaction:" + r.MID + ":" + ev.Timestamp.String(), // it has no id of its own
		Message: &channels.Message{
			Content: chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Emoji: emoji}},
			Refs:    channels.Refs{React: r.MID},
		},
	}
}

// moment reads milliseconds; zero when there is no such time.
func moment(n json.Number) time.Time {
	ms, err := n.Int64()
	if err != nil || ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// clip keeps a text within most bytes, whole characters only.
func clip(s string, most int) string {
	if len(s) > most {
		for most > 0 && !utf8.RuneStart(s[most]) {
			most--
		}
		s = s[:most]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

package cloudapi

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"recado/channels"
	"recado/channels/meta"
	"recado/internal/chat"
	"recado/internal/id"
)

// value is what a change of the fields "messages" and "smb_message_echoes" holds
// (webhooks/reference/messages and /smb_message_echoes of Meta's documentation, 2026).
type value struct {
	Metadata struct {
		Number string `json:"display_phone_number"`
		Phone  string `json:"phone_number_id"`
	} `json:"metadata"`
	Contacts []profile         `json:"contacts"`
	Messages []json.RawMessage `json:"messages"`
	Echoes   []json.RawMessage `json:"message_echoes"`
	Statuses []json.RawMessage `json:"statuses"`
}

type profile struct {
	Profile struct {
		Name string `json:"name"`
	} `json:"profile"`
	WaID   string `json:"wa_id"`
	UserID string `json:"user_id"`
}

type status struct {
	ID        string    `json:"id"`
	Status    string    `json:"status"`
	Timestamp string    `json:"timestamp"`
	Recipient string    `json:"recipient_id"`
	UserID    string    `json:"recipient_user_id"`
	Opaque    string    `json:"biz_opaque_callback_data"`
	Errors    []problem `json:"errors"`
}

type problem struct {
	Code    int    `json:"code"`
	Title   string `json:"title"`
	Message string `json:"message"`
	Data    struct {
		Details string `json:"details"`
	} `json:"error_data"`
}

// Receive implements channels.Webhook. Meta signs with the secret of the app whose webhook
// this address is, which is that of the channel called; events of another channel count only
// if its own secret has signed them too.
func (a *Adapter) Receive(ctx context.Context, c channels.Channel, find channels.Lookup, r *http.Request, body []byte) ([]channels.Inbound, *channels.Reply, error) {
	if reply, ok := meta.Challenge(c, r); ok {
		return nil, reply, nil
	}
	if err := meta.Verify(c.Value("app_secret"), r, body); err != nil {
		return nil, nil, err
	}
	entries, err := meta.Split(body)
	if err != nil {
		return nil, nil, err
	}
	var out []channels.Inbound
	for _, e := range entries {
		if e.Object != "whatsapp_business_account" {
			continue
		}
		for _, change := range e.Changes {
			if change.Field != "messages" && change.Field != "smb_message_echoes" {
				out = append(out, notices(c, e, change)...)
				continue
			}
			var v value
			if json.Unmarshal(change.Value, &v) != nil {
				continue
			}
			if v.Metadata.Phone == c.Ref {
				out = append(out, v.events(c)...)
				continue
			}
			other, ok, err := find(ctx, Kind, v.Metadata.Phone)
			if err != nil {
				return nil, nil, err
			}
			if ok && meta.Verify(other.Value("app_secret"), r, body) == nil {
				out = append(out, v.events(other)...)
			}
		}
	}
	return out, nil, nil
}

func (v value) events(c channels.Channel) []channels.Inbound {
	var out []channels.Inbound
	for _, raw := range v.Messages {
		var m message
		if json.Unmarshal(raw, &m) == nil && m.ID != "" && m.Group == "" { // groups are not conversations with a person
			out = append(out, m.events(c, v.sender(m.From, m.FromUser), false)...)
		}
	}
	for _, raw := range v.Echoes {
		var m message
		if json.Unmarshal(raw, &m) == nil && m.ID != "" && m.Revoke == nil && m.Edit == nil {
			out = append(out, m.events(c, v.sender(m.To, ""), true)...)
		}
	}
	for _, raw := range v.Statuses {
		var s status
		if json.Unmarshal(raw, &s) == nil {
			if ev, ok := s.event(c, v); ok {
				out = append(out, ev)
			}
		}
	}
	return out
}

// sender is who a message is from (or an echo to): the number where Meta tells it, else the
// business-scoped user id.
func (v value) sender(phone, user string) channels.Sender {
	s := channels.Sender{Verified: true}
	for _, p := range v.Contacts {
		if phone != "" && p.WaID == phone || user != "" && p.UserID == user || len(v.Contacts) == 1 && phone+user == "" {
			s.Name = cut(p.Profile.Name, 200)
			phone, user = cmp.Or(phone, p.WaID), cmp.Or(user, p.UserID)
			break
		}
	}
	s.Identity, s.Phone = cmp.Or(phone, user), e164(phone)
	if phone != "" && user != "" {
		s.Aliases = []string{user}
	}
	return s
}

// e164 writes a wa_id as a phone number. Mexican ones may carry the 1 after the country code
// that dialling dropped in 2019.
func e164(wa string) string {
	if len(wa) < 7 || len(wa) > 15 || wa[0] == '0' || strings.Trim(wa, "0123456789") != "" {
		return ""
	}
	if rest, ok := strings.CutPrefix(wa, "521"); ok && len(rest) == 10 {
		wa = "52" + rest
	}
	return "+" + wa
}

var states = map[string]chat.State{
	"sent": chat.Sent, "delivered": chat.Delivered, "read": chat.Read, "played": chat.Read, "failed": chat.Failed,
}

func (s status) event(c channels.Channel, v value) (channels.Inbound, bool) {
	state, known := states[s.Status]
	if !known || s.ID == "" {
		return channels.Inbound{}, false
	}
	r := &chat.Receipt{ProviderID: s.ID, State: state, At: moment(s.Timestamp)}
	if ours, err := id.Parse[id.Message](s.Opaque); err == nil {
		r.Message = ours
	}
	if len(s.Errors) > 0 {
		e := s.Errors[0]
		r.Code, r.Text = strconv.Itoa(e.Code), cut(join(": ", cmp.Or(e.Message, e.Title), e.Data.Details), 500)
	}
	return channels.Inbound{
		Channel: c, ExternalID: "status:" + s.ID + ":" + s.Status, At: r.At, From: v.sender(s.Recipient, s.UserID), Receipt: r,
	}, true
}

// moment reads Unix seconds; zero for anything else.
func moment(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > 1<<40 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// cut bounds a text in characters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

// join joins what is not empty.
func join(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, sep)
}

// Package meta is what the channels of Meta share (WhatsApp Cloud API, Instagram,
// Messenger): the signature of its webhooks, the envelope they come in, and calls of the
// Graph API with what its errors mean to the outbound queue.
package meta

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"

	"recado/channels"
)

// Verify checks X-Hub-Signature-256, "sha256=" and the hex HMAC-SHA256 of the raw body with
// the app's secret (developers.facebook.com/docs/graph-api/webhooks/getting-started), in
// constant time. No secret, no pass. The error is channels.ErrSignature.
func Verify(secret string, r *http.Request, body []byte) error {
	digits, ok := strings.CutPrefix(r.Header.Get("X-Hub-Signature-256"), "sha256=")
	got, err := hex.DecodeString(digits)
	if secret == "" || !ok || err != nil {
		return channels.ErrSignature
	}
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(body)
	if !hmac.Equal(got, h.Sum(nil)) {
		return channels.ErrSignature
	}
	return nil
}

// maxChallenge bounds what we repeat to a stranger; Meta's is a number.
const maxChallenge = 200

// Challenge answers the GET by which Meta makes sure that an address is ours: the channel's
// verify_token must fit. ok is false for any other method.
func Challenge(c channels.Channel, r *http.Request) (reply *channels.Reply, ok bool) {
	if r.Method != http.MethodGet {
		return nil, false
	}
	q := r.URL.Query()
	want, challenge := c.Value("verify_token"), q.Get("hub.challenge")
	if want == "" || q.Get("hub.mode") != "subscribe" || len(challenge) > maxChallenge ||
		subtle.ConstantTimeCompare([]byte(q.Get("hub.verify_token")), []byte(want)) != 1 {
		return &channels.Reply{Status: http.StatusForbidden}, true
	}
	h := http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}}
	return &channels.Reply{Status: http.StatusOK, Header: h, Body: []byte(challenge)}, true
}

// Entry is one account's part of a webhook call.
type Entry struct {
	Object    string // of the envelope: "whatsapp_business_account", "instagram", "page"
	ID        string // the account: WhatsApp Business Account, Instagram account or page
	Time      int64  // as sent: seconds or milliseconds, by product; 0 if absent
	Changes   []Change
	Messaging []json.RawMessage
}

// Change is one event of a subscribed field.
type Change struct {
	Field string          `json:"field"`
	Value json.RawMessage `json:"value"`
}

// Split opens the envelope. An entry or a change that cannot be read is left out, so that
// the rest of the batch is not lost; ErrMalformed means that there is no envelope. Escaped
// NUL characters are removed, for no database takes them in text.
func Split(body []byte) ([]Entry, error) {
	body = withoutNUL(body)
	var e envelope[entry[Change]]
	if json.Unmarshal(body, &e) != nil { // piece by piece takes three times as long
		e = salvage(body)
	}
	if e.Object == "" {
		return nil, channels.ErrMalformed
	}
	out := make([]Entry, len(e.Entries))
	for i, part := range e.Entries {
		at, _ := part.Time.Int64()
		out[i] = Entry{Object: e.Object, ID: string(part.ID), Time: at, Changes: part.Changes, Messaging: part.Messaging}
	}
	return out, nil
}

// envelope and entry are as on the wire; E and C are read or still raw.
type envelope[E any] struct {
	Object  string `json:"object"`
	Entries []E    `json:"entry"`
}

type entry[C any] struct {
	ID        id                `json:"id"`
	Time      json.Number       `json:"time"`
	Changes   []C               `json:"changes"`
	Messaging []json.RawMessage `json:"messaging"`
}

// salvage reads what can be read of an envelope; its Object is "" when that is nothing.
func salvage(body []byte) (out envelope[entry[Change]]) {
	var list envelope[json.RawMessage]
	if json.Unmarshal(body, &list) != nil {
		return out
	}
	out.Object = list.Object
	for _, raw := range list.Entries {
		var e entry[json.RawMessage]
		if json.Unmarshal(raw, &e) != nil {
			continue
		}
		whole := entry[Change]{ID: e.ID, Time: e.Time, Messaging: e.Messaging}
		for _, raw := range e.Changes {
			var c Change
			if json.Unmarshal(raw, &c) == nil {
				whole.Changes = append(whole.Changes, c)
			}
		}
		out.Entries = append(out.Entries, whole)
	}
	return out
}

// id reads Meta's ids, which are strings in most products and numbers in some samples.
type id string

func (i *id) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(i))
	}
	var n json.Number
	err := json.Unmarshal(b, &n)
	*i = id(n)
	return err
}

// withoutNUL takes \u0000 out of a JSON text, but not the end of \\u0000, which is a
// backslash and letters.
func withoutNUL(b []byte) []byte {
	nul := []byte(`\u0000`)
	if !bytes.Contains(b, nul) {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] != '\\':
			out = append(out, b[i])
		case bytes.HasPrefix(b[i:], nul):
			i += len(nul) - 1
		default:
			out = append(out, b[i])
			if i++; i < len(b) {
				out = append(out, b[i])
			}
		}
	}
	return out
}

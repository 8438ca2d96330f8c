package sms

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/id"
)

// Receive implements channels.Webhook: what people write and what became of our messages
// come to the same address.
func (*Adapter) Receive(_ context.Context, c channels.Channel, _ channels.Lookup, r *http.Request, body []byte) ([]channels.Inbound, *channels.Reply, error) {
	g := gatewayOf(c)
	if c.Value("hook_token") == "" || !g.verified(c, r, body) {
		return nil, nil, channels.ErrSignature
	}
	evs, err := g.receive(c, r, body)
	for i := range evs {
		evs[i].Channel = c
	}
	return evs, nil, err
}

// byToken asks for the token in the address or as the password of basic authentication,
// whatever the user: gateways offer one or the other.
func byToken(c channels.Channel, r *http.Request, _ []byte) bool {
	given := r.URL.Query().Get("token")
	if _, password, ok := r.BasicAuth(); ok {
		given = password
	}
	return subtle.ConstantTimeCompare([]byte(given), []byte(c.Value("hook_token"))) == 1
}

// stale is how old a signature may be; SMS Gate's page advises five minutes. The phone
// signs anew with each attempt.
const stale = 5 * time.Minute

// bySignature checks X-Signature: HMAC-SHA256, in hexadecimal, of the body followed by
// X-Timestamp (docs/features/webhooks.md, "Payload Signing").
func bySignature(c channels.Channel, r *http.Request, body []byte) bool {
	stamp := r.Header.Get("X-Timestamp")
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || time.Since(time.Unix(at, 0)).Abs() > stale {
		return false
	}
	given, err := hex.DecodeString(r.Header.Get("X-Signature"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, []byte(c.Value("hook_token")))
	mac.Write(body)
	mac.Write([]byte(stamp))
	return hmac.Equal(given, mac.Sum(nil))
}

// text is an incoming message, nil when it lacks its sender.
func text(external, from, words string, when time.Time, vouched bool) []channels.Inbound {
	from = number(from)
	if from == "" {
		return nil
	}
	content := chat.Plain(clean(words, chat.MaxText))
	if strings.TrimSpace(content.Text) == "" {
		content = chat.Content{Type: chat.Unsupported, Text: "SMS"} // an empty one, or one we cannot read
	}
	s := channels.Sender{Identity: from, Verified: vouched}
	if e164(from) {
		s.Phone = from
	}
	return []channels.Inbound{{ExternalID: clean(external, 200), At: when, From: s, Message: &channels.Message{Content: content}}}
}

func receipt(provider string, state chat.State, when time.Time, code, why string) []channels.Inbound {
	provider = clean(provider, 200)
	if provider == "" {
		return nil
	}
	r := &chat.Receipt{ProviderID: provider, State: state, At: when}
	if own, err := id.Parse[id.Message](provider); err == nil {
		r.Message = own
	}
	if state == chat.Failed {
		r.Code, r.Text = clean(code, 100), clean(why, 500)
	}
	return []channels.Inbound{{ExternalID: "report:" + provider + ":" + string(state), At: when, Receipt: r}}
}

// receiveInfobip reads results of incoming messages (MO_JSON_2,
// infobip.com/docs/api/channels/sms/inbound-sms/receive-inbound-sms-messages) and of
// delivery reports (.../logs-and-status-reports/receive-outbound-sms-message-report).
func receiveInfobip(_ channels.Channel, _ *http.Request, body []byte) ([]channels.Inbound, error) {
	var in struct {
		Results []json.RawMessage `json:"results"`
	}
	if json.Unmarshal(body, &in) != nil {
		return nil, channels.ErrMalformed
	}
	var out []channels.Inbound
	for _, raw := range in.Results { // one that cannot be read does not cost the others
		v := decode(raw)
		if name := at(v, "status.name"); name != "" {
			out = append(out, infobipReport(v, name)...)
			continue
		}
		if at(v, "messageId") == "" {
			continue
		}
		words := cmp.Or(at(v, "text"), at(v, "cleanText"))
		out = append(out, text(at(v, "messageId"), international(at(v, "from")), words, moment(at(v, "receivedAt")), true)...)
	}
	return out, nil
}

// infobipReport reads the groups of the page "Message status codes". DELIVERED_TO_OPERATOR
// belongs to the group of the delivered, but the phone does not have it yet.
func infobipReport(v any, name string) []channels.Inbound {
	state, when := chat.Sent, moment(cmp.Or(at(v, "doneAt"), at(v, "sentAt")))
	switch group := at(v, "status.groupName"); {
	case group == "DELIVERED" && name != "DELIVERED_TO_OPERATOR":
		state = chat.Delivered
	case group == "UNDELIVERABLE", group == "EXPIRED", group == "REJECTED":
		state = chat.Failed
	}
	code, why := name, at(v, "status.description")
	if e := at(v, "error.name"); e != "" && e != "NO_ERROR" {
		code, why = e, cmp.Or(at(v, "error.description"), why)
	}
	return receipt(at(v, "messageId"), state, when, code, why)
}

// receiveSMSGate reads one event. Its own id tells a repeat; that of an incoming message is
// made of its words and may come again.
func receiveSMSGate(_ channels.Channel, _ *http.Request, body []byte) ([]channels.Inbound, error) {
	v := decode(body)
	event := at(v, "event")
	if event == "" {
		return nil, channels.ErrMalformed
	}
	field := func(k string) string { return at(v, "payload."+k) }
	from := cmp.Or(field("sender"), field("phoneNumber")) // the second is what older apps have
	switch event {
	case "sms:received":
		return text(at(v, "id"), from, field("message"), moment(field("receivedAt")), true), nil
	case "sms:data-received", "mms:received":
		out := text(at(v, "id"), from, "", moment(field("receivedAt")), true)
		for i := range out {
			out[i].Message.Content.Text = event // the agent reads what it was
		}
		return out, nil
	case "sms:sent":
		return receipt(field("messageId"), chat.Sent, moment(field("sentAt")), "", ""), nil
	case "sms:delivered":
		return receipt(field("messageId"), chat.Delivered, moment(field("deliveredAt")), "", ""), nil
	case "sms:failed":
		return receipt(field("messageId"), chat.Failed, moment(field("failedAt")), "failed", field("reason")), nil
	}
	return nil, nil
}

// receiveGeneric reads a form, a query, a JSON object or a list of these by the names the
// owner gave. What has a status is a report, all else a message.
func receiveGeneric(c channels.Channel, r *http.Request, body []byte) ([]channels.Inbound, error) {
	items, ok := items(r, body)
	if !ok {
		return nil, channels.ErrMalformed
	}
	name := func(key, otherwise string) string { return cmp.Or(c.Value(key), otherwise) }
	var out []channels.Inbound
	for _, v := range items {
		when := moment(at(v, name("in_time", "time")))
		if status := at(v, name("status", "status")); status != "" {
			if state, known := stateOf(c, status); known {
				out = append(out, receipt(at(v, name("status_id", "id")), state, when, status, status)...)
			}
			continue
		}
		from, words, external := at(v, name("in_from", "from")), at(v, name("in_text", "text")), at(v, name("in_id", "id"))
		if external == "" {
			external = nameless(from, words, at(v, name("in_time", "time")))
		}
		out = append(out, text(external, from, words, when, false)...)
	}
	return out, nil
}

// nameless makes an id for a message that comes without one. Without a time either, a
// repeat cannot be told from the same words said twice, and hearing twice beats not hearing.
func nameless(from, words, when string) string {
	if when == "" {
		return "sms:" + id.New[id.Message]().String()
	}
	sum := sha256.Sum256([]byte(from + "\x00" + when + "\x00" + words))
	return "sms:" + hex.EncodeToString(sum[:16])
}

func items(r *http.Request, body []byte) ([]any, bool) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method == http.MethodGet || len(body) == 0 {
		return []any{flat(r.URL.Query())}, true
	}
	if kind == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(body))
		return []any{flat(form)}, err == nil
	}
	switch v := decode(body).(type) {
	case map[string]any:
		return []any{v}, true
	case []any:
		return v, true
	}
	return nil, false
}

func flat(form url.Values) map[string]any {
	out := map[string]any{}
	for k, v := range form {
		out[k] = v[0]
	}
	return out
}

// stateOf finds a gateway's word in the lists that the owner gave, separated by commas.
func stateOf(c channels.Channel, word string) (chat.State, bool) {
	for _, s := range []struct {
		key   string
		state chat.State
	}{{"status_delivered", chat.Delivered}, {"status_failed", chat.Failed}, {"status_sent", chat.Sent}} {
		list := strings.Split(cmp.Or(c.Value(s.key), string(s.state)), ",")
		if slices.ContainsFunc(list, func(w string) bool { return strings.EqualFold(strings.TrimSpace(w), word) }) {
			return s.state, true
		}
	}
	return "", false
}

// number is a sender's number without what people write between digits. A name, as
// companies have for a sender, stays as it is.
func number(s string) string {
	s = strings.TrimSpace(clean(s, 64))
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()\u00a0", r) {
			return -1
		}
		return r
	}, s)
	if rest, ok := strings.CutPrefix(bare, "00"); ok {
		bare = "+" + rest
	}
	if strings.Trim(strings.TrimPrefix(bare, "+"), "0123456789") != "" {
		return s
	}
	return bare
}

// Addresses implements channels.Addresser. Gateways take a country's own numbers too, and a
// sender may be a name.
func (*Adapter) Addresses(written string) []string {
	if n := number(written); n != "" && !strings.ContainsAny(n, " \t\n") {
		return []string{n}
	}
	return nil
}

// international puts the plus before a number that is known to begin with its country.
func international(s string) string {
	if e164("+" + s) {
		return "+" + s
	}
	return s
}

// e164 reports whether s is a number in the form of ITU-T E.164. Short codes are shorter.
func e164(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && len(digits) >= 7 && len(digits) <= 15 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}

// layouts are the moments that gateways write; the second is Infobip's.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999-0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05"}

// moment reads a time, also as seconds or milliseconds since 1970; zero for none.
func moment(s string) time.Time {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 && n < 1<<52 {
		if n > 1e11 {
			return time.UnixMilli(n).UTC()
		}
		return time.Unix(n, 0).UTC()
	}
	for _, l := range layouts {
		if t, err := time.Parse(l, s); err == nil && t.Year() > 1970 && t.Year() < 10000 {
			return t.UTC()
		}
	}
	return time.Time{}
}
